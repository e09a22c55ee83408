#include "cli/reach.hpp"

#include <algorithm>

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto overlap = 10min;  // what comes into the list so late is found all the same
constexpr auto slack = 1min;     // what clocks may differ by
constexpr auto least = 24h, most = 24h * 30;
constexpr auto before_first = 1min;  // a new user's first message came in a moment before it

events::Time first_reading(const std::optional<LineTimes>& known, events::Time now) {
    if (!known) return now - before_first;
    const auto from =
        std::max(std::min(known->last - overlap, now - least), known->first - before_first);
    return std::min(from, now - before_first);  // a clock was ahead
}

}  // namespace

Reach reach_at_start(const std::optional<Reach>& before, const std::optional<LineTimes>& known,
                     events::Time now) {
    const auto from = before ? before->late : first_reading(known, now);
    const auto late = std::max(from, now - most);
    return {before ? std::max(before->fresh, late) : late, late};
}

ListRange new_part(const Reach& reach, events::Time now) {
    return {std::max(reach.late, std::min(reach.fresh, now) - slack), now};
}

ListRange late_part(const Reach& reach, const ListRange& fresh) {
    return {reach.late, fresh.since};
}

void took_new(Reach& reach, const ListRange& part, events::Time to) {
    const bool goes_on = part.since <= reach.late;
    reach.fresh = std::max(reach.fresh, to);
    if (goes_on) took_late(reach, to);
}

void took_late(Reach& reach, events::Time to) {
    reach.late = std::max(reach.late, std::min(to, reach.fresh - overlap));
}

void begin_behind(Reach& reach, events::Time time) {
    reach.late = std::max(reach.late, time + slack);
    reach.fresh = std::max(reach.fresh, reach.late);
}

}  // namespace cli
