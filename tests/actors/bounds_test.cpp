#include <set>

#include "actors/residents.hpp"
#include "actors/system.hpp"
#include "tests/actors/stage.hpp"

/// What is bounded in memory, and what waits beyond.
namespace {

using namespace stage;

struct Bounds : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    std::unique_ptr<actors::System> system;

    Bounds() { switch_on(book); }

    void start(std::size_t conversations, std::size_t alarms) {
        auto bounded = ports(store->log());
        bounded.conversations_limit = conversations;
        bounded.alarms_limit = alarms;
        system = std::make_unique<actors::System>(std::move(bounded), book, leases);
        system->follow(0);
    }
    actors::ReplyResult reply(const events::StreamId& stream) { return reply_in(*system, stream); }
    void receive_of_many(int people) {
        for (int i = 0; i < people; ++i) receive(std::to_string(5215550000 + i), "hola");
    }
    /// Streams with a message that isn't answered.
    std::set<events::StreamId> open() {
        std::set<events::StreamId> streams;
        for (const auto& one : store->log().read_all(0, 1'000)) {
            const auto* event = std::get_if<events::ConversationEvent>(&one.body);
            if (event == nullptr) continue;
            if (std::holds_alternative<events::MessageReceived>(*event)) streams.insert(one.stream);
            if (std::holds_alternative<events::SendAccepted>(*event)) streams.erase(one.stream);
        }
        return streams;
    }
};

TEST(Residents, OfOneStreamOneWakeUpIsOnItsWayAtATime) {
    actors::Residents residents;
    const auto one = crypto::new_uuid(), other = crypto::new_uuid();
    EXPECT_TRUE(residents.call(one));
    EXPECT_FALSE(residents.call(one));
    EXPECT_TRUE(residents.call(other));
    residents.heard(one);
    EXPECT_TRUE(residents.call(one));
}

TEST_F(Bounds, NoMoreConversationsAreInMemoryThanMayBe) {
    start(3, 10);  // and they stay there for as long as an idle one does
    receive_of_many(10);
    ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == 3; }));
    ASSERT_EQ(open().size(), 7U);
    for (const auto& stream : open()) system->wake(stream);
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(open().size(), 7U);
    EXPECT_EQ(reply(*open().begin()).what, actors::ReplyResult::What::unavailable)
        << "it may be tried again";
    lease_clock = 100;
    EXPECT_EQ(reply(*open().begin()).what, actors::ReplyResult::What::elsewhere)
        << "room would not help where another process decides";
}

TEST_F(Bounds, WhoFindsNoRoomIsAnsweredWhenTheSweepComesByAgain) {
    patience.linger = 50ms;
    start(3, 10);
    receive_of_many(10);
    for (int sweeps = 0; sweeps < 50 && !open().empty(); ++sweeps) {
        for (const auto& stream : open()) system->wake(stream);
        std::this_thread::sleep_for(10 * patience.linger);
    }
    EXPECT_EQ(count<events::SendAccepted>(), 10U);
    for (const auto& [id, times] : closings()) EXPECT_EQ(times, 1);
}

TEST_F(Bounds, WhoseAlarmFindsNoRoomIsWokenByTheSweep) {
    patience.linger = 50ms;
    const auto stream = receive("5215550001", "hola");
    const auto until = actors::steady_now() + 500ms;
    hold(stream, until);
    start(3, 0);
    EXPECT_TRUE(eventually([&] { return count<events::ReplySuppressed>() == 1; }));
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(count<events::HoldEnded>(), 0U);
    system->wake(stream);
    EXPECT_TRUE(eventually([&] { return count<events::HoldEnded>() == 1; }));
}

TEST_F(Bounds, NoMoreBytesAreInMemoryThanMayBe) {
    auto bounded = ports(store->log());
    bounded.memory_limit = 10'000;
    system = std::make_unique<actors::System>(std::move(bounded), book, leases);
    system->follow(0);
    const std::string text(3'000, 'x');  // and as much in its answer
    for (std::size_t i = 1; i <= 2; ++i) {
        receive(std::to_string(5215550000 + i), text);
        ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == i; }));
    }
    receive("5215550003", text);
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(count<events::SendAccepted>(), 2U);
    ASSERT_EQ(open().size(), 1U);
    EXPECT_EQ(reply(*open().begin()).what, actors::ReplyResult::What::unavailable);
}

TEST_F(Bounds, WhoWakesManyWaitsForAMomentWhereHalfOfThemAreInMemory) {
    start(10, 10);
    receive_of_many(5);
    ASSERT_TRUE(eventually([&] { return count<events::SendAccepted>() == 5; }));
    const auto before = std::chrono::steady_clock::now();
    system->wake(crypto::new_uuid());
    EXPECT_GE(std::chrono::steady_clock::now() - before, 50ms);
}

}  // namespace
