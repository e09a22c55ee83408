#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sandbox {

/// How much Kapso and Meta let a business send: calls with the key in each fixed minute, and to one
/// person one message in 6 s with bursts of 45.
class RateLimit {
public:
    using Clock = std::chrono::steady_clock;

    struct Minute {
        int limit = 0, remaining = 0;
        int seconds_left = 0;
        bool exceeded = false;
    };
    /// Counts one call; std::nullopt without a limit (0).
    std::optional<Minute> call(int limit, Clock::time_point now = Clock::now());
    /// Counts a message to this person; false where it is one too many.
    bool message_to(const std::string& peer, Clock::time_point now = Clock::now());

private:
    std::mutex mutex_;
    std::int64_t minute_ = 0;
    int calls_ = 0;
    std::map<std::string, Clock::time_point> full_at_;  // by peer: when all 45 are there again
};

}  // namespace sandbox
