#pragma once

#include <atomic>

#include "actors/messages.hpp"
#include "actors/settings_book.hpp"

namespace actors {

/// Blocks in its own thread: spawn it detached. A failed read is the requester's error; once
/// `stopping` is set every read fails, so that what waits behind a slow database holds up no end.
Reader::behavior_type reader_actor(Reader::pointer self, events::Log* log, SettingsBook* settings,
                                   const std::atomic<bool>* stopping);

/// Never blocks: the log answers on its own thread, and the answer is delivered in this actor's
/// time, since a promise belongs to one thread.
/// `pending` counts the answers that are still to come: nobody may answer an actor system that has
/// ended.
Writer::behavior_type writer_actor(Writer::pointer self, events::Log* log,
                                   const std::shared_ptr<std::atomic<int>>& pending);

}  // namespace actors
