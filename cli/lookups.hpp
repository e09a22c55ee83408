#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actors/ports.hpp"
#include "intake/backfill.hpp"

namespace cli {

/// Answers what conversations want to know of Kapso's list: what was sent to a person since then.
/// On a thread of its own. The list can't be narrowed to a person, so that one reading of a line
/// serves all who wait for it.
class LookUps {
public:
    using Done = std::function<void(bool complete)>;
    static constexpr std::size_t most = 10'000;  // that wait; further ones are told at once

    /// Readings of one line are at least `pause` apart.
    LookUps(intake::Intake& intake, events::Log& log, const kapso::History& history,
            std::chrono::milliseconds pause = std::chrono::seconds(5));
    /// Tells all who wait that nothing is known.
    ~LookUps();
    LookUps(const LookUps&) = delete;
    LookUps& operator=(const LookUps&) = delete;

    /// Never blocks. `done` comes once, from any thread: true where all that the list has since
    /// `query.since` was read, and is in the log, in the stream that asks.
    void sent_to(const actors::ListQuery& query, Done done);

private:
    struct Waiting {
        actors::ListQuery query;
        Done done;
    };
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    std::optional<Clock::time_point> next() const;
    void serve(const std::string& line, std::vector<Waiting> all, const std::stop_token& stop);

    intake::Intake& intake_;
    events::Log& log_;
    const kapso::History& history_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, std::vector<Waiting>> waiting_;  // by line
    std::map<std::string, Clock::time_point> not_before_;
    std::size_t count_ = 0;
    bool closed_ = false;
    std::jthread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
