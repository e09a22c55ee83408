#include "tests/simulation/database.hpp"

#include <algorithm>

#include "tests/simulation/requests.hpp"

namespace simulation {

db::BatchWriter::Written Database::append(const Batch& batch) {
    first_ = head() + 1;
    recorded_ = std::max(recorded_, env_.timeline.wall());
    Written written;
    for (const auto* request : batch) written.answers.push_back(db::OneAppend(*this, *request)());
    written.head = head();
    return written;
}

std::int64_t Database::insert(const db::Row& row, const events::StreamId& stream,
                              const db::Standing& standing) {
    streams_[stream].push_back(events_.size());
    ids_[row.clear.id] = events_.size();
    events_.push_back({head() + 1, stream, standing.version, standing.gate, recorded_, row.clear,
                       bodies[place_of(row)]});
    if (row.message) references_.try_emplace(row.message->ref, stream, row.message->attempt);
    return head();
}

void Database::learn(const db::Aliases& aliases, const events::StreamId& stream) {
    for (const auto& mac : aliases.all()) {
        aliases_.try_emplace(mac, db::KnownAlias{mac, stream, first_});
    }
}

db::Standing Database::standing_of(const events::StreamId& stream) const {
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return {};
    const auto& last = events_[found->second.back()];
    return {last.version, last.gate};
}

std::optional<events::StreamId> Database::stream_of(const events::EventId& id) const {
    const auto known = ids_.find(id);
    return known == ids_.end() ? std::nullopt : std::optional(events_[known->second].stream);
}

std::optional<db::Found> Database::find(const db::Row& row) const {
    const auto known = ids_.find(row.clear.id);
    if (known == ids_.end()) return std::nullopt;
    const auto& there = events_[known->second];
    return db::Found{there.position, there.stream, there.clear.print == row.clear.print};
}

std::vector<db::KnownAlias> Database::known_of(const db::Aliases& aliases) const {
    std::vector<db::KnownAlias> known;
    for (const auto& mac : aliases.all()) {
        if (const auto found = aliases_.find(mac); found != aliases_.end()) {
            known.push_back(found->second);
        }
    }
    return known;
}

std::vector<events::Recorded> Database::stream(const events::StreamId& stream, std::int32_t after,
                                               std::size_t limit) const {
    std::vector<events::Recorded> out;
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return out;
    for (auto i = static_cast<std::size_t>(after); i < found->second.size(); ++i) {
        if (out.size() == limit) break;
        out.push_back(events_[found->second[i]]);
    }
    return out;
}

std::optional<events::StreamId> Database::find(const events::Person& person) const {
    const auto aliases = aliases_of(person);
    return db::resolve(aliases, known_of(aliases)).stream;
}

std::optional<events::Log::Reference> Database::find_message(std::string_view wamid) const {
    const auto digest = crypto::sha256(wamid);
    crypto::ShortMac ref{};
    std::copy_n(digest.begin(), ref.size(), ref.begin());
    const auto found = references_.find(ref);
    if (found == references_.end()) return std::nullopt;
    return found->second;
}

std::int64_t Database::epoch_of(const events::StreamId& stream) const {
    const auto found = slices_.find(events::slice_of(stream));
    return found == slices_.end() ? 0 : found->second.epoch;
}

/// The database's own clock is the true one: the lease's time is the same for all.
db::Leases Database::renew(int owner, const std::vector<int>& give_back) {
    const auto now = env_.timeline.now();
    std::erase_if(deciders_, [&](const auto& one) { return one.second <= now; });
    std::int64_t highest = 0;
    int held = 0;
    for (int number = 0; number < slices; ++number) {
        auto& slice = slices_[number];
        const bool given_back =
            slice.owner == owner && std::ranges::find(give_back, number) != give_back.end();
        if (!deciders_.contains(slice.owner) || given_back) slice.owner = 0;
        highest = std::max(highest, slice.epoch);
    }
    deciders_[owner] = now + db::lease_time;
    const auto alive = static_cast<int>(deciders_.size());
    for (const auto& [number, slice] : slices_) held += slice.owner == owner ? 1 : 0;
    db::Leases leases{{}, alive};
    for (auto& [number, slice] : slices_) {
        if (slice.owner == 0 && held < (slices + alive - 1) / alive) {
            slice = {owner, highest + 1};
            ++held;
        }
        if (slice.owner == owner) leases.held.push_back({number, slice.epoch});
    }
    return leases;
}

}  // namespace simulation
