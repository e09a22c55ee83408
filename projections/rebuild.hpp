#pragma once

#include <functional>

#include "events/log.hpp"
#include "projections/views.hpp"

namespace projections {

/// A part is held in memory, and is one job of the thread that writes on SQLite, which an append
/// waits for.
struct PartSizes {
    std::int64_t events = 2'000;     // of a part, about
    std::int32_t of_stream = 5'000;  // of one stream in a part, at most
};

/// Builds a projection's tables anew beside the live ones and exchanges them; nothing is sent and
/// no model is asked. First each stream is folded from its beginning, by several threads, a part of
/// all streams at a time of about `events_of_part` events, and the rows are put into tables without
/// indexes; then the tables get these, catch up with the log, and take the place of the live ones.
/// A rebuild that was cut off goes on with the parts that it has. A stream of which there is more
/// than its part may hold stops there, and catches up beside the others (docs/decisions/0010).
///
/// `going_on` is told after each part and batch how much of the log is taken in, by one thread at a
/// time; where it says no, the rebuild ends and the live tables stay as they are. Returns whether
/// they were exchanged. An event that can't be taken parks its stream, as it does in the live
/// tables (docs/decisions/0005); one that a person had skipped is passed over, as it is there.
/// Where a person's keys are destroyed meanwhile, it begins anew. Throws where the store is away,
/// or another process rebuilds the projection.
bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t position)>& going_on, PartSizes sizes = {});

/// SHA-256, in hexadecimal, over all rows of a table in the order of their keys. The same rows have
/// the same hash on every store.
std::string content_hash(Views& views, const TableInfo& table, Copy copy);

}  // namespace projections
