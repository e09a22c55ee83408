#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>

#include "kapso/bucket.hpp"

namespace kapso {

/// Who sends to whom. Two conversations of one person are one pair.
struct Pair {
    std::string line;  // phone_number_id
    std::string to;    // canonical digits, or a BSUID
    auto operator<=>(const Pair&) const = default;
};

/// A moment by the key's minutes, and one by the line's rate; of who has none, the last.
struct Due {
    Moment of_key = Moment::max(), of_line = Moment::max();
    bool operator==(const Due&) const = default;
};

/// The places of those who were sent away, until they come again: else who comes later would take
/// them, for as long as more is due than goes out. Nobody comes exactly when he was told to, so
/// that a place is kept for a while after that.
class Places {
public:
    static constexpr std::chrono::seconds grace{10};
    /// Nobody is away for longer, whatever was told (the rules' retry_wait_limit): who doesn't come
    /// by then to be told again doesn't come at all, and leaves no gap.
    static constexpr std::chrono::minutes longest_away{15};
    static constexpr std::size_t most = 30'000;  // that long of the largest plan

    /// Takes back the places of those who didn't come.
    void forget_late(Moment now);
    /// Before whom somebody goes: the first moments that he was told.
    Due rank_of(const Pair& pair) const;
    /// In whole seconds, so that there are few different ones: the next that isn't before `at`.
    static Moment whole(Moment at) { return std::chrono::ceil<std::chrono::seconds>(at); }
    /// In place of the one it had, for who is told to come at `told`. Others count him from `due`
    /// on, which by what doesn't hold him back is no earlier than that. Beyond `most` nobody gets
    /// one.
    void give(const Pair& pair, const Due& rank, const Due& due, Moment told, Moment now);
    void take_back(const Pair& pair);

    /// How many are due at each moment.
    using Counts = std::map<Moment, std::size_t>;
    const Counts& by_key() const { return by_key_; }
    const Counts& by_line(const std::string& line) const;

private:
    struct Place {
        Due rank, due;
        Moment kept_until;
    };
    std::map<Pair, Place> places_;
    std::set<std::pair<Moment, Pair>> ends_;
    Counts by_key_;
    std::map<std::string, Counts> by_line_;
};

/// When one more may leave, not before `least`: after `ahead` others, and after those who are away
/// and are due by then and before `own`. `estimate` tells it of so many ahead.
template <class Estimate>
Moment behind(const Places::Counts& away, Moment own, Moment least, std::size_t ahead,
              Estimate estimate) {
    auto when = std::max(least, estimate(ahead));
    for (const auto& [moment, count] : away) {
        if (moment > Places::whole(when) || moment >= own) break;
        when = std::max(least, estimate(ahead += count));
    }
    return when;
}

}  // namespace kapso
