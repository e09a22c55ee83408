#include "tests/simulation/database.hpp"

#include <algorithm>

#include "tests/simulation/requests.hpp"

namespace simulation {

using events::Appended;
using events::Outcome;
using events::When;

db::BatchWriter::Written Database::append(const Batch& batch) {
    first_ = head() + 1;
    recorded_ = std::max(recorded_, env_.timeline.wall());
    Written written;
    for (const auto* request : batch) written.answers.push_back(add(*request));
    written.head = head();
    return written;
}

Appended Database::add(const db::Request& request) {
    db::Resolution who{request.stream, std::nullopt, false};
    if (request.aliases) who = db::resolve(*request.aliases, known_of(*request.aliases));
    Appended answer;
    answer.stream = who.stream.value_or(request.stream);
    answer.other = who.other;
    const auto standing = standing_of(answer.stream);
    answer.gate = standing.gate;
    const bool is_new = standing.version == 0;
    answer.outcome = judge(request, answer, is_new);
    if (answer.outcome == Outcome::appended) {
        if (request.aliases && who.new_alias) learn(request, answer.stream, first_);
        insert(request, answer, !is_new && who.new_alias);
        return answer;
    }
    for (const auto& row : request.rows) {
        const auto* found = with_id(row.clear.id);
        if (found == nullptr) continue;
        answer.position = found->position;
        const bool there =
            answer.outcome == Outcome::already_there || answer.outcome == Outcome::other_content;
        if (!there || found->stream == answer.stream) continue;
        answer.stream = found->stream;
        answer.other.reset();
        answer.gate = standing_of(answer.stream).gate;
    }
    return answer;
}

Outcome Database::judge(const db::Request& request, const Appended& so_far, bool is_new) const {
    bool added = false;
    for (const auto& row : request.rows) {
        const auto* found = with_id(row.clear.id);
        if (found != nullptr && found->clear.print != row.clear.print) {
            return Outcome::other_content;
        }
        added = added || (found == nullptr && row.when == When::always);
    }
    if (!added) return Outcome::already_there;
    if (is_new && !request.may_open) return Outcome::unroutable;
    if (!request.expect) return Outcome::appended;
    const auto& expect = *request.expect;
    if (expect.epoch > 0 && epoch_of(so_far.stream) != expect.epoch) return Outcome::fenced;
    if (expect.gate != so_far.gate) return Outcome::conflict;
    if (expect.settings && standing_of(events::settings_stream).version != *expect.settings) {
        return Outcome::other_settings;
    }
    return Outcome::appended;
}

void Database::insert(const db::Request& request, Appended& answer, bool learns) {
    auto standing = standing_of(answer.stream);
    const bool is_new = standing.version == 0;
    for (const auto& row : request.rows) {
        if (const auto* found = with_id(row.clear.id)) {
            answer.position = found->position;
            continue;
        }
        const bool wanted = row.when == When::always ||
                            (row.when == When::stream_is_new && is_new) ||
                            (row.when == When::alias_is_new && learns);
        if (!wanted) continue;
        ++standing.version;
        if (row.gating) standing.gate = standing.version;
        insert(row, answer.stream, standing);
        answer.position = head();
    }
    answer.gate = standing.gate;
}

void Database::insert(const db::Row& row, const events::StreamId& stream,
                      const Standing& standing) {
    streams_[stream].push_back(events_.size());
    ids_[row.clear.id] = events_.size();
    events_.push_back({head() + 1, stream, standing.version, standing.gate, recorded_, row.clear,
                       bodies[place_of(row)]});
    if (row.message) references_.try_emplace(row.message->ref, stream, row.message->attempt);
}

void Database::learn(const db::Request& request, const events::StreamId& stream,
                     std::int64_t since) {
    for (const auto& mac : request.aliases->all()) {
        aliases_.try_emplace(mac, db::KnownAlias{mac, stream, since});
    }
}

Database::Standing Database::standing_of(const events::StreamId& stream) const {
    const auto found = streams_.find(stream);
    if (found == streams_.end()) return {};
    const auto& last = events_[found->second.back()];
    return {last.version, last.gate};
}

const events::Recorded* Database::with_id(const events::EventId& id) const {
    const auto found = ids_.find(id);
    return found == ids_.end() ? nullptr : &events_[found->second];
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
