#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "actors/ports.hpp"
#include "intake/backfill.hpp"

namespace cli {

/// Answers what conversations want to know of Kapso's list: what was sent to a person since then.
/// On a thread of its own. The list can't be narrowed to a person, so that one reading of a line
/// serves all who wait for it.
class LookUps {
public:
    using Done = std::function<void(domain::conversation::Listed)>;
    static constexpr std::size_t most = 10'000;  // that wait; further ones are told at once
    static constexpr std::size_t most_remembered = 100'000;  // since when they are asked about

    struct Waits {
        std::chrono::milliseconds between = std::chrono::seconds(5);  // readings of one line
        /// Sooner after it was first asked about, a send may still come into the list. By a clock
        /// that nobody sets, which the time that a conversation decides by is not.
        std::chrono::milliseconds settling = domain::conversation::settling_time;
    };
    LookUps(intake::Intake& intake, events::Log& log, const kapso::History& history, Waits waits);
    /// Tells all who wait that nothing is known yet.
    ~LookUps();
    LookUps(const LookUps&) = delete;
    LookUps& operator=(const LookUps&) = delete;

    /// Never blocks. `done` comes once, from any thread, when what the list has since `query.since`
    /// is in the log, or can't be read.
    void sent_to(const actors::ListQuery& query, Done done);

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting {
        actors::ListQuery query;
        Done done;
        Clock::time_point first;  // asked about this send
    };

    void run(const std::stop_token& stop);
    std::optional<Clock::time_point> next() const;
    Clock::time_point first_asked(const events::AttemptId& attempt);
    void serve(const std::string& line, std::vector<Waiting> all, const std::stop_token& stop);

    intake::Intake& intake_;
    events::Log& log_;
    const kapso::History& history_;
    const Waits waits_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, std::vector<Waiting>> waiting_;  // by line
    std::map<std::string, Clock::time_point> not_before_;
    std::unordered_map<events::AttemptId, Clock::time_point> first_asked_;
    std::size_t count_ = 0;
    bool closed_ = false;
    std::jthread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
