#include "actors/system.hpp"
#include "tests/actors/stage.hpp"
#include "tests/support/call.hpp"

/// The turn before the intent: what waits to be sent is nowhere on record as being sent.
namespace {

using namespace stage;

struct TurnsTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    WatchedLog log{store->log()};

    TurnsTest() {
        switch_on(book);
        outside.hold_turns = true;
    }
    std::unique_ptr<actors::System> start() {
        auto system = std::make_unique<actors::System>(ports(log), book, leases);
        system->follow(0);
        return system;
    }
    bool a_turn_is_awaited() {
        return eventually([&] { return outside.turns_wanted == 1; });
    }
    std::size_t sends() {
        const std::lock_guard lock(outside.mutex);
        return outside.texts.size();
    }
};

TEST_F(TurnsTest, NoIntentIsOnRecordBeforeItsTurnHasCome) {
    patience.linger = 50ms;
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(a_turn_is_awaited());
    for (int i = 0; i < 10; ++i) {
        system->wake(stream);
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(count<events::SendRequested>(), 0U);
    EXPECT_EQ(outside.turns_wanted, 1) << "it waits in one place";
    EXPECT_LT(log.reads, 40) << "and waits without being busy";
    outside.let_turns_come();
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(sends(), 1U);
    EXPECT_EQ(outside.asked, 1);
    EXPECT_TRUE(eventually([&] { return outside.turns_alive == 0; }));
}

TEST_F(TurnsTest, WhatIsWrittenMeanwhileIsAnsweredByTheSameReply) {
    const auto system = start();
    receive("5215550001", "hola");
    ASSERT_TRUE(a_turn_is_awaited());
    receive("5215550001", "and one more thing");
    ASSERT_TRUE(eventually([&] { return outside.asked == 2; }));
    outside.let_turns_come();
    EXPECT_TRUE(eventually([&] { return all_closed(2); }));
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(sends(), 1U);
    const std::lock_guard lock(outside.mutex);
    EXPECT_EQ(outside.texts, std::vector<std::string>{"Answer to hola\nand one more thing"});
}

TEST_F(TurnsTest, ATurnThatNobodyNeedsAnyMoreIsGivenBack) {
    const auto system = start();
    receive("5215550001", "hola");
    ASSERT_TRUE(a_turn_is_awaited());
    events::SettingsChanged off;
    off.changed = {{"chatbotEnabled", false}};
    save(off);
    ASSERT_TRUE(eventually([&] { return !book.now().settings.chatbot_enabled; }));
    outside.let_turns_come();
    EXPECT_TRUE(eventually([&] { return all_closed(1); }));
    EXPECT_EQ(count<events::SendRequested>(), 0U);
    EXPECT_EQ(sends(), 0U);
    EXPECT_TRUE(eventually([&] { return outside.turns_alive == 0; }));
}

TEST_F(TurnsTest, WhoWaitsForATurnHoldsUpNoHandOver) {
    auto system = start();
    receive("5215550001", "hola");
    ASSERT_TRUE(a_turn_is_awaited());
    const auto slices = leases.slices();
    EXPECT_TRUE(eventually([&] { return system->leave(slices).size() == slices.size(); }));
    outside.let_turns_come();
    system.reset();
    EXPECT_EQ(count<events::SendRequested>(), 0U) << "it is left to the next process";
    EXPECT_EQ(sends(), 0U);
    EXPECT_EQ(outside.turns_alive, 0);
    renew();
    system = start();
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
    EXPECT_EQ(sends(), 1U) << "it began anew";
}

TEST_F(TurnsTest, APersonsReplyIsOnRecordAtOnce) {
    const auto system = start();
    events::SettingsChanged off;
    off.changed = {{"chatbotEnabled", false}};
    save(off);
    ASSERT_TRUE(eventually([&] { return !book.now().settings.chatbot_enabled; }));
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return all_closed(1); }));
    tests::Promised<actors::ReplyResult> replied;
    system->reply(
        stream,
        domain::conversation::Reply{.id = crypto::new_uuid(), .text = "Ana here", .author = "Ana"},
        replied.callback());
    EXPECT_EQ(replied.get().what, actors::ReplyResult::What::accepted);
    EXPECT_EQ(sends(), 0U);
    outside.let_turns_come();
    EXPECT_TRUE(eventually([&] { return count<events::SendAccepted>() == 1; }));
}

}  // namespace
