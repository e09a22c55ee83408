#pragma once

#include <optional>
#include <vector>

#include "db/request.hpp"

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

struct StoredSeal {
    std::int64_t first = 0;
    std::int32_t count = 0;
    events::Time recorded;
    crypto::Bytes seal;
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
    virtual std::vector<StoredSeal> seals(std::int64_t after, std::size_t limit) = 0;
    virtual std::optional<events::StreamId> stream_of(const events::EventId& id) = 0;
    virtual std::optional<events::StreamId> find(const Aliases& aliases) = 0;
    virtual std::optional<events::Log::Reference> find_message(const crypto::ShortMac& ref) = 0;
};

}  // namespace db
