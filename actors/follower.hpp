#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "events/log.hpp"

namespace actors {

/// A thread that reads the log behind a position and says whom each step concerns. Woken by
/// commits of this process; polls for those of others.
class Follower {
public:
    /// `moved` is told the streams that something happened to, in order, once per batch;
    /// `settings_changed` comes before it where the batch holds such an event.
    Follower(events::Log& log, std::int64_t position,
             std::function<void(const events::StreamId&)> moved,
             std::function<void()> settings_changed);
    ~Follower();

    void committed();
    std::int64_t position() const { return position_; }

private:
    void run();
    bool step();
    void changed_settings();

    events::Log& log_;
    std::atomic<std::int64_t> position_;
    std::function<void(const events::StreamId&)> moved_;
    std::function<void()> settings_changed_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool news_ = true, stop_ = false;
    std::thread thread_;
};

}  // namespace actors
