#include "actors/leases.hpp"

#include "tests/actors/stage.hpp"

namespace {

using namespace stage;

events::StreamId in_slice(int slice) {
    events::StreamId stream;
    stream.bytes[0] = static_cast<std::uint8_t>(slice >> 8);
    stream.bytes[1] = static_cast<std::uint8_t>(slice);
    return stream;
}

struct HeldLeasesTest : testing::Test {
    std::chrono::nanoseconds now = 100s;
    actors::HeldLeases leases{[this] { return now; }};
};

TEST_F(HeldLeasesTest, ASliceIsHeldForTenSecondsFromBeforeTheRenewalWasAsked) {
    const auto asked = leases.now();
    now += 4s;  // the answer took its time
    EXPECT_TRUE(leases.renewed({{7, 3}}, asked));
    EXPECT_EQ(leases.epoch(in_slice(7)), 3);
    EXPECT_EQ(leases.remaining(in_slice(7), 3), 6s);
    EXPECT_EQ(leases.epoch(in_slice(8)), std::nullopt);
    now += 6s;
    EXPECT_EQ(leases.epoch(in_slice(7)), std::nullopt);
    EXPECT_EQ(leases.remaining(in_slice(7), 3), 0s);
    EXPECT_TRUE(leases.slices().empty());
}

TEST_F(HeldLeasesTest, AnAnswerThatComesAfterTheLeaseIsNoLease) {
    const auto asked = leases.now();
    now += 11s;
    leases.renewed({{7, 3}}, asked);
    EXPECT_EQ(leases.epoch(in_slice(7)), std::nullopt);
}

TEST_F(HeldLeasesTest, OfAnotherEpochNothingRemains) {
    leases.renewed({{7, 3}}, now);
    leases.renewed({{7, 5}}, now);
    EXPECT_EQ(leases.remaining(in_slice(7), 3), 0s);
    EXPECT_EQ(leases.remaining(in_slice(7), 5), 10s);
}

TEST_F(HeldLeasesTest, WhatIsNotRenewedDroppedOrLostIsHeldNoMore) {
    leases.renewed({{1, 3}, {2, 3}, {3, 3}, {4, 3}}, now);
    leases.lost(in_slice(1), 3);
    leases.lost(in_slice(2), 2);  // of an epoch that is over
    leases.drop({3});
    EXPECT_EQ(leases.slices(), (std::vector<int>{2, 4}));
    leases.renewed({{4, 3}}, now);
    EXPECT_EQ(leases.slices(), std::vector<int>{4});
}

TEST_F(HeldLeasesTest, ARenewalTellsWhetherAnythingIsNewBeItOnlyAfterAGap) {
    EXPECT_TRUE(leases.renewed({{7, 3}}, now));
    EXPECT_FALSE(leases.renewed({{7, 3}}, now));
    EXPECT_TRUE(leases.renewed({{7, 3}, {8, 4}}, now));
    EXPECT_FALSE(leases.renewed({{7, 3}}, now));
    now += 10s;
    EXPECT_TRUE(leases.renewed({{7, 3}}, now)) << "what was to be woken meanwhile was not";
    leases.lost(in_slice(7), 3);
    EXPECT_TRUE(leases.renewed({{7, 3}}, now));
}

/// While the machine sleeps, too, and whoever sets the wall's.
TEST_F(HeldLeasesTest, ItsOwnClockIsTheOneThatGoesOn) {
    const auto clock = actors::HeldLeases::steady_clock();
    const auto before = clock();
    timespec since_boot{};
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    const auto then = std::chrono::seconds(since_boot.tv_sec) + 1ns * since_boot.tv_nsec;
    EXPECT_LE(before, then);
    EXPECT_LE(then, clock());
}

// ---- What actors make of them -----------------------------------------------------------------

struct LeasedTest : testing::Test, Stage {
    actors::SettingsBook book{store->log()};
    std::mutex mutex;
    std::vector<std::function<void()>> held;  // what the outside keeps back

    LeasedTest() { switch_on(book); }

    std::unique_ptr<actors::System> start() {
        auto system = std::make_unique<actors::System>(ports(store->log()), book, leases);
        system->follow(0);
        return system;
    }
    Outside::Later hold_back() {
        return [this](const std::function<void()>& work) {
            const std::lock_guard lock(mutex);
            held.push_back(work);
        };
    }
    bool holds_back(std::size_t count) {
        return eventually([&] {
            const std::lock_guard lock(mutex);
            return held.size() == count;
        });
    }
    void let_out() {
        const std::lock_guard lock(mutex);
        for (const auto& work : std::exchange(held, {})) work();
    }
    std::size_t sends() {
        const std::lock_guard lock(outside.mutex);
        return outside.texts.size();
    }
    bool accepted(std::size_t times) {
        return eventually([&] { return count<events::SendAccepted>() == times; });
    }
    std::vector<int> every_slice() const { return leases.slices(); }
};

TEST_F(LeasedTest, WhoseSliceIsNotHeldIsNotDecidedUntilItIs) {
    leases.renewed({}, leases.now());
    const auto system = start();
    const auto without = system->actors();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(eventually([&] { return system->followed() == store->log().head(); }));
    system->wake(stream);
    EXPECT_EQ(system->actors(), without);
    EXPECT_EQ(outside.asked, 0);
    EXPECT_TRUE(renew());
    system->leases_changed(true);
    system->wake(stream);
    EXPECT_TRUE(accepted(1));
}

TEST_F(LeasedTest, AReplyToAConversationOfAnotherProcessSaysSo) {
    leases.renewed({}, leases.now());
    const auto system = start();
    domain::conversation::Reply reply;
    reply.id = crypto::new_uuid();
    reply.text = "Soy una persona";
    std::atomic<int> what = -1;
    system->reply(receive("5215550001", "hola"), reply,
                  [&](const actors::ReplyResult& result) { what = static_cast<int>(result.what); });
    EXPECT_TRUE(eventually([&] { return what >= 0; }));
    EXPECT_EQ(what, static_cast<int>(actors::ReplyResult::What::elsewhere));
}

TEST_F(LeasedTest, ConversationsOfALostSliceEnd) {
    const auto system = start();
    const auto without = system->actors();
    receive("5215550001", "hola");
    ASSERT_TRUE(accepted(1));
    EXPECT_GT(system->actors(), without) << "it lingers";
    take_over();
    system->leases_changed(true);
    EXPECT_TRUE(eventually([&] { return system->actors() == without; }, 10s));
}

TEST_F(LeasedTest, ConversationsEndWhenTheirLeaseRunsOut) {
    const auto system = start();
    const auto without = system->actors();
    receive("5215550001", "hola");
    ASSERT_TRUE(accepted(1));
    lease_clock += 10;
    system->leases_changed(false);
    EXPECT_TRUE(eventually([&] { return system->actors() == without; }, 10s));
}

TEST_F(LeasedTest, WhoIsFencedGivesUpTheSlice) {
    const auto system = start();
    store->end_leases();
    store->renew_leases();  // somebody else; nobody here has heard of it
    const auto stream = receive("5215550001", "hola");
    EXPECT_TRUE(eventually([&] { return !leases.epoch(stream); }));
    EXPECT_EQ(count<events::ReplyRequested>(), 0U);
    EXPECT_EQ(sends(), 0U);
}

TEST_F(LeasedTest, TheFirstByteLeavesUnderALeaseThatLastsOrNotAtAll) {
    for (const int seconds : {8, 9, 10, 100}) {
        SCOPED_TRACE(seconds);
        const auto before = sends();
        outside.on_the_way = hold_back();
        const auto system = start();
        receive(std::to_string(5215550000 + seconds), "hola");
        ASSERT_TRUE(holds_back(1));
        lease_clock += seconds;  // it was to be renewed after three
        let_out();
        EXPECT_EQ(sends() - before, seconds == 8 ? 1U : 0U);
        renew();
    }
}

TEST_F(LeasedTest, WhatAnOldEpochIntendedIsNotSentUnderTheNextOne) {
    outside.on_the_way = hold_back();
    const auto system = start();
    receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    take_over();
    renew();  // held again, with ten seconds to go
    let_out();
    EXPECT_EQ(sends(), 0U);
}

TEST_F(LeasedTest, AnOutcomeIsKeptWhileNobodyKnowsWhoDecides) {
    outside.later_sent = hold_back();
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    lease_clock += 20;  // the database is away
    system->leases_changed(false);
    let_out();
    EXPECT_TRUE(renew());
    system->leases_changed(true);
    system->wake(stream);
    EXPECT_TRUE(accepted(1));
    EXPECT_EQ(count<events::SendUncertain>(), 0U);
    EXPECT_EQ(sends(), 1U);
}

TEST_F(LeasedTest, AnOutcomeIsDroppedOnceAnotherProcessDecides) {
    patience.send = 200ms;
    outside.later_sent = hold_back();
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    take_over();
    system->leases_changed(true);
    let_out();
    system->leases_changed(true);
    system->leave({});  // answered once all this was seen
    renew();
    system->leases_changed(true);
    system->wake(stream);
    EXPECT_TRUE(eventually([&] { return count<events::SendUncertain>() == 1; }));
    EXPECT_EQ(count<events::SendAccepted>(), 0U);
    EXPECT_EQ(sends(), 1U);
}

// ---- Leaving in order -------------------------------------------------------------------------

TEST_F(LeasedTest, SlicesWithoutConversationsAreLeftAtOnce) {
    const auto system = start();
    EXPECT_EQ(system->leave(every_slice()).size(), every_slice().size());
}

TEST_F(LeasedTest, ASliceIsLeftWithTheOutcomeOfWhatIsBeingSent) {
    outside.later_sent = hold_back();
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    const auto slices = every_slice();
    EXPECT_EQ(system->leave(slices).size(), slices.size() - 1);
    receive("5215550001", "y algo mas");
    EXPECT_EQ(system->leave(slices).size(), slices.size() - 1);
    let_out();
    EXPECT_TRUE(eventually([&] { return system->leave(slices).size() == slices.size(); }));
    EXPECT_EQ(count<events::SendAccepted>(), 1U);
    EXPECT_EQ(outside.asked, 1) << "what came after is for whoever decides next";
    take_over();
    renew();
    system->leases_changed(true, slices);
    system->wake(stream);
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(outside.asked, 1) << "they are closed until a renewal says otherwise";
    system->leases_changed(true);
    system->wake(stream);
    ASSERT_TRUE(holds_back(1));
    let_out();
    EXPECT_TRUE(accepted(2));
    EXPECT_EQ(sends(), 2U);
}

TEST_F(LeasedTest, AModelThatStillThinksHoldsUpNoLeaving) {
    outside.later = hold_back();
    const auto system = start();
    receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    const auto slices = every_slice();
    EXPECT_TRUE(eventually([&] { return system->leave(slices).size() == slices.size(); }));
    let_out();
    EXPECT_EQ(count<events::ReplyGenerated>(), 0U);
    EXPECT_EQ(sends(), 0U);
}

TEST_F(LeasedTest, WhatWasIntendedIsSentBeforeASliceIsLeft) {
    outside.later_sent = hold_back();
    const auto system = start();
    const auto stream = receive("5215550001", "hola");
    ASSERT_TRUE(holds_back(1));
    domain::conversation::Reply reply;
    reply.id = crypto::new_uuid();
    reply.text = "Soy una persona";
    std::atomic<bool> taken = false;
    system->reply(stream, reply, [&](const actors::ReplyResult&) { taken = true; });
    ASSERT_TRUE(eventually([&] { return taken.load(); }));
    const auto slices = every_slice();
    EXPECT_EQ(system->leave(slices).size(), slices.size() - 1);
    outside.later_sent = [](const std::function<void()>& work) { work(); };
    let_out();
    EXPECT_TRUE(eventually([&] { return system->leave(slices).size() == slices.size(); }));
    EXPECT_EQ(count<events::SendAccepted>(), 2U);
    EXPECT_EQ(count<events::SendRequested>(), 2U);
}

}  // namespace
