#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace sandbox {

/// Does things when their time has come, one after the other, on a thread of its own.
class Later {
public:
    Later();
    /// Stops.
    ~Later();
    Later(const Later&) = delete;
    Later& operator=(const Later&) = delete;

    /// False where 50,000 things wait already or it has stopped: then `job` will never be done. A
    /// job must not block or throw.
    bool after(std::chrono::milliseconds delay, std::function<void()> job);
    /// Forgets what waits and returns once nothing runs. Not from a job.
    void stop();

private:
    using Clock = std::chrono::steady_clock;
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Clock::time_point, std::function<void()>> jobs_;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace sandbox
