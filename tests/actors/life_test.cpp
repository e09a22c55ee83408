#include "actors/system.hpp"
#include "tests/actors/stage.hpp"

/// The lives of a conversation: how they end, what they leave to the next one, what they never do.
namespace {

using namespace stage;

bool holds(const events::Append& request, const auto& wanted) {
    return std::ranges::any_of(request.events, [&](const events::NewEvent& event) {
        const auto* body = std::get_if<events::ConversationEvent>(&event.body);
        return body != nullptr && wanted(*body);
    });
}
template <class Event>
bool holds(const events::Append& request) {
    return holds(request, [](const auto& body) { return std::holds_alternative<Event>(body); });
}

struct LifeTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    WatchedLog log{store->log()};
    std::mutex mutex;
    std::vector<std::function<void()>> held;  // what the outside or the log keeps back

    LifeTest() { switch_on(book); }

    std::unique_ptr<actors::System> start() {
        auto system = std::make_unique<actors::System>(ports(log), book, leases);
        system->follow(0);
        return system;
    }
    void hold_back_outcomes_of_sends() {
        outside.later_sent = [this](const std::function<void()>& work) {
            const std::lock_guard lock(mutex);
            held.push_back(work);
        };
    }
    std::size_t held_back() {
        const std::lock_guard lock(mutex);
        return held.size();
    }
    void let_out() {
        const std::lock_guard lock(mutex);
        for (const auto& work : std::exchange(held, {})) work();
    }
    std::size_t sends() {
        const std::lock_guard lock(outside.mutex);
        return outside.texts.size();
    }
    /// No read for as long as it takes to pass by many lingers.
    bool reads_have_stopped() const {
        const auto before = log.reads.load();
        std::this_thread::sleep_for(20 * patience.linger);
        return log.reads == before;
    }
};

TEST_F(LifeTest, AnIdleConversationEndsAndReadsNoMore) {
    patience.linger = 50ms;
    const auto system = start();
    const auto without = system->actors();
    for (int i = 0; i < 3; ++i) {
        receive("5215550001", "m" + std::to_string(i));
        const auto answered = static_cast<std::size_t>(i) + 1;
        ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == answered; }));
        EXPECT_TRUE(eventually([&] { return system->actors() == without; }, 10s)) << i;
        EXPECT_TRUE(reads_have_stopped()) << i;
    }
    EXPECT_EQ(sends(), 3U);
}

TEST_F(LifeTest, HoweverOftenItIsWokenWhileItLooksItLooksOnceMore) {
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    std::unique_lock closed(log.gate);
    const int before = log.reads;
    for (int i = 0; i < 50; ++i) {
        system->wake(stream);
        std::this_thread::sleep_for(2ms);
    }
    receive("5215550001", "¿Abren?");
    system->wake(stream);
    closed.unlock();
    ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == 2; })) << "none is lost";
    EXPECT_LT(log.reads - before, 20);
}

TEST_F(LifeTest, AHoldEndsThoughTheConversationSleeps) {
    patience.linger = 50ms;
    const auto stream = receive("5215550001", "hola");
    const auto until = actors::steady_now() + 2s;
    hold(stream, until);
    const auto system = start();
    EXPECT_TRUE(eventually([&] { return count<events::ReplySuppressed>() == 1; }));
    EXPECT_TRUE(eventually([&] { return count<events::HoldEnded>() == 1; }, 10s));
    EXPECT_GE(actors::steady_now(), until);
}

TEST_F(LifeTest, WhatIsThereAlreadyIsNotDecidedWithoutAnEnd) {
    patience.breather = 60s;
    log.refuse = [](const events::Append&) { return events::Outcome::already_there; };
    const auto system = start();
    receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return system->given_up() == 1; }));
    std::this_thread::sleep_for(200ms);
    EXPECT_LE(log.appends, 10);
}

TEST_F(LifeTest, NothingIsDecidedWhileAnAppendIsUnderWay) {
    std::atomic<bool> hold = true;
    log.told = [&](const std::function<void()>& say) {
        const std::lock_guard lock(mutex);
        if (!hold) return say();
        held.push_back(say);
    };
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return held_back() == 1; }));
    const auto reads = log.reads.load();
    for (int i = 0; i < 5; ++i) {
        system->wake(stream);
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(log.reads, reads);
    EXPECT_EQ(log.appends, 1);
    hold = false;
    let_out();
    EXPECT_TRUE(eventually([&] { return sends() == 1; }));
}

TEST_F(LifeTest, ASendWhoseOutcomeCantBeWrittenDownGoesOutOnce) {
    patience.send = 100ms;
    patience.breather = 50ms;
    hold_back_outcomes_of_sends();
    log.refuse = [](const events::Append& request) -> std::optional<events::Outcome> {
        if (holds<events::SendUncertain>(request)) return events::Outcome::conflict;
        return std::nullopt;
    };
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return system->given_up() >= 2; }));
    for (int i = 0; i < 20; ++i) {
        system->wake(stream);
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(sends(), 1U);
}

TEST_F(LifeTest, AnOutcomeOutlivesTheLifeThatItWasToldTo) {
    hold_back_outcomes_of_sends();
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return held_back() == 1; }));
    log.reads_fail = true;
    system->wake(stream);  // its read fails, and with it ends this life
    let_out();             // told to the life that ends, or to one that can't read either
    std::this_thread::sleep_for(100ms);
    log.reads_fail = false;
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }, 20s));
    EXPECT_EQ(count<events::SendUncertain>(), 0U);
    EXPECT_EQ(sends(), 1U);
}

TEST_F(LifeTest, AnOutcomeOutlivesTheAppendThatDoesNotTakeIt) {
    std::atomic<bool> refused = false;
    log.refuse = [&](const events::Append& request) -> std::optional<events::Outcome> {
        const bool told = holds<events::SendAccepted>(request) && !refused.exchange(true);
        return told ? std::optional(events::Outcome::full) : std::nullopt;
    };
    const auto system = start();
    receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }, 20s));
    EXPECT_TRUE(refused);
    EXPECT_EQ(count<events::SendUncertain>(), 0U);
    EXPECT_EQ(sends(), 1U);
}

TEST_F(LifeTest, AChangeOfSettingsReachesConversationsThatLive) {
    const auto system = start();
    events::SettingsChanged slow;
    slow.changed = {{"debounceSeconds", std::int64_t{60}},
                    {"debounceMaxSeconds", std::int64_t{60}}};
    save(slow);
    ASSERT_TRUE(eventually([&] { return book.now().settings.debounce_seconds == 60; }));
    receive("5215550001", "hola");
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(sends(), 0U);
    events::SettingsChanged fast;
    fast.changed = {{"debounceSeconds", std::int64_t{0}}, {"debounceMaxSeconds", std::int64_t{0}}};
    save(fast);
    EXPECT_TRUE(eventually([&] { return sends() == 1; }, 10s));
}

/// Or a replay would come to another end of the hold than the one that was decided.
TEST_F(LifeTest, WhatItSaysIsReadBackWhereItsClockIsAheadOfTheLogs) {
    auto ahead = ports(log);
    ahead.now = [] { return actors::steady_now() + 1h; };
    actors::System system(ahead, book, leases);
    system.follow(0);
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    system.reply(
        stream,
        domain::conversation::Reply{.id = crypto::new_uuid(), .text = "Ana here", .author = "Ana"},
        [](const actors::ReplyResult&) {});
    ASSERT_TRUE(eventually([&] { return count<events::HoldStarted>() == 1; }));
    events::Time wrote{}, until{};
    for (const auto& one : store->log().read_stream(stream, 0, 100)) {
        const auto& event = std::get<events::ConversationEvent>(one.body);
        if (std::holds_alternative<events::PersonWrote>(event)) wrote = one.recorded;
        if (const auto* hold = std::get_if<events::HoldStarted>(&event)) until = hold->until;
    }
    EXPECT_EQ(until, wrote + std::chrono::minutes(domain::Settings().hold_minutes));
}

}  // namespace
