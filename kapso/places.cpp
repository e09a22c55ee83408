#include "kapso/places.hpp"

#include <algorithm>

namespace kapso {

void Places::forget_late(Moment now) {
    while (!ends_.empty() && ends_.begin()->first <= now) take_back(Pair(ends_.begin()->second));
}

std::optional<Moment> Places::of(const Pair& pair) const {
    const auto found = places_.find(pair);
    return found == places_.end() ? std::nullopt : std::optional(found->second.at);
}

void Places::give(const Pair& pair, Moment at, Moment now) {
    take_back(pair);
    if (places_.size() >= most) return;
    const auto kept_until = std::min<Moment>(at, now + longest_away) + grace;
    places_[pair] = {at, kept_until};
    ends_.emplace(kept_until, pair);
    ++counts_[at];
}

void Places::take_back(const Pair& pair) {
    const auto found = places_.find(pair);
    if (found == places_.end()) return;
    const auto [at, kept_until] = found->second;
    ends_.erase({kept_until, pair});
    const auto count = counts_.find(at);
    if (--count->second == 0) counts_.erase(count);
    places_.erase(found);
}

}  // namespace kapso
