#include "cli/lookups.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "db/first_line.hpp"

namespace cli {

using domain::conversation::Listed;

LookUps::LookUps(intake::Intake& intake, events::Log& log, const kapso::History& history,
                 Waits waits)
    : intake_(intake), log_(log), history_(history), waits_(waits), thread_([this](auto stop) {
          run(stop);
      }) {}

LookUps::~LookUps() {
    thread_.request_stop();
    thread_.join();
    decltype(waiting_) left;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        left.swap(waiting_);
    }
    for (const auto& [line, all] : left) {
        for (const auto& one : all) one.done(Listed::early);
    }
}

void LookUps::sent_to(const actors::ListQuery& query, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (!closed_ && count_ < most) {
            waiting_[query.line].push_back({query, std::move(done), first_asked(query.attempt)});
            ++count_;
            changed_.notify_one();
            return;
        }
    }
    done(Listed::unread);
}

/// Under the lock. A send is asked about for an hour, and what is forgotten waits anew.
LookUps::Clock::time_point LookUps::first_asked(const events::AttemptId& attempt) {
    const auto now = Clock::now();
    if (first_asked_.size() >= most_remembered) {
        std::erase_if(first_asked_, [&](const auto& one) {
            return one.second < now - 2 * domain::conversation::look_up_limit;
        });
    }
    const auto found = first_asked_.find(attempt);
    if (found != first_asked_.end()) return found->second;
    if (first_asked_.size() < most_remembered) first_asked_.emplace(attempt, now);
    return now;
}

/// When the next reading is due. Under the lock.
std::optional<LookUps::Clock::time_point> LookUps::next() const {
    std::optional<Clock::time_point> soonest;
    for (const auto& [line, all] : waiting_) {
        const auto found = not_before_.find(line);
        const auto at = found == not_before_.end() ? Clock::time_point{} : found->second;
        if (!soonest || at < *soonest) soonest = at;
    }
    return soonest;
}

void LookUps::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        const auto due = next();
        if (!due) {
            changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
        } else if (*due > Clock::now()) {
            changed_.wait_until(lock, stop, *due, [] { return false; });
        } else {
            const auto found = std::ranges::find_if(waiting_, [&](const auto& one) {
                return !not_before_.contains(one.first) ||
                       not_before_.at(one.first) <= Clock::now();
            });
            const auto line = found->first;
            auto all = std::move(found->second);
            waiting_.erase(found);
            count_ -= all.size();
            lock.unlock();
            serve(line, std::move(all), stop);
            lock.lock();
            not_before_[line] =
                Clock::now() + waits_.between;  // from its end on, so that others have a turn
        }
    }
}

void LookUps::serve(const std::string& line, std::vector<Waiting> all,
                    const std::stop_token& stop) {
    const auto since_of = [](const Waiting& one) { return one.query.since; };
    const auto since = since_of(std::ranges::min(all, {}, since_of));
    std::vector<Listed> listed;
    for (const auto now = Clock::now(); const auto& one : all) {
        listed.push_back(now - one.first < waits_.settling ? Listed::early : Listed::unread);
    }
    try {
        intake::Backfill backfill(intake_,
                                  [&](const kapso::Listing& listing, const std::string& after) {
                                      return history_.read(listing, after, stop);
                                  });
        const auto seen = backfill.outbound(line, since);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto& query = all[i].query;
            const bool complete = seen.is_complete(query.since, query.stream) &&
                                  intake::lead_to(log_, line, query.names, query.stream);
            if (complete && listed[i] != Listed::early) listed[i] = Listed::all;
        }
    } catch (const std::exception& error) {
        spdlog::warn("what was sent can't be looked up: {}", db::first_line(error.what()));
    }
    for (std::size_t i = 0; i < all.size(); ++i) all[i].done(listed[i]);
}

}  // namespace cli
