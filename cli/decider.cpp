#include "cli/decider.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "projections/queries.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto renewal = 3s;        // of leases that last 10 s (DESIGN 3, Several processes)
constexpr auto after_failure = 1s;  // the lease runs on
constexpr auto poll = 50ms;         // while something is waited for: the fold, the last sends
// Longer than a send may take with its outcome; what isn't over by then is settled by evidence.
constexpr auto leave_bound = 60s;
// Together shorter than a lease, so that it is renewed no more.
constexpr auto end_bound = 7s, last_bound = 1s;
// Conversations wake by themselves while they are in memory, and by the directory's alarm while
// they sleep; that what is open is looked through again is for what was lost on the way.
constexpr auto sweep = 60s, sweep_ahead = 90s;

void remove(std::vector<int>& from, const std::vector<int>& what) {
    std::erase_if(from, [&](int one) { return std::ranges::find(what, one) != what.end(); });
}

}  // namespace

LeaseHolder::LeaseHolder(db::Store& store, actors::SettingsBook& settings,
                         actors::HeldLeases& leases, actors::Ports ports)
    : store_(store), settings_(settings), leases_(leases) {
    system_.emplace(std::move(ports), settings_, leases_);
    current_->system = &*system_;
    store_.on_commit([shared = current_](std::int64_t) {
        const std::lock_guard lock(shared->mutex);
        if (shared->system != nullptr) shared->system->committed();
    });
    thread_ = std::thread([this] { run(); });
}

LeaseHolder::~LeaseHolder() {
    leave();
    leave_within(last_bound);  // what was refused meanwhile by those that it waited for
    {
        const std::lock_guard lock(current_->mutex);
        current_->system = nullptr;
    }
    system_.reset();
    leases_.drop(leases_.slices());  // nothing leaves by them any more
    try {
        store_.end_leases();
    } catch (const std::exception& error) {
        spdlog::warn("the leases run out by themselves, for the database is away: {}",
                     error.what());
    }
}

void LeaseHolder::leave() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LeaseHolder::run() {
    bool failed = false;
    do {
        try {
            step();
            failed = false;
        } catch (const std::exception& error) {
            if (!failed) {
                spdlog::error("deciding for conversations: {}; trying again", error.what());
            }
            failed = true;
        }
    } while (wait_until(failed ? Clock::now() + after_failure : next_step()));
    leave_all();
}

bool LeaseHolder::wait_until(Clock::time_point time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_until(lock, time, [&] { return stop_; });
}

LeaseHolder::Clock::time_point LeaseHolder::next_step() const {
    const bool soon = fold_to_ || !leaving_.empty();
    return soon ? std::min(Clock::now() + poll, renew_at_) : std::min(renew_at_, sweep_at_);
}

void LeaseHolder::step() {
    if (!follows_) {
        const auto head = store_.log().head();
        // The clock may have been set back while nobody was here.
        for (const auto& last : store_.log().read_all(head - 1, 1)) {
            actors::steady_reach(last.recorded);
        }
        system_->follow(head);  // what stands before it is open work
        follows_ = true;
        sweep_at_ = Clock::now() + sweep;
    }
    if (Clock::now() >= renew_at_) renew();
    leave_surplus();
    sweep_when_folded();
}

// ---- Leases -----------------------------------------------------------------------------------

void LeaseHolder::renew() {
    const auto asked = leases_.now();
    try {
        take_in(store_.renew_leases(give_back_), asked);
        settings_.refresh();  // another process may have changed them
    } catch (const std::exception&) {
        system_->leases_changed(false);  // they may have run out
        throw;
    }
    renew_at_ = Clock::now() + renewal;
}

void LeaseHolder::take_in(const db::Leases& leases, std::chrono::nanoseconds asked) {
    const bool any_new = leases_.renewed(leases.held, asked);
    const auto held = leases_.slices();
    auto given_up = std::exchange(give_back_, {});
    for (const int slice : leaving_) {
        if (std::ranges::find(held, slice) == held.end()) given_up.push_back(slice);
    }
    remove(leaving_, given_up);
    system_->leases_changed(true, std::move(given_up));
    if (held.size() != told_ || leases.deciders != deciders_) {
        spdlog::info("this process decides for {} of {} slices; {} decide in all", held.size(),
                     events::slice_count, leases.deciders);
    }
    told_ = held.size();
    deciders_ = leases.deciders;
    gained_ = gained_ || any_new;
}

/// What is above the fair share is left, and given back once nothing is being sent there.
void LeaseHolder::leave_surplus() {
    const auto share = static_cast<std::size_t>(db::fair_share(std::max(deciders_, 1)));
    auto rest = leases_.slices();
    remove(rest, leaving_);
    if (leaving_.empty()) leave_by_ = Clock::now() + leave_bound;
    if (rest.size() > share) leaving_.insert(leaving_.end(), rest.begin() + share, rest.end());
    if (leaving_.empty()) return;
    const auto left = Clock::now() < leave_by_ ? system_->leave(leaving_) : leaving_;
    leases_.drop(left);
    give_back_.insert(give_back_.end(), left.begin(), left.end());
    remove(leaving_, left);
    if (leaving_.empty()) renew_at_ = Clock::now();
}

/// Sends that are out get their outcome, or a life of another process would have to find out.
void LeaseHolder::leave_all() {
    try {
        const auto asked = leases_.now();
        leases_.renewed(store_.renew_leases(give_back_).held, asked);
    } catch (const std::exception& error) {
        spdlog::warn("ending while the database is away: {}", error.what());
    }
    leave_within(end_bound);
}

void LeaseHolder::leave_within(std::chrono::milliseconds bound) {
    const auto slices = leases_.slices();
    const auto until = Clock::now() + bound;
    while (system_->leave(slices).size() < slices.size() && Clock::now() < until) {
        std::this_thread::sleep_for(poll);
    }
}

// ---- Open work --------------------------------------------------------------------------------

void LeaseHolder::sweep_when_folded() {
    // What was appended so far woke nobody here, and nobody elsewhere decides on it any more.
    if (gained_) fold_to_ = store_.log().head();
    gained_ = false;
    const auto* open_work = projections::projection_named("open_work");
    const auto folded = [&] {
        return store_.views().checkpoint(*open_work, projections::Copy::live).position;
    };
    if (fold_to_ ? folded() < *fold_to_ : Clock::now() < sweep_at_) return;
    wake_open_work();
    fold_to_.reset();
    sweep_at_ = Clock::now() + sweep;
    ready_ = true;
}

void LeaseHolder::wake_open_work() {
    constexpr std::size_t page = 1000;
    const auto until = actors::steady_now() + sweep_ahead;
    std::optional<projections::Due> last;
    for (bool more = true; more;) {
        const auto due = projections::due_work(store_.views(), until, last, page);
        for (const auto& one : due) system_->wake(one.stream);
        more = due.size() == page;
        if (more) last = due.back();
    }
}

// ---- What requests need -----------------------------------------------------------------------

int LeaseHolder::slices() const { return static_cast<int>(leases_.slices().size()); }

bool LeaseHolder::decides() const { return ready_ && slices() > 0; }

std::string LeaseHolder::why_not() const {
    return "other processes decide for the conversations of this database, or this one is "
           "starting; facts are taken and reads served here";
}

void LeaseHolder::reply(const events::StreamId& stream, domain::conversation::Command command,
                        std::function<void(actors::ReplyResult)> done) {
    system_->reply(stream, std::move(command), std::move(done));
}

}  // namespace cli
