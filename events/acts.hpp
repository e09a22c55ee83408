#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "events/log.hpp"

namespace events {

/// What a person had a consumer (a projection, or "conversations") do with a stream that it has
/// parked; nullptr for any other event, and for one that can't be read.
const OperatorActed* act_for(const Recorded& recorded, std::string_view consumer);

/// The positions that a consumer passes over by a person's act, as far as the log tells now.
/// Blocks; throws where the store is away. An act that can't be read counts for none.
std::set<std::int64_t> skips_of(Log& log, std::string_view consumer);

}  // namespace events
