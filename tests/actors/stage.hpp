#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <random>

#include "actors/system.hpp"
#include "db/store.hpp"
#include "events/fact_id.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/forwarding_log.hpp"

/// A real log on a temporary SQLite file, real actors, and an outside that the test writes.
namespace stage {

using namespace std::chrono_literals;
using support::eventually;

/// Loses answers of appends, before or after the work, as a seed has it; and fails reads.
class FaultyLog final : public support::ForwardingLog {
public:
    FaultyLog(events::Log& log, unsigned seed, int percent)
        : ForwardingLog(log), random_(seed), percent_(percent) {}

    void append(events::Append request, std::function<void(events::Appended)> done) override {
        const bool decision = request.expect.has_value();
        if (decision && strikes()) return done(doubt());
        const bool lost = decision && strikes();
        ForwardingLog::append(std::move(request), [=](const events::Appended& appended) {
            done(lost ? doubt() : appended);
        });
    }
    std::vector<events::Recorded> read_stream(const events::StreamId& stream, std::int32_t after,
                                              std::size_t limit) override {
        if (strikes()) throw std::runtime_error("a read failed, as the test wants");
        return ForwardingLog::read_stream(stream, after, limit);
    }
    int struck() const { return struck_; }

private:
    static events::Appended doubt() { return answer(events::Outcome::in_doubt); }
    bool strikes() {
        const std::lock_guard lock(mutex_);
        const bool now = std::uniform_int_distribution(0, 99)(random_) < percent_;
        if (now) ++struck_;
        return now;
    }

    std::mutex mutex_;
    std::mt19937 random_;
    int percent_;
    std::atomic<int> struck_ = 0;
};

/// Counts reads, and answers appends and reads as the test says.
class WatchedLog final : public support::ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;

    std::atomic<int> reads = 0, appends = 0;
    /// What a decision is answered instead of being appended; std::nullopt lets it through.
    std::function<std::optional<events::Outcome>(const events::Append&)> refuse =
        [](const events::Append&) { return std::optional<events::Outcome>(); };
    /// Says what an append came to.
    std::function<void(std::function<void()>)> told = [](const std::function<void()>& say) {
        say();
    };
    std::atomic<bool> reads_fail = false;
    std::mutex gate;  // reads wait while the test holds it

    void append(events::Append request, std::function<void(events::Appended)> done) override {
        ++appends;
        const auto refused = request.expect ? refuse(request) : std::nullopt;
        if (refused) return done(answer(*refused));
        ForwardingLog::append(std::move(request),
                              [this, done = std::move(done)](const events::Appended& appended) {
                                  told([=] { done(appended); });
                              });
    }
    std::vector<events::Recorded> read_stream(const events::StreamId& stream, std::int32_t after,
                                              std::size_t limit) override {
        ++reads;
        const std::lock_guard open(gate);
        if (reads_fail) throw std::runtime_error("the database is away, as the test wants");
        return ForwardingLog::read_stream(stream, after, limit);
    }
};

/// Counts what is asked and sent; answers at once unless the test says otherwise.
struct Outside {
    std::mutex mutex;
    std::map<std::string, int> sent;  // by attempt's mark
    std::vector<std::string> texts;
    std::atomic<int> asked = 0;
    using Later = std::function<void(std::function<void()>)>;
    Later later = [](const std::function<void()>& work) { work(); };
    Later later_sent = [this](const std::function<void()>& work) { later(work); };
    std::atomic<bool> hold_turns = false;
    std::atomic<int> turns_wanted = 0, turns_alive = 0;
    std::vector<std::function<void()>> held_turns;
    /// What lies between a send and its first byte: connecting.
    Later on_the_way = [](const std::function<void()>& work) { work(); };

    void ask(const ai::Call& call, const std::function<void(ai::Result)>& done) {
        ++asked;
        const auto text = "Answer to " + call.prompt.lines.back().text;
        later([=] {
            done(domain::conversation::Answer{call.provider, call.model, text, 1, 1, 1});
        });
    }
    using Done = std::function<void(domain::conversation::SendOutcome)>;
    /// Comes at once, or where `hold_turns`, when `let_turns_come` is called.
    void turn(const std::function<void(kapso::Turn)>& have) {
        const auto give = [=, this] {
            ++turns_alive;
            const std::shared_ptr<void> alive(nullptr, [this](void*) { --turns_alive; });
            have([this, alive](const auto& message, const auto& done) { send(message, done); });
        };
        {
            const std::lock_guard lock(mutex);
            ++turns_wanted;
            if (hold_turns) return held_turns.push_back(give);
        }
        give();
    }
    void let_turns_come() {
        std::vector<std::function<void()>> turns;
        {
            const std::lock_guard lock(mutex);
            hold_turns = false;
            turns.swap(held_turns);
        }
        for (const auto& give : turns) give();
    }
    void send(const kapso::Outgoing& message, const Done& done) {
        on_the_way([=, this] { write(message, done); });
    }
    void write(const kapso::Outgoing& message, const Done& done) {
        if (!message.may_start()) {
            return done(domain::conversation::Rejected{"not started", 0, true, {}});
        }
        std::string wamid;
        {
            const std::lock_guard lock(mutex);
            ++sent[message.mark];
            texts.push_back(message.text);
            wamid = "wamid.out." + std::to_string(texts.size());
        }
        later_sent([=] { done(domain::conversation::Accepted{wamid}); });
    }
};

class Stage {
public:
    Stage() : store(db::open_store({"sqlite:" + folder.file("hilo.db"), {}})) { renew(); }

    /// As `hilo serve` does every three seconds; true where that brought slices.
    bool renew() { return leases.renewed(store->renew_leases().held, leases.now()); }
    /// Another process takes every slice, and gives it back for the next renewal to find.
    void take_over() {
        store->end_leases();
        store->renew_leases();
        leases.renewed({}, leases.now());
    }

    actors::Patience patience{};
    actors::Ports ports(events::Log& log) {
        return {
            log,
            store->keys(),
            [this](const ai::Call& call, const std::function<void(ai::Result)>& done) {
                outside.ask(call, done);
            },
            [this](const actors::TurnWanted&, const std::function<void(kapso::Turn)>& have) {
                outside.turn(have);
            },
            [](const actors::ListQuery&, const auto& done) {
                done(domain::conversation::Listed::unread);  // nobody can read the provider's list
            },
            actors::steady_now,
            crypto::new_uuid,
            {"deepseek"},
            "line",
            true,
            patience};
    }

    /// Both switches on, no debounce.
    void switch_on(actors::SettingsBook& book) {
        events::SettingsChanged change;
        change.changed = {{"chatbotEnabled", true},
                          {"aiEnabled", true},
                          {"debounceSeconds", std::int64_t{0}},
                          {"debounceMaxSeconds", std::int64_t{0}}};
        save(change);
        book.refresh();
    }
    void save(const events::SettingsChanged& change) {
        const events::NewEvent fact{
            crypto::new_uuid(),  events::SystemEvent(change), actors::steady_now(), {}, {},
            events::When::always};
        events::append_now(store->log(), {events::settings_stream, {fact}, {}});
    }

    events::StreamId receive(const std::string& phone, const std::string& text) {
        events::MessageReceived message;
        message.wamid = "wamid.in." + phone + "." + text;
        message.text = text;
        message.phone = phone;
        const events::Person person{"line", "", {phone}, "", true};
        events::ConversationOpened opened{"line", phone, "", "", ""};
        const auto id =
            events::fact_id("line", events::Direction::in, message.wamid, "MessageReceived");
        const auto at = actors::steady_now();
        const auto appended = events::append_now(
            store->log(),
            {person,
             {{crypto::derived_uuid(id, "opened"),
               events::ConversationEvent(opened),
               at,
               {},
               {},
               events::When::stream_is_new},
              {id, events::ConversationEvent(message), at, {}, {}, events::When::always}},
             {}});
        return appended.stream;
    }

    /// A person holds the conversation until then.
    void hold(const events::StreamId& stream, events::Time until) {
        const events::NewEvent held{crypto::new_uuid(),
                                    events::ConversationEvent(events::HoldStarted{until}),
                                    actors::steady_now(),
                                    {},
                                    {},
                                    events::When::always};
        events::append_now(store->log(), {stream, {held}, {}});
    }
    /// What becomes of a person's reply.
    static actors::ReplyResult reply_in(actors::System& system, const events::StreamId& stream) {
        std::promise<actors::ReplyResult> promise;
        domain::conversation::Reply command;
        command.id = crypto::new_uuid();
        command.text = "from a person";
        system.reply(stream, command, [&](const auto& result) { promise.set_value(result); });
        return promise.get_future().get();
    }

    /// How often each customer's message was closed, by event id.
    std::map<events::EventId, int> closings() {
        std::map<events::EventId, int> times;
        for (const auto& recorded : store->log().read_all(0, 100'000)) {
            const auto* event = std::get_if<events::ConversationEvent>(&recorded.body);
            if (event == nullptr) continue;
            if (std::holds_alternative<events::MessageReceived>(*event)) times[recorded.clear.id];
            if (const auto* e = std::get_if<events::SendRequested>(event)) {
                for (const auto& id : e->answers) ++times[id];
            }
            if (const auto* e = std::get_if<events::ReplySuppressed>(event)) {
                for (const auto& id : e->answers) ++times[id];
            }
        }
        return times;
    }
    bool all_closed(std::size_t messages) {
        const auto times = closings();
        return times.size() == messages &&
               std::ranges::all_of(times, [](const auto& one) { return one.second > 0; });
    }
    template <class Event>
    std::size_t count() {
        std::size_t found = 0;
        for (const auto& recorded : store->log().read_all(0, 100'000)) {
            const auto* event = std::get_if<events::ConversationEvent>(&recorded.body);
            if (event != nullptr && std::holds_alternative<Event>(*event)) ++found;
        }
        return found;
    }

    support::Folder folder;
    std::unique_ptr<db::Store> store;
    std::atomic<std::int64_t> lease_clock = 1;  // seconds; moved by hand
    actors::HeldLeases leases{[this] { return std::chrono::seconds(lease_clock); }};
    Outside outside;
};

}  // namespace stage
