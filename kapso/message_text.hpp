#pragma once

#include <string>

#include "events/conversation_events.hpp"
#include "kapso/json.hpp"

namespace kapso {

/// What a message says.
struct Wording {
    events::Kind kind = events::Kind::text;
    std::string text;   // readable by people and models; empty only for a text without a body
    std::string typed;  // the customer's own words in it; the same in every wrapping
};

/// Reads a message object of Meta's, Kapso's (v1 or v2) or the seeds' form. Deterministic, built
/// from the type's own object; Kapso's own rendering serves only where that is missing. Throws
/// Malformed where a field that matters has the wrong type.
Wording wording_of(const Json& message);

}  // namespace kapso
