#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "db/request.hpp"

namespace db {

/// A request in the queue.
struct Waiting {
    Request request;
    Done done;
    std::chrono::steady_clock::time_point since;
};

/// Decides what goes into one transaction; knows no thread and no clock. Kept apart within a batch:
/// two requests with the same event id, and two persons who share only some of their aliases (the
/// later one waits for the next batch, where it sees what the first one did). What waits for that
/// is overtaken by nobody who shares an id, an alias or the stream with it.
class Batcher {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Limits {
        std::size_t batch_events = 200;  // reference/append.md 4; the log's lock is held meanwhile
        std::size_t batch_bytes = std::size_t{256} << 10;
        /// Requests that it looks over and leaves, so that others are seen behind a flood of one
        /// person: what four webhooks bring at a time (intake/aftermath), and some more.
        std::size_t left_behind = 2'500;
        std::size_t queue_requests = 8'192;
        std::size_t queue_bytes = std::size_t{64} << 20;
        std::chrono::milliseconds patience{7'000};  // of Kapso's ten seconds (DESIGN 7, Limits)
        std::chrono::milliseconds grace{1'500};     // more, for a write that is on its way
        /// All else waits so long for a decision that insists; for a fifth of the time at most.
        std::chrono::milliseconds hold{25};
    };
    explicit Batcher(const Limits& limits) : limits_(limits) {}

    /// False where the queue is full; `waiting` is then untouched. `first`: before all that waits.
    bool offer(Waiting& waiting, bool first = false);
    /// The next batch, in the order of the offers; empty where nothing waits. A request that is
    /// larger than a batch may be makes a batch of its own.
    std::vector<Waiting> take();
    /// Those that have waited for longer than they may.
    std::vector<Waiting> expired(Time now);
    /// When the next one expires.
    std::optional<Time> next_expiry() const;
    /// Everything, when the store closes.
    std::vector<Waiting> drain();

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    const Limits& limits() const { return limits_; }

private:
    Waiting take_first();
    void forget(const Waiting& waiting);

    Limits limits_;
    std::deque<Waiting> queue_;
    std::multiset<Time> since_;  // of all that wait: who waited elsewhere before isn't the first
    std::size_t bytes_ = 0;
};

}  // namespace db
