#include "kapso/places.hpp"

#include <algorithm>

namespace kapso {
namespace {

void subtract(Places::Counts& counts, Moment at) {
    const auto found = counts.find(at);
    if (--found->second == 0) counts.erase(found);
}

}  // namespace

void Places::forget_late(Moment now) {
    while (!ends_.empty() && ends_.begin()->first <= now) take_back(Pair(ends_.begin()->second));
}

Due Places::rank_of(const Pair& pair) const {
    const auto found = places_.find(pair);
    return found == places_.end() ? Due{} : found->second.rank;
}

void Places::give(const Pair& pair, const Due& rank, const Due& due, Moment told, Moment now) {
    take_back(pair);
    if (places_.size() >= most) return;
    const auto kept_until = std::min<Moment>(told, now + longest_away) + grace;
    places_[pair] = {rank, due, kept_until};
    ends_.emplace(kept_until, pair);
    ++by_key_[due.of_key];
    ++by_line_[pair.line][due.of_line];
}

void Places::take_back(const Pair& pair) {
    const auto found = places_.find(pair);
    if (found == places_.end()) return;
    const auto& due = found->second.due;
    ends_.erase({found->second.kept_until, pair});
    subtract(by_key_, due.of_key);
    const auto line = by_line_.find(pair.line);
    subtract(line->second, due.of_line);
    if (line->second.empty()) by_line_.erase(line);
    places_.erase(found);
}

const Places::Counts& Places::by_line(const std::string& line) const {
    static const Counts none;
    const auto found = by_line_.find(line);
    return found == by_line_.end() ? none : found->second;
}

}  // namespace kapso
