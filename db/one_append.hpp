#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "db/resolution.hpp"

namespace db {

/// Where a stream stands.
struct Standing {
    std::int32_t version = 0, gate = 0;
};

/// An event of a request that is in the log already.
struct Found {
    std::int64_t position = 0;
    events::StreamId stream;
    bool same = false;  // its content, too
};

/// The rule of one append (DESIGN 3, The append), once for every store that goes row by row under
/// the log's lock; PostgreSQL's has to speak SQL (sql/pg_append.sql), and one contract suite holds
/// them together. `Shelf` is what holds the rows:
///   std::vector<KnownAlias> known_of(const Aliases&);
///   Standing standing_of(const StreamId&);
///   std::optional<Found> find(const Row&);
///   std::int64_t epoch_of(const StreamId&);             of its slice
///   void learn(const Aliases&, const StreamId&);        those that aren't known
///   void keep(const StreamKey&, const StreamId&);
///   std::int64_t insert(const Row&, const StreamId&, const Standing&);   its position
template <class Shelf>
class OneAppend {
public:
    OneAppend(Shelf& shelf, const Request& request) : shelf_(shelf), request_(request) {}

    events::Appended operator()() {
        Resolution who{request_.stream, std::nullopt, false};
        if (request_.aliases) who = resolve(*request_.aliases, shelf_.known_of(*request_.aliases));
        for (const auto& row : request_.rows) found_.push_back(shelf_.find(row));
        answer_.stream = who.stream.value_or(request_.stream);
        answer_.other = who.other;
        standing_ = shelf_.standing_of(answer_.stream);
        answer_.gate = standing_.gate;
        is_new_ = standing_.version == 0;
        answer_.outcome = judge();
        if (answer_.outcome != events::Outcome::appended) return refused();
        const bool learns = request_.aliases && who.new_alias;
        if (learns) shelf_.learn(*request_.aliases, answer_.stream);
        insert(learns && !is_new_);
        return answer_;
    }

private:
    events::Outcome judge() {
        using events::Outcome;
        bool added = false;
        for (std::size_t i = 0; i < found_.size(); ++i) {
            if (found_[i] && !found_[i]->same) return Outcome::other_content;
            added = added || (!found_[i] && request_.rows[i].when == events::When::always);
        }
        if (!added) return Outcome::already_there;
        if (is_new_ && !request_.may_open) return Outcome::unroutable;
        if (!request_.expect) return Outcome::appended;
        const auto& expect = *request_.expect;
        const bool led = expect.epoch == 0 || shelf_.epoch_of(answer_.stream) == expect.epoch;
        if (!led) return Outcome::fenced;
        if (expect.gate != standing_.gate) return Outcome::conflict;
        if (!expect.settings) return Outcome::appended;
        const auto settings = shelf_.standing_of(events::settings_stream).version;
        return settings == *expect.settings ? Outcome::appended : Outcome::other_settings;
    }

    events::Appended refused() {
        const auto last = std::ranges::find_if(found_.rbegin(), found_.rend(),
                                               [](const auto& one) { return one.has_value(); });
        if (last == found_.rend()) return answer_;
        answer_.position = (*last)->position;
        const bool there = answer_.outcome == events::Outcome::already_there ||
                           answer_.outcome == events::Outcome::other_content;
        if (there && (*last)->stream != answer_.stream) {
            // What is there already stands where it was put, whatever these aliases say.
            if (!is_new_) answer_.passed_by = answer_.stream;
            answer_.stream = (*last)->stream;
            answer_.other.reset();
            answer_.gate = shelf_.standing_of(answer_.stream).gate;
        }
        return answer_;
    }

    void insert(bool learns) {
        for (std::size_t i = 0; i < request_.rows.size(); ++i) {
            const auto& row = request_.rows[i];
            if (found_[i]) {
                answer_.position = found_[i]->position;
                continue;
            }
            using events::When;
            const bool wanted = row.when == When::always ||
                                (row.when == When::stream_is_new && is_new_) ||
                                (row.when == When::alias_is_new && learns);
            if (!wanted) continue;
            ++standing_.version;
            if (row.gating) standing_.gate = standing_.version;
            answer_.position = shelf_.insert(row, answer_.stream, standing_);
        }
        answer_.gate = standing_.gate;
        if (!request_.key.wrapped.empty()) shelf_.keep(request_.key, answer_.stream);
    }

    Shelf& shelf_;
    const Request& request_;
    std::vector<std::optional<Found>> found_;  // per row
    events::Appended answer_;
    Standing standing_;
    bool is_new_ = false;
};

}  // namespace db
