#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "db/request.hpp"
#include "events/chain.hpp"

namespace db {

/// An event as a database holds it.
struct Stored {
    std::int64_t position = 0;
    events::StreamId stream;
    std::int32_t version = 0;
    std::int32_t gate = 0;
    events::Time recorded;
    events::Clear clear;
    crypto::Digest digest{};
    crypto::Bytes sealed;
    std::optional<crypto::Bytes> wrapped;  // its key; gone after an erasure
};

/// Reads the log as it is stored. Safe for several threads; every call blocks, and throws where the
/// database is away.
class Rows {
public:
    virtual ~Rows() = default;
    /// Fewer than `limit`, though more follow, where they are large; at least one.
    virtual std::vector<Stored> all(std::int64_t after, std::size_t limit) = 0;
    virtual std::vector<Stored> stream(const events::StreamId& stream, std::int32_t after,
                                       std::size_t limit) = 0;
    virtual std::vector<events::Log::Step> steps(std::int64_t after, std::size_t limit) = 0;
    virtual std::int64_t head() = 0;

    /// The events of a range of positions, unread, as they come: `take` is called with each. What
    /// it throws comes through.
    virtual void scan(std::int64_t after, std::int64_t to,
                      const std::function<void(const events::StoredEvent&)>& take) = 0;
    /// The seals of batches that begin in a range of positions.
    virtual std::vector<events::StoredSeal> seals(std::int64_t after, std::int64_t to) = 0;
    /// The seal of the last batch that begins at a position or before it; of the log's end, for
    /// INT64_MAX.
    virtual events::StoredSeal seal_before(std::int64_t position) = 0;
    /// Where the first batch behind a position begins.
    virtual std::optional<std::int64_t> next_seal(std::int64_t after) = 0;

    virtual std::optional<events::StreamId> stream_of(const events::EventId& id) = 0;
    virtual std::optional<events::StreamId> find(const Aliases& aliases) = 0;
    virtual std::optional<events::Log::Reference> find_message(const crypto::ShortMac& ref) = 0;
};

inline events::SealedHead sealed_head(Rows& rows) {
    const auto last = rows.seal_before(INT64_MAX);
    return {last.last(), events::from_micros(last.recorded), last.seal};
}

}  // namespace db
