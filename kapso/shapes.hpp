#pragma once

#include <string>

#include "kapso/items.hpp"
#include "kapso/json.hpp"

namespace kapso {

// One reader for each family of shapes; payload.cpp tells which is it. All add what they
// understand to `items`; they throw Malformed where the whole entry can't be understood.

/// Meta's envelope: entry[] of changes[] of a field and its value.
void read_meta(const Json& body, Items& items);
/// A change's value: messages[], statuses[], message_echoes[], history[]. Seed 1 posts it bare.
void read_value(const Json& value, const std::string& field, Items& items);
/// One entry of Kapso's, version 1 or 2, or seed 2's {event_type, payload}; `event` may be empty.
void read_kapso(const Json& entry, const std::string& event, Items& items);

}  // namespace kapso
