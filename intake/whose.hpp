#pragma once

#include <set>
#include <string>
#include <vector>

#include "events/log.hpp"

namespace intake {

/// What a log holds of one person.
struct Whose {
    std::vector<events::StreamId> streams;  // in the order in which they were found
    std::set<std::string> names;            // phones as they were told, and business-scoped ids
    std::int64_t events = 0;                // of these streams
};

/// Everything of the person that has this name: a phone, however it is written, or a
/// business-scoped id, on each of these lines; or of whom a stream is. Names lead to streams, and
/// what stands in them to other names and streams, until nothing is new. Empty where the log knows
/// nobody by it. Reads all of those streams; blocks, and throws where the store is away or an event
/// can't be read.
Whose whose_is(events::Log& log, const std::vector<std::string>& lines, const std::string& name);
Whose whose_is(events::Log& log, const std::vector<std::string>& lines,
               const events::StreamId& stream);

}  // namespace intake
