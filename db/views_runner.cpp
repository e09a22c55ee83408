#include "db/views_runner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "db/first_line.hpp"

namespace db {
namespace {

using namespace std::chrono_literals;
using projections::Copy;
using projections::Follower;

// Events of other processes, and what a lost notice would have told.
constexpr auto poll = 1s;
// Another process follows too: leave it the next batches.
constexpr auto give_way = 200ms;

void say_parked(std::string_view projection, const projections::Parked& one) {
    spdlog::error(
        "{} leaves the stream {} at position {}, and goes on with the others: {} (hilo parked)",
        projection, one.stream.text(), one.position, one.error);
}

}  // namespace

ViewsRunner::ViewsRunner(Store& store) : store_(store) {
    store.on_commit([bell = bell_](std::int64_t head) {
        const std::lock_guard lock(bell->mutex);
        bell->head = std::max(bell->head, head);
        bell->rung.notify_all();
    });
    thread_ = std::thread([this] { run(); });
}

ViewsRunner::~ViewsRunner() {
    {
        const std::lock_guard lock(bell_->mutex);
        bell_->stopping = true;
        bell_->rung.notify_all();
    }
    thread_.join();
    for (auto& [name, rebuilder] : rebuilders_) rebuilder.join();
}

bool ViewsRunner::stopping() {
    const std::lock_guard lock(bell_->mutex);
    return bell_->stopping;
}

void ViewsRunner::run() {
    while (!stopping()) {
        std::int64_t head = 0;
        {
            const std::lock_guard lock(bell_->mutex);
            head = bell_->head;
        }
        if (!step_all()) sleep(poll, head);
    }
}

/// One batch of each; false where there was nothing to do, or nothing could be done.
bool ViewsRunner::step_all() {
    bool any = false, refused = false;
    for (const auto& projection : projections::all_projections()) {
        const auto done = step(projection);
        any = any || done == Follower::Step::saved;
        refused = refused || done == Follower::Step::refused;
    }
    if (refused && !any) sleep(give_way, INT64_MAX);
    return any || refused;
}

Follower::Step ViewsRunner::step(const projections::Projection& projection) {
    auto done = Follower::Step::nothing;
    std::string error;
    Follower follower(store_.log(), store_.views(), projection, Copy::live);
    try {
        done = follower.step();
    } catch (const std::exception& failed) {
        error = first_line(failed.what());
    }
    // What was parked is so, though the step may have failed behind it.
    for (const auto& one : follower.newly_parked()) say_parked(projection.name, one);
    note(projection.name, error);
    return done;
}

void ViewsRunner::note(std::string_view projection, const std::string& error) {
    {
        const std::lock_guard lock(mutex_);
        auto& known = errors_[projection];
        if (!error.empty() && known.empty()) {
            spdlog::error("the projection {} stands still: {}", projection, error);
        }
        if (error.empty() && !known.empty()) spdlog::info("the projection {} goes on", projection);
        known = error;
    }
    moved_.notify_all();
}

/// Until the time is over or the log has another head than the one that was known.
void ViewsRunner::sleep(std::chrono::milliseconds time, std::int64_t known_head) {
    std::unique_lock lock(bell_->mutex);
    bell_->rung.wait_for(lock, time, [&] { return bell_->stopping || bell_->head > known_head; });
}

bool ViewsRunner::wait(std::string_view projection, std::int64_t position,
                       std::chrono::milliseconds patience) {
    const auto* known = projections::projection_named(projection);
    if (known == nullptr) return false;
    const auto until = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    for (;;) {
        lock.unlock();
        const bool there = store_.views().checkpoint(*known, Copy::live).position >= position;
        lock.lock();
        if (there) return true;
        // Short, for on PostgreSQL another process may be the one that follows.
        const auto soon = std::chrono::steady_clock::now() + give_way / 4;
        moved_.wait_until(lock, std::min(soon, until));
        if (std::chrono::steady_clock::now() >= until) return false;
    }
}

bool ViewsRunner::caught_up() {
    const auto statuses = projections::statuses(store_.log(), store_.views());
    return std::ranges::all_of(statuses, [](const auto& one) { return one.lag <= 0; });
}

std::vector<ViewsRunner::State> ViewsRunner::states() {
    auto statuses = projections::statuses(store_.log(), store_.views());
    std::vector<State> states;
    const std::lock_guard lock(mutex_);
    for (auto& status : statuses) {
        State state{std::move(status), {}, std::nullopt, std::nullopt};
        state.error = errors_[state.status.name];
        const auto rebuild = rebuilding_.find(state.status.name);
        if (rebuild != rebuilding_.end()) state.rebuilding = rebuild->second;
        const auto last = last_rebuilds_.find(state.status.name);
        if (last != last_rebuilds_.end()) state.last_rebuild = last->second;
        states.push_back(std::move(state));
    }
    return states;
}

ViewsRunner::Rebuilt ViewsRunner::rebuild(std::string_view name) {
    const auto* projection = projections::projection_named(name);
    if (projection == nullptr) return Rebuilt::unknown_projection;
    {
        const std::lock_guard lock(mutex_);
        if (!rebuilding_.emplace(projection->name, 0).second) return Rebuilt::one_is_running;
    }
    return carry_out(*projection);
}

ViewsRunner::Started ViewsRunner::start_rebuild(std::string_view name) {
    const auto* projection = projections::projection_named(name);
    if (projection == nullptr) return Started::unknown_projection;
    const std::lock_guard lock(mutex_);
    if (!rebuilding_.emplace(projection->name, 0).second) return Started::one_is_running;
    auto& rebuilder = rebuilders_[projection->name];
    if (rebuilder.joinable()) rebuilder.join();  // an earlier one, which has ended
    rebuilder = std::thread([this, projection] {
        try {
            carry_out(*projection);
        } catch (const std::exception& failed) {
            spdlog::error("the rebuild of {} failed: {}", projection->name,
                          first_line(failed.what()));
        }
    });
    return Started::yes;
}

/// Of a rebuild that has its place in `rebuilding_`.
ViewsRunner::Rebuilt ViewsRunner::carry_out(const projections::Projection& projection) {
    const auto going_on = [&](std::int64_t position) {
        const std::lock_guard lock(mutex_);
        rebuilding_[projection.name] = position;
        return !stopping();
    };
    try {
        const bool done = projections::rebuild(store_.log(), store_.views(), projection, going_on);
        rebuild_ended(projection, done ? "" : "it was ended; the live tables stand");
        return done ? Rebuilt::done : Rebuilt::stopped;
    } catch (const std::exception& failed) {
        rebuild_ended(projection, first_line(failed.what()));
        throw;
    }
}

void ViewsRunner::rebuild_ended(const projections::Projection& projection, std::string error) {
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const std::lock_guard lock(mutex_);
    last_rebuilds_[projection.name] = {now, std::move(error)};
    rebuilding_.erase(projection.name);
}

}  // namespace db
