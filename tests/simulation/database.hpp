#pragma once

#include <map>

#include "db/appender.hpp"
#include "db/lease.hpp"
#include "db/one_append.hpp"
#include "tests/simulation/env.hpp"

namespace simulation {

/// The database: what it holds survives everything. An append is atomic, and
/// goes by the rule of the real stores.
class Database final : public db::BatchWriter {
public:
    explicit Database(Env& env) : env_(env) {}

    Written append(const Batch& batch) override;

    const std::vector<events::Recorded>& all() const { return events_; }
    std::vector<events::Recorded> stream(const events::StreamId& stream, std::int32_t after,
                                         std::size_t limit) const;
    std::int64_t head() const { return static_cast<std::int64_t>(events_.size()); }
    std::optional<events::StreamId> stream_of(const events::EventId& id) const;
    std::optional<events::StreamId> find(const events::Person& person) const;
    std::optional<events::Log::Reference> find_message(std::string_view wamid) const;

    /// The bodies of what was ever asked to be appended (requests.hpp).
    std::vector<events::Event> bodies;
    /// So many slices are dealt out here: a stream's id lies in one of them (requests.hpp).
    static constexpr int slices = 6;
    /// As renew_leases in migrations/pg_0003_leases.sql: what `owner` decides for from now on.
    db::Leases renew(int owner, const std::vector<int>& give_back);

    // What an append asks of its shelf (db/one_append.hpp).
    std::vector<db::KnownAlias> known_of(const db::Aliases& aliases) const;
    db::Standing standing_of(const events::StreamId& stream) const;
    std::optional<db::Found> find(const db::Row& row) const;
    std::int64_t epoch_of(const events::StreamId& stream) const;
    void learn(const db::Aliases& aliases, const events::StreamId& stream);
    void keep(const db::StreamKey&, const events::StreamId&) {}
    std::int64_t insert(const db::Row& row, const events::StreamId& stream,
                        const db::Standing& standing);

private:
    Env& env_;
    std::vector<events::Recorded> events_;
    std::map<events::StreamId, std::vector<std::size_t>> streams_;
    std::map<events::EventId, std::size_t> ids_;
    std::map<crypto::ShortMac, db::KnownAlias> aliases_;
    std::map<crypto::ShortMac, events::Log::Reference> references_;
    std::int64_t first_ = 0;  // of the present batch
    events::Time recorded_;   // of the present batch
    struct Slice {
        int owner = 0;
        std::int64_t epoch = 0;
    };
    std::map<int, Slice> slices_;
    std::map<int, events::Time> deciders_;  // who is alive, and until when
};

}  // namespace simulation
