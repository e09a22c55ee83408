#include "cli/decider.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto renewal = 3s;        // of leases that last 10 s (DESIGN 3, Several processes)
constexpr auto after_failure = 1s;  // the lease runs on
constexpr auto poll = 50ms;         // while the last sends are waited for
// Together shorter than a lease, so that it is renewed no more.
constexpr auto end_bound = 7s, last_bound = 1s;

}  // namespace

LeaseHolder::LeaseHolder(db::Store& store, actors::SettingsBook& settings,
                         actors::HeldLeases& leases, actors::Ports ports, Shared shared)
    : store_(store), settings_(settings), leases_(leases), shared_(std::move(shared)) {
    system_.emplace(std::move(ports), settings_, leases_);
    open_work_.emplace(store_, *system_);
    current_->system = &*system_;
    store_.on_commit([shared = current_](std::int64_t) {
        const std::lock_guard lock(shared->mutex);
        if (shared->system != nullptr) shared->system->committed();
    });
    thread_ = std::thread([this] { run(); });
}

LeaseHolder::~LeaseHolder() {
    leave();
    open_work_.reset();
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
    return share_.leaves() ? std::min(Clock::now() + poll, renew_at_) : renew_at_;
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
    }
    if (Clock::now() >= renew_at_) renew();
    leave_surplus();
}

// ---- Leases -----------------------------------------------------------------------------------

void LeaseHolder::renew() {
    const auto asked = leases_.now();
    try {
        const auto given_back = share_.to_give_back();
        take_in(store_.renew_leases(given_back), given_back, asked);
        settings_.refresh();  // another process may have changed them
    } catch (const std::exception&) {
        system_->leases_changed(false);  // they may have run out
        throw;
    }
    renew_at_ = Clock::now() + renewal;
}

void LeaseHolder::take_in(const db::Leases& leases, const std::vector<int>& given_back,
                          std::chrono::nanoseconds asked) {
    const bool any_new = leases_.renewed(leases.held, asked);
    const auto held = leases_.slices();
    const auto known = share_.deciders();
    share_.renewed(given_back, held, leases.deciders);
    shared_(leases.deciders);
    system_->leases_changed(true, share_.closed());
    if (held.size() != told_ || leases.deciders != known) {
        spdlog::info("this process decides for {} of {} slices; {} decide in all", held.size(),
                     events::slice_count, leases.deciders);
    }
    told_ = held.size();
    if (any_new) open_work_->gained();
}

/// What is above the fair share is left, and given back once nothing is being sent there.
void LeaseHolder::leave_surplus() {
    const auto now = leases_.now();
    const auto leaving = share_.leave(leases_.slices(), now);
    if (leaving.empty()) return;
    const auto left = share_.left(share_.waited_enough(now) ? leaving : system_->leave(leaving));
    leases_.drop(left);
    if (!share_.leaves()) renew_at_ = Clock::now();
}

/// Sends that are out get their outcome, or a life of another process would have to find out.
void LeaseHolder::leave_all() {
    try {
        const auto asked = leases_.now();
        leases_.renewed(store_.renew_leases(share_.to_give_back()).held, asked);
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

// ---- What requests need -----------------------------------------------------------------------

int LeaseHolder::slices() const { return static_cast<int>(leases_.slices().size()); }

bool LeaseHolder::decides() const { return open_work_->looked_through() && slices() > 0; }

std::string LeaseHolder::why_not() const {
    return "other processes decide for the conversations of this database, or this one is "
           "starting; facts are taken and reads served here";
}

void LeaseHolder::reply(const events::StreamId& stream, domain::conversation::Command command,
                        std::function<void(actors::ReplyResult)> done) {
    system_->reply(stream, std::move(command), std::move(done));
}

}  // namespace cli
