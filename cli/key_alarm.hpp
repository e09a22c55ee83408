#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "domain/conversation.hpp"

namespace cli {

/// Tells sends that fail alike until a person mends Kapso's key or account from all others. May be
/// used from any thread.
class KeyAlarm {
public:
    using Clock = std::chrono::steady_clock;
    /// The code to shout about: the outcome is such a failure, and none was told for a minute.
    std::optional<int> heard(const domain::conversation::SendOutcome& outcome,
                             Clock::time_point now);

private:
    std::mutex mutex_;
    std::optional<Clock::time_point> told_;
};

}  // namespace cli
