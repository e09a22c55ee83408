#pragma once

#include <functional>
#include <set>
#include <string>

#include "ai/models.hpp"
#include "domain/conversation.hpp"
#include "events/keys.hpp"
#include "events/log.hpp"
#include "kapso/sender.hpp"

namespace actors {

/// Everything that a conversation needs of the world, as values and callbacks: the composition
/// root fills in the real ones, a simulation its own.
struct Ports {
    events::Log& log;
    const events::Keys& keys;
    /// Never blocks; the callback comes exactly once, on any thread.
    std::function<void(ai::Call, std::function<void(ai::Result)>)> ask;
    std::function<void(kapso::Outgoing, std::function<void(domain::conversation::SendOutcome)>)>
        send;
    /// Never goes back.
    std::function<events::Time()> now;
    std::function<events::Uuid()> new_id;
    std::set<std::string> providers_with_key;
    /// The line that sends where a conversation's own is unknown.
    std::string default_line;
};

/// Wall time at the first call plus steady time since: a stepped clock can't make it go back.
events::Time steady_now();

}  // namespace actors
