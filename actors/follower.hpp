#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "events/log.hpp"

namespace actors {

/// Reads the log behind a position, a page at a time, and says whom each step concerns.
class Following {
public:
    /// `moved` is told the streams that something happened to, once per page; `settings_changed`
    /// and `acted`, of persons who act on parked streams, come before it where the page holds such
    /// an event. Where `acted` throws the page is read again.
    Following(
        events::Log& log, std::int64_t position, std::function<void(const events::StreamId&)> moved,
        std::function<void()> settings_changed, std::function<void()> acted = [] {});

    /// One page; whether there may be more. Throws where the store is away: then nothing was
    /// passed over.
    bool step();
    std::int64_t position() const { return position_; }

private:
    void changed_settings();

    events::Log& log_;
    std::atomic<std::int64_t> position_;
    std::function<void(const events::StreamId&)> moved_;
    std::function<void()> settings_changed_, acted_;
};

/// A thread round it. Woken by commits of this process; polls for those of others.
class Follower {
public:
    Follower(events::Log& log, std::int64_t position,
             std::function<void(const events::StreamId&)> moved,
             std::function<void()> settings_changed, std::function<void()> acted);
    ~Follower();

    void committed();
    std::int64_t position() const { return following_.position(); }

private:
    void run();

    Following following_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool news_ = true, stop_ = false;
    std::thread thread_;
};

}  // namespace actors
