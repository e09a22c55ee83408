#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <utility>

namespace sandbox {

/// Kapso's rule for a webhook that fails too often: where, within 15 minutes, at least 40 attempts
/// were made and at least 10 and 85 % of them failed, it is off until somebody switches it on
/// (reference/kapso.md 1.9).
class Pausing {
public:
    using Clock = std::chrono::steady_clock;

    bool active() const {
        const std::lock_guard lock(mutex_);
        return active_;
    }
    /// Counts anew from here.
    void set_active(bool active);
    void finished(bool well, Clock::time_point now = Clock::now());

private:
    mutable std::mutex mutex_;
    bool active_ = true;
    std::size_t failed_ = 0;
    std::deque<std::pair<Clock::time_point, bool>> attempts_;  // and whether each went well
};

}  // namespace sandbox
