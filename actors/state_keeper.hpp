#pragma once

#include <memory>

#include "actors/messages.hpp"
#include "events/snapshots.hpp"

namespace actors {

/// The state that a stream's snapshot had; null where there is none, or none that can be read: then
/// the log is.
std::shared_ptr<const domain::conversation::State> kept_state(events::Snapshots* snapshots,
                                                              const events::StreamId& stream);

/// Blocks in its own thread: spawn it detached. `snapshots` may be null. `busy` is let go after
/// each, so that one is on its way at a time; once `stopping` is set none is kept.
Keeper::behavior_type keeper_actor(Keeper::pointer self, events::Snapshots* snapshots,
                                   const std::shared_ptr<std::atomic<bool>>& busy,
                                   const std::atomic<bool>* stopping);

}  // namespace actors
