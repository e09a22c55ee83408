#include "cli/decider.hpp"

#include <spdlog/spdlog.h>

#include "projections/open_work.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 3s;  // a lease is renewed, or asked for, this often (DESIGN 3)
constexpr auto fold_poll = 20ms;

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
    for (;;) {
        try {
            const auto system = current();
            if (system && (!store_.holds_decisions() || system->fenced())) {
                spdlog::warn("another process decides now, or the database went away");
                replace(nullptr);
            } else if (!system && !try_to_start() && !said) {
                spdlog::info("{}", why_not());
                said = true;
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
    using projections::Select;
    constexpr std::size_t page = 1000;
    const auto& table = projections::info_of<projections::OpenWork>();
    Select query{&table, {}, {{"stream", false}}, page};
    for (bool more = true; more;) {
        const auto rows = store_.views().select(projections::Copy::live, query);
        for (const auto& cells : rows) {
            const auto row = projections::row_of<projections::OpenWork>(cells);
            if (row.since) system.wake(row.stream);
        }
        more = rows.size() == page;
        if (more) query.where = {{{"stream"}, Select::Is::more, {*rows.back()[0]}}};
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
