#pragma once

#include <caf/scheduler/test_coordinator.hpp>

#include "actors/directory_actor.hpp"
#include "actors/follower.hpp"
#include "tests/simulation/log.hpp"

namespace simulation {

/// The real actors of one process, put together as actors/system.cpp does it, but that they run one
/// message at a time, when they are told to, by a clock that is set from outside.
class Crew {
public:
    Crew(Env& env, actors::Ports ports, actors::SettingsBook& settings, actors::Leases& leases,
         std::int64_t follow_from);
    /// Ends every actor; what they still want of the world no longer reaches it.
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void wake(const events::StreamId& stream);
    void reply(const events::StreamId& stream, domain::conversation::Command command);
    /// As actors::Follower does with each page; false where nothing is left.
    bool follow() { return following_.step(); }
    void leases_changed(bool renewed, std::vector<int> closed);
    /// `left` is told those in which nothing is left.
    void leave(const std::vector<int>& slices, std::function<void(std::vector<int>)> left);

    std::size_t jobs() const { return coordinator().jobs.size(); }
    /// Handles one message of an actor, the `index`th of those that have any.
    void run(std::size_t index);
    /// When the next of the actors' timers ends.
    std::optional<events::Time> next_timer() const;
    /// Time has passed, until now; what waited for it has mail.
    void advance();

private:
    using Coordinator = caf::scheduler::test_coordinator;
    struct Config : caf::actor_system_config {
        Config() { set("scheduler.policy", caf::atom("testing")); }
    };
    Coordinator& coordinator() const;
    actors::Ports cut_off(actors::Ports ports);

    Env& env_;
    events::Time started_;
    std::shared_ptr<bool> connected_ = std::make_shared<bool>(true);
    /// Answers in doubt what is asked of the log once the actors are ending.
    class Line;
    std::unique_ptr<Line> line_;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::uint64_t> given_up_ = 0;
    Config config_;
    std::unique_ptr<caf::actor_system> system_;
    actors::SettingsBook& settings_;
    std::shared_ptr<std::atomic<int>> pending_ = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<actors::Postbox> postbox_ = std::make_shared<actors::Postbox>();
    std::shared_ptr<actors::Residents> residents_ = std::make_shared<actors::Residents>();
    std::vector<actors::Reader> readers_;
    actors::Writer writer_;
    actors::Directory directory_;
    actors::Following following_;
};

}  // namespace simulation
