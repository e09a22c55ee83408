#pragma once

#include "tests/simulation/process.hpp"

namespace simulation {

/// One history: processes, a database and an outside, and a story that happens to them. The same
/// seed is the same history, step by step.
class World {
public:
    explicit World(std::uint64_t seed, bool traced = false);

    /// The story, and then a quiet time in which faults have stopped.
    void run();
    /// Every process ends and starts again, and time passes: nothing should come of it.
    void restart_all();

    const Database& database() const { return database_; }
    const Kapso& kapso() const { return kapso_; }
    const Model& model() const { return model_; }
    const KeptBodies& kept() const { return kept_; }
    /// What came after it came when nothing else was the matter.
    std::int64_t quiet_position() const { return quiet_position_; }
    Tables& tables() { return tables_; }
    Env& env() { return env_; }

private:
    static Plan plan_of(Random& random);
    void act();
    void act_once();
    void strike_process();
    void step_clocks();
    void reply_through_hilo();
    void judge_what_is_unknown();
    void start(std::size_t slot);
    void calm_down();
    void change_settings(bool at_first);
    void post(const Webhook& webhook, const std::function<void(bool)>& answered);
    void news();
    void run_until(events::Time end);
    /// One message of one actor, or the next thing in time. False where nothing is left before.
    bool step(events::Time end);
    bool run_a_job();
    std::optional<events::Time> next_moment() const;

    Env env_;
    Database database_{env_};
    Tables tables_{env_};
    KeptBodies kept_{env_};
    Kapso kapso_;
    Model model_{env_};
    std::int64_t quiet_position_ = 0;
    int lives_started_ = 0, actions_ = 0, said_ = 0;
    std::vector<std::unique_ptr<Life>> lives_;  // of each process; none where it is down
};

}  // namespace simulation
