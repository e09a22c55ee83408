#pragma once

#include <optional>

#include "events/time.hpp"

namespace cli {

/// How far the list of a line is taken in. What is new is read first, and once more when it is ten
/// minutes old, for something may have come into the list late. Neither moment ever goes back, so
/// that what was said before Hilo was there is never read.
struct Reach {
    events::Time fresh;  // all before was read
    events::Time late;   // ... and is not read again
    bool operator==(const Reach&) const = default;
};

/// When the first conversation of a line began and when its last message was said.
struct LineTimes {
    events::Time first, last;
};

/// Where a process begins at `now`: where the line was taken in before. Where that isn't known:
///
/// A day back at least, though the last known message be younger: what came in after an outage may
/// be known when what came during it is not, and a free answer is only allowed for a day
/// (reference/kapso.md 2.4). Older, where the last known message is, less ten minutes for what was
/// on its way. Never before the line's first conversation, or this start where there is none: what
/// customers wrote before Hilo was there is not Hilo's to answer.
///
/// A month at most. Pure, as all here.
Reach reach_at_start(const std::optional<Reach>& before, const std::optional<LineTimes>& known,
                     events::Time now);

/// A range of the list; none of it where it ends before it begins.
struct ListRange {
    events::Time since, until;
};
/// What is new, with a minute for clocks that differ.
ListRange new_part(const Reach& reach, events::Time now);
/// What is to be read once more, where `fresh` is the new part of the same round.
ListRange late_part(const Reach& reach, const ListRange& fresh);

/// All before a time in the new part is in the log.
void took_new(Reach& reach, const ListRange& part, events::Time to);
/// The same in the late part.
void took_late(Reach& reach, events::Time to);
/// What came before is not to be read.
void begin_behind(Reach& reach, events::Time time);

}  // namespace cli
