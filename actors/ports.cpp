#include "actors/ports.hpp"

#include <algorithm>

namespace actors {

namespace {

Clock& clock() {
    static Clock own;
    return own;
}
std::chrono::nanoseconds steady() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

events::Time Clock::at(events::Time wall, nanoseconds steady) {
    const auto since = std::chrono::floor<std::chrono::microseconds>(steady);
    const std::lock_guard lock(mutex_);
    start_ = std::max(start_.value_or(wall - since), wall - since);
    return *start_ + since;
}

events::Time wall_now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

events::Time steady_now() { return clock().at(wall_now(), steady()); }

void steady_reach(events::Time recorded) { clock().reach(recorded, steady()); }

}  // namespace actors
