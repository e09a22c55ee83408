#include "cli/decider.hpp"

#include <spdlog/spdlog.h>

#include "projections/queries.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 3s;  // a lease is renewed, or asked for, this often (DESIGN 3)
constexpr auto fold_poll = 20ms;
// Conversations wake by themselves while they are in memory, and by the directory's alarm while
// they sleep; that what is open is looked through again is for what was lost on the way.
constexpr auto sweep = 60s, sweep_ahead = 90s;

}  // namespace

LeaseHolder::LeaseHolder(db::Store& store, actors::SettingsBook& settings, actors::Ports ports)
    : store_(store), settings_(settings), ports_(std::move(ports)) {
    store_.on_commit([shared = current_](std::int64_t) {
        const std::lock_guard lock(shared->mutex);
        if (shared->system) shared->system->committed();
    });
    thread_ = std::thread([this] { run(); });
}

LeaseHolder::~LeaseHolder() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
    replace(nullptr);
}

void LeaseHolder::run() {
    bool said = false;
    auto next_sweep = std::chrono::steady_clock::now() + sweep;
    for (;;) {
        try {
            settings_.refresh();  // another process may have changed them
            const auto system = current();
            if (system && (!store_.holds_decisions() || system->fenced())) {
                spdlog::warn("another process decides now, or the database went away");
                replace(nullptr);
            } else if (!system && !try_to_start() && !said) {
                spdlog::info("{}", why_not());
                said = true;
            } else if (system && std::chrono::steady_clock::now() >= next_sweep) {
                wake_open_work(*system);
                next_sweep = std::chrono::steady_clock::now() + sweep;
            }
        } catch (const std::exception& error) {
            spdlog::error("deciding for conversations: {}; trying again", error.what());
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, look_again, [&] { return stop_; })) return;
    }
}

std::shared_ptr<actors::System> LeaseHolder::current() const {
    const std::lock_guard lock(current_->mutex);
    return current_->system;
}

void LeaseHolder::replace(std::shared_ptr<actors::System> system) {
    const std::lock_guard lock(current_->mutex);
    current_->system.swap(system);
}

bool LeaseHolder::try_to_start() {
    const auto epoch = store_.claim_decisions();
    if (!epoch) return false;
    settings_.refresh();
    const auto system = std::make_shared<actors::System>(ports_, settings_, *epoch);
    const auto head = store_.log().head();
    // Open work is known up to the head before anybody is told that this process is ready.
    const auto* open_work = projections::projection_named("open_work");
    while (store_.views().checkpoint(*open_work, projections::Copy::live).position < head) {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, fold_poll, [&] { return stop_; })) return false;
    }
    wake_open_work(*system);
    system->follow(head);
    replace(system);
    spdlog::info("this process decides for the conversations (epoch {})", *epoch);
    return true;
}

void LeaseHolder::wake_open_work(actors::System& system) {
    constexpr std::size_t page = 1000;
    const auto until = std::chrono::floor<std::chrono::microseconds>(
        std::chrono::system_clock::now() + sweep_ahead);
    std::optional<projections::Due> last;
    for (bool more = true; more;) {
        const auto due = projections::due_work(store_.views(), until, last, page);
        for (const auto& one : due) system.wake(one.stream);
        more = due.size() == page;
        if (more) last = due.back();
    }
}

bool LeaseHolder::decides() const { return current() != nullptr; }

std::string LeaseHolder::why_not() const {
    return "another process decides for the conversations of this database, or this one is "
           "starting; facts are taken and reads served here";
}

void LeaseHolder::reply(const events::StreamId& stream, domain::conversation::Reply reply,
                        std::function<void(actors::ReplyResult)> done) {
    const auto system = current();
    if (!system) return done({});
    system->reply(stream, std::move(reply), std::move(done));
}

}  // namespace cli
