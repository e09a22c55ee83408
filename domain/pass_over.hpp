#pragma once

#include "domain/conversation.hpp"

/// What it means that a person has a conversation go on without an event that it can't take.
namespace domain::conversation {

/// The state behind that event: the stream has moved on, and nothing else has changed.
State pass_over(State state, const events::Recorded& recorded);

/// Whether a conversation keeps its promises without an event of this type. It doesn't without an
/// intent to send or a silence, for these close customers' messages, which would be answered a
/// second time; nor without what only a newer Hilo knows.
bool may_be_passed_over(std::int16_t type);

}  // namespace domain::conversation
