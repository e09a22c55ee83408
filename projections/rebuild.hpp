#pragma once

#include <functional>

#include "events/log.hpp"
#include "projections/views.hpp"

namespace projections {

/// Builds a projection's tables anew beside the live ones and exchanges them; nothing is sent and
/// no model is asked. First each stream is folded from its beginning, by several threads, a part of
/// all streams at a time of about `events_of_part` events, and the rows are put into tables without
/// indexes; then the tables get these, catch up with the log, and take the place of the live ones.
/// A rebuild that was cut off goes on with the parts that it has.
///
/// `going_on` is told after each part and batch how much of the log is taken in, by one thread at a
/// time; where it says no, the rebuild ends and the live tables stay as they are. Returns whether
/// they were exchanged. An event that can't be taken parks its stream, as it does in the live
/// tables (docs/decisions/0005); one that a person had skipped is passed over, as it is there.
/// Throws where the store is away, or where a rebuild of another version has begun.
bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t position)>& going_on,
             std::int64_t events_of_part = 2'000);

/// SHA-256, in hexadecimal, over all rows of a table in the order of their keys. The same rows have
/// the same hash on every store.
std::string content_hash(Views& views, const TableInfo& table, Copy copy);

}  // namespace projections
