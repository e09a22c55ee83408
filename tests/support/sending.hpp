#pragma once

#include "kapso/sender.hpp"

namespace tests {

/// Sends as soon as the turn comes.
inline void send_in_turn(const kapso::Sender& sender, const kapso::Outgoing& message,
                         std::function<void(domain::conversation::SendOutcome)> done) {
    sender.turn(
        message.line, message.to, message.text.size(),
        [message, done = std::move(done)](const kapso::Turn& turn) { turn(message, done); });
}

}  // namespace tests
