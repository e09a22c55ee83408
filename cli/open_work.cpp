#include "cli/open_work.hpp"

#include <spdlog/spdlog.h>

#include "projections/queries.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto poll = 50ms;         // while the fold is waited for
constexpr auto after_failure = 1s;  // of the store
constexpr auto ahead = 30s;         // of the next look
constexpr std::size_t page = 1000;

const projections::Projection& table() { return *projections::projection_named("open_work"); }

}  // namespace

OpenWork::OpenWork(db::Store& store, actors::System& system, std::chrono::milliseconds between)
    : store_(store),
      system_(system),
      between_(between),
      sweep_at_(Clock::now() + between),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

OpenWork::~OpenWork() = default;

void OpenWork::gained() {
    {
        const std::lock_guard lock(mutex_);
        gained_ = true;
    }
    changed_.notify_all();
}

void OpenWork::run(const std::stop_token& stop) {
    bool failed = false;
    while (!stop.stop_requested()) {
        try {
            step(stop);
            failed = false;
        } catch (const std::exception& error) {
            if (!failed) spdlog::error("open work: {}; looking again", error.what());
            failed = true;
        }
        const auto now = Clock::now();
        const auto next = failed ? now + after_failure : fold_to_ ? now + poll : sweep_at_;
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, stop, next, [&] { return gained_ && !failed; });
    }
}

void OpenWork::step(const std::stop_token& stop) {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(gained_, false)) fold_to_ = INT64_MAX;
    }
    if (fold_to_ == INT64_MAX) fold_to_ = store_.log().head();
    if (fold_to_) {
        const auto shown = store_.views().checkpoint(table(), projections::Copy::live).position;
        if (shown < *fold_to_) return;
    } else if (Clock::now() < sweep_at_) {
        return;
    }
    looked_through_ = true;
    if (!wake_all(stop)) return;
    fold_to_.reset();
    sweep_at_ = Clock::now() + between_;
}

bool OpenWork::wake_all(const std::stop_token& stop) {
    const auto until = actors::steady_now() + between_ + ahead;
    std::optional<projections::Due> last;
    for (bool more = true; more;) {
        const auto due = projections::due_work(store_.views(), until, last, page);
        for (const auto& one : due) {
            if (stop.stop_requested()) return false;
            system_.wake(one.stream);
        }
        more = due.size() == page;
        if (more) last = due.back();
    }
    // What the table has parked it may show wrongly, and their lives know better.
    for (const auto& one : store_.views().parked(table(), projections::Copy::live, page)) {
        system_.wake(one.stream);
    }
    return true;
}

}  // namespace cli
