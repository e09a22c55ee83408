#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "events/time.hpp"

namespace simulation {

using Span = std::chrono::microseconds;
using Work = std::function<void()>;

/// Virtual time: what is going to happen, in order. Nothing here waits.
class Timeline {
public:
    events::Time now() const { return now_; }
    /// What the machines' clocks show.
    events::Time wall() const { return now_ + step_; }
    /// Somebody sets the clocks wrong by so much, or right.
    void set_clocks_wrong(Span by) { step_ = by; }
    bool clocks_are_right() const { return step_ == Span(0); }

    void after(Span wait, Work work) {
        queue_.emplace(std::pair(now_ + wait, ++numbered_), std::move(work));
    }
    std::optional<events::Time> next() const {
        if (queue_.empty()) return std::nullopt;
        return queue_.begin()->first.first;
    }
    void run_next() {
        const auto work = queue_.extract(queue_.begin());
        advance(work.key().first);
        work.mapped()();
    }
    void advance(events::Time to) { now_ = std::max(now_, to); }

private:
    events::Time now_ = *events::parse_iso8601("2026-11-20T10:00:00Z");
    Span step_{0};
    std::map<std::pair<events::Time, std::uint64_t>, Work> queue_;
    std::uint64_t numbered_ = 0;
};

}  // namespace simulation
