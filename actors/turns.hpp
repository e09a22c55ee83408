#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/messages.hpp"
#include "events/event.hpp"

namespace actors {

/// A life's turns to send. An intent is on record only when its turn has come, so that nothing but
/// the commit stands between it and the send: what only waited is never uncertain
/// (docs/decisions/0012).
class Turns {
public:
    /// The intent that a decision records; null where it records none.
    static const events::SendRequested* intent_in(const std::vector<events::NewEvent>& events) {
        for (const auto& one : events) {
            const auto& event = std::get<events::ConversationEvent>(one.body);
            if (const auto* intent = std::get_if<events::SendRequested>(&event)) return intent;
        }
        return nullptr;
    }

    bool awaited() const { return wake_waits_ || !outcomes_.empty(); }
    /// A Wake finds nothing new until it comes.
    bool awaited_by_wake() const { return wake_waits_; }
    bool here() const { return turn_ != nullptr; }
    /// The task is to be decided again when the turn comes; true where nobody asked for one yet.
    bool await(const Task& task) {
        const bool first = !awaited();
        // Only what the outside said has to be remembered: any Wake finds the rest again.
        if (task.number > 0) {
            outcomes_.push_back(task);
        } else {
            wake_waits_ = true;
        }
        return first;
    }
    /// Returns what waited for it; where nothing did, the turn isn't kept.
    std::vector<Task> came(const kapso::Turn& turn) {
        if (awaited()) turn_ = turn;
        auto tasks = std::exchange(outcomes_, {});
        if (std::exchange(wake_waits_, false)) tasks.push_back({domain::conversation::Wake{}});
        return tasks;
    }
    /// The turn, for one send; empty where there is none.
    kapso::Turn take() { return std::exchange(turn_, nullptr); }

    /// Whatever the rules say: a life sends an attempt once (P3).
    bool first_send_of(const domain::conversation::AttemptId& attempt) {
        constexpr std::size_t limit = 1024;
        if (sent_.size() == limit) sent_.erase(sent_.begin());  // the oldest, by its version 7 id
        return sent_.insert(attempt).second;
    }

private:
    std::vector<Task> outcomes_;  // that wait
    bool wake_waits_ = false;
    kapso::Turn turn_;
    std::set<domain::conversation::AttemptId> sent_;
};

}  // namespace actors
