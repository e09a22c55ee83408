#pragma once

#include "actors/conversation_actor.hpp"

namespace actors {

/// Asks for the turn that `intent` needs; it comes to the stream as TurnCame, at once or within
/// Pace::longest_wait.
void ask_turn(const events::SendRequested& intent, const events::StreamId& stream,
              const domain::conversation::State& state, const Surroundings& around);

/// Carries out one effect; a send at `turn`, or, where that is empty, when its turn comes; what
/// comes of it goes to the stream through the directory, since the actor that asked may be gone by
/// then.
void carry_out(const domain::conversation::Effect& effect, const Place& place,
               const domain::conversation::State& state, const Surroundings& around,
               const kapso::Turn& turn);

/// Until when an outcome is waited for: not at all for another process's, which nobody brings here.
/// The provider's list is looked at again after that, ever more rarely.
events::Time patience_until(const domain::conversation::Effect& effect, const Surroundings& around);

/// A question may be asked again. A send must not: it would go out a second time.
bool may_be_repeated(const domain::conversation::Effect& effect);

/// What to conclude when that has passed: nothing for a question, which is asked again; that
/// nobody knows for a send.
domain::conversation::Command giving_up(const domain::conversation::Effect& effect);

/// An event that we appended ourselves, as the log holds it, in what the rules look at.
events::Recorded as_recorded(const events::NewEvent& event, const events::StreamId& stream,
                             std::int64_t position, std::int32_t version);
/// Whether the log takes them for as old as we do, whose clock may be ahead of its own: it records
/// them no sooner than at `recorded`.
bool time_is_sure(const domain::conversation::Events& events, events::Time recorded);

}  // namespace actors
