#pragma once

#include <compare>
#include <map>
#include <optional>
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

/// When those come again who were sent away: else who comes later would take their places, for as
/// long as more is due than goes out. A place is kept for a while after its moment, for nobody
/// comes exactly then.
class Places {
public:
    static constexpr std::chrono::seconds grace{10};
    /// Nobody is away for longer, whatever was told (the rules' retry_wait_limit): who doesn't come
    /// by then to be told again doesn't come at all, and leaves no gap.
    static constexpr std::chrono::minutes longest_away{15};
    static constexpr std::size_t most = 30'000;  // that long of the largest plan

    /// Takes back the places of those who didn't come.
    void forget_late(Moment now);
    std::optional<Moment> of(const Pair& pair) const;
    /// In whole seconds, so that there are few different ones: the next that isn't before `at`.
    static Moment whole(Moment at) { return std::chrono::ceil<std::chrono::seconds>(at); }
    /// In place of the one it had. Beyond `most` nobody gets one.
    void give(const Pair& pair, Moment at, Moment now);
    void take_back(const Pair& pair);

    /// When one more may leave, not before `least`: after `ahead` others, and after those that have
    /// a place by then and before `own`. `estimate` tells it of so many ahead.
    template <class Estimate>
    Moment behind(Moment own, Moment least, std::size_t ahead, Estimate estimate) const {
        auto when = std::max(least, estimate(ahead));
        for (const auto& [moment, count] : counts_) {
            if (moment > whole(when) || moment >= own) break;
            when = std::max(least, estimate(ahead += count));
        }
        return when;
    }

private:
    struct Place {
        Moment at, kept_until;
    };
    std::map<Pair, Place> places_;
    std::set<std::pair<Moment, Pair>> ends_;
    std::map<Moment, std::size_t> counts_;  // how many have each moment
};

}  // namespace kapso
