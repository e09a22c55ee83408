#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/random.hpp"
#include "tests/simulation/timeline.hpp"

namespace simulation {

/// What a seed chooses for its whole history. Faults are percentages of the chances to fail.
struct Plan {
    int processes = 1;
    int persons = 1;
    int actions = 10;  // of the story, apart from what follows from them
    bool echo = true;  // Kapso tells our own key in statuses
    bool clocks_step = false;
    int commit_faults = 0, read_faults = 0, view_faults = 0;
    int send_faults = 0, model_faults = 0, webhook_faults = 0;
    int process_faults = 0;
};

/// A history as a person reads it; kept only where somebody wants it.
class Trace {
public:
    bool on = false;
    std::vector<std::string> lines;

    template <class Text>
    void operator()(const Timeline& timeline, Text text) {
        if (on) lines.push_back(events::iso8601(timeline.now()).substr(11, 12) + "  " + text());
    }
};

/// What everything in one history shares.
struct Env {
    explicit Env(std::uint64_t seed) : random(seed) {}

    Random random;
    Timeline timeline;
    Plan plan;
    Trace trace;
    bool quiet = false;  // faults have stopped

    /// Nobody reaches the database until then.
    events::Time away_until{};
    bool database_is_away() const { return !quiet && timeline.now() < away_until; }
    bool strikes(int percent) { return !quiet && random.chance(percent); }
    template <class Text>
    void tell(Text text) {
        trace(timeline, text);
    }
};

/// One life of one process: what it was to do is lost when it ends, and waits while it is stopped.
class Host {
public:
    explicit Host(Env& env) : env_(env) {}
    ~Host() { state_->alive = false; }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    void after(Span wait, Work work) {
        env_.timeline.after(wait, [state = state_, work = std::move(work)] {
            if (!state->alive) return;
            if (state->stopped) {
                state->waiting.push_back(work);
            } else {
                work();
            }
        });
    }
    bool stopped() const { return state_->stopped; }
    void stop() { state_->stopped = true; }
    void go_on() {
        state_->stopped = false;
        for (auto& work : std::exchange(state_->waiting, {})) after(Span(0), work);
    }

private:
    struct State {
        bool alive = true, stopped = false;
        std::deque<Work> waiting;
    };
    Env& env_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace simulation
