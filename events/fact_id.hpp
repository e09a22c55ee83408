#pragma once

#include <string_view>

#include "events/ids.hpp"

namespace events {

enum class Direction { in, out };

/// The id of a fact about one message: the same however, and however often, it is delivered, so
/// that the idempotent append is the deduplication (DESIGN 3, Ids). `kind` is the event's name.
EventId fact_id(std::string_view line, Direction direction, std::string_view message,
                std::string_view kind);

}  // namespace events
