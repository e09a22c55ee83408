#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace http {

/// A few threads for handlers that wait, behind a queue with an end.
class Workers {
public:
    Workers(std::size_t threads, std::size_t queue);
    /// Stops.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Never waits; false where the queue is full or the pool has stopped, and nothing will be run.
    /// The job must not throw.
    bool run(std::function<void()> job);
    /// Drops what is queued and waits for what is running.
    void stop();

private:
    void work();

    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace http
