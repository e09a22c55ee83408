#include "actors/follower.hpp"

#include <spdlog/spdlog.h>

#include <unordered_set>

#include "events/codec.hpp"

namespace actors {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t steps_at_a_time = 1000;
constexpr auto poll = 250ms;  // other processes' commits are found at the latest then
constexpr auto pause = 1s;    // after a failed read

/// What our own decisions append needs no waking: the actor that appended it goes on by itself.
bool comes_from_outside(std::int16_t type) {
    static const auto told = [] {
        std::unordered_set<std::int16_t> codes;
        for (const auto name :
             {"MessageReceived", "PersonWrote", "MessageSent", "MessageDelivered", "MessageRead",
              "MessagePlayed", "MessageFailed", "AliasLearned", "ConversationLinked"}) {
            codes.insert(events::type_named(name)->code);
        }
        return codes;
    }();
    return told.contains(type);
}

}  // namespace

Following::Following(events::Log& log, std::int64_t position,
                     std::function<void(const events::StreamId&)> moved,
                     std::function<void()> settings_changed, std::function<void()> acted)
    : log_(log),
      position_(position),
      moved_(std::move(moved)),
      settings_changed_(std::move(settings_changed)),
      acted_(std::move(acted)) {}

Follower::Follower(events::Log& log, std::int64_t position,
                   std::function<void(const events::StreamId&)> moved,
                   std::function<void()> settings_changed, std::function<void()> acted)
    : following_(log, position, std::move(moved), std::move(settings_changed), std::move(acted)),
      thread_([this] { run(); }) {}

Follower::~Follower() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Follower::committed() {
    {
        const std::lock_guard lock(mutex_);
        news_ = true;
    }
    wake_.notify_one();
}

void Follower::run() {
    bool more = true, failed = false;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (failed) {
                wake_.wait_for(lock, pause, [&] { return stop_; });
            } else if (!more) {
                wake_.wait_for(lock, poll, [&] { return news_ || stop_; });
            }
            if (stop_) return;
            news_ = false;
        }
        try {
            more = following_.step();
            failed = false;
        } catch (const std::exception& error) {
            if (!failed) spdlog::error("following the log: {}; trying again", error.what());
            failed = true;
        }
    }
}

/// Settings that can't be read stop no conversation from being woken; decisions find out themselves
/// that theirs are old.
void Following::changed_settings() {
    try {
        settings_changed_();
    } catch (const std::exception& error) {
        spdlog::error("the settings can't be read: {}", error.what());
    }
}

bool Following::step() {
    const auto steps = log_.read_steps(position_, steps_at_a_time);
    if (steps.empty()) return false;
    bool settings = false, acts = false;
    std::unordered_set<events::StreamId> streams;
    for (const auto& step : steps) {
        settings = settings || step.stream == events::settings_stream;
        acts = acts || step.stream == events::operators_stream;
        if (comes_from_outside(step.type)) streams.insert(step.stream);
    }
    if (settings) changed_settings();
    if (acts) acted_();
    for (const auto& stream : streams) moved_(stream);
    position_ = steps.back().position;
    return steps.size() == steps_at_a_time;
}

}  // namespace actors
