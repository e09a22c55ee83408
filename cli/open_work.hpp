#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/system.hpp"
#include "db/store.hpp"

namespace cli {

/// Looks open work through and wakes it, on a thread of its own: a slow table must not hold up the
/// renewal of leases.
class OpenWork {
public:
    /// Conversations wake by themselves while they are in memory, and by the directory's alarm
    /// while they sleep; that what is open is looked through again is for what was lost on the way.
    static constexpr std::chrono::milliseconds sweep{60'000};

    /// Both must outlive this.
    OpenWork(db::Store& store, actors::System& system, std::chrono::milliseconds between = sweep);
    ~OpenWork();
    OpenWork(const OpenWork&) = delete;
    OpenWork& operator=(const OpenWork&) = delete;

    /// Slices were gained: what was appended so far woke nobody here, and nobody elsewhere decides
    /// on it any more. All is looked through as soon as the table shows that much of the log.
    void gained();
    /// The table has shown all of it at least once; conversations are being woken.
    bool looked_through() const { return looked_through_; }

private:
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    /// What is to be done now; throws where the store is away.
    void step(const std::stop_token& stop);
    /// Every conversation of our slices that may owe something soon; false where it was stopped.
    bool wake_all(const std::stop_token& stop);

    db::Store& store_;
    actors::System& system_;
    const std::chrono::milliseconds between_;  // two looks through all
    std::atomic<bool> looked_through_ = false;

    // Of the thread alone.
    std::optional<std::int64_t> fold_to_;  // where the table has to be first
    Clock::time_point sweep_at_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool gained_ = false;
    std::jthread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
