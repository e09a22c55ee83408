#include "projections/follow.hpp"

#include <gtest/gtest.h>

#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

namespace {

using namespace testing_projections;

const auto stream = id(1), other_stream = id(2);

const Projection& messages() { return *projection_named("messages"); }

TEST(Follow, AnyBatchSizeGivesTheSameTables) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(true).make();
        const auto batch = static_cast<std::size_t>(*rc::gen::inRange(1, 20));
        for (const auto& projection : all_projections()) {
            MemoryViews at_once, in_steps;
            follow(history.events, at_once, projection);
            follow(history.events, in_steps, projection, batch);
            RC_ASSERT(at_once.content(projection) == in_steps.content(projection));
            RC_ASSERT(at_once.parked(projection, Copy::live).empty());
        }
    }));
}

TEST(Follow, ABatchThatChangesManyRowsIsSavedInParts) {
    constexpr int silences = 5, messages_each = 300;
    History history;
    history.open(stream);
    std::vector<std::vector<EventId>> asked(silences);
    for (auto& answers : asked) {
        for (int i = 0; i < messages_each; ++i) answers.push_back(history.received(stream, "Hi"));
    }
    for (int i = 0; i < silences; ++i) {
        const auto turn = id(100 + static_cast<std::uint64_t>(i));
        history.add(stream, ReplySuppressed{turn, asked[i], Silence::ai_off}, {turn});
    }
    MemoryViews views;
    follow(history.events, views, messages());
    EXPECT_EQ(views.all<Message>().size(), std::size_t{silences * messages_each});
    EXPECT_GT(views.largest_save, 250u) << "rows are what a silence changes";
    EXPECT_LE(views.largest_save, 600u);
}

TEST(Follow, ARebuildGivesTheSameTablesWhileTheLogGrows) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(true).make();
        MemoryViews views;
        MemoryLog log(history.events);
        std::size_t known = history.events.size() / 2;
        log.stop_at(known);
        for (const auto& projection : all_projections()) {
            Follower live(log, views, projection, Copy::live, 7);
            while (live.step() != Follower::Step::nothing) {
            }
            const auto grow = [&](std::int64_t) {
                log.stop_at(known += 3);
                live.step();
                return true;
            };
            RC_ASSERT(rebuild(log, views, projection, grow));
            while (live.step() != Follower::Step::nothing) {
            }
            MemoryViews straight;
            straight.content(projection);
            Follower anew(log, straight, projection, Copy::live);
            while (anew.step() != Follower::Step::nothing) {
            }
            RC_ASSERT(straight.content(projection) == views.content(projection));
        }
    }));
}

TEST(Follow, AnEventThatCannotBeTakenParksItsStreamOnly) {
    History history;
    history.open(stream);
    history.received(stream, "one");
    history.received(other_stream, "in a conversation that was never opened");
    history.received(stream, "two");
    history.received(other_stream, "and more");
    for (const std::size_t batch : {1u, 2u, 500u}) {
        MemoryViews views;
        follow(history.events, views, messages(), batch);
        EXPECT_EQ(views.all<Message>().size(), 2u);
        EXPECT_EQ(views.checkpoint(messages(), Copy::live).position, 5);
        const auto parked = views.parked(messages(), Copy::live);
        ASSERT_EQ(parked.size(), 1u);
        EXPECT_EQ(parked[0].stream, other_stream);
        EXPECT_EQ(parked[0].position, 3);
        EXPECT_NE(parked[0].error.find("never opened"), std::string::npos) << parked[0].error;
    }
}

TEST(Follow, WhatAStreamSaidBeforeItWasParkedStays) {
    History history;
    history.open(stream);
    history.received(stream, "one");
    history.add(stream, SendRequested{.text = "without a turn"});
    history.received(stream, "two");
    MemoryViews views;
    follow(history.events, views, messages());
    ASSERT_EQ(views.all<Message>().size(), 1u);
    EXPECT_EQ(views.all<Message>()[0].content, "one");
}

TEST(Follow, AnEventThatCannotBeReadParksItsStreamOnly) {
    History history;
    history.open(stream);
    history.open(other_stream);
    history.received(stream, "one");
    history.received(other_stream, "two");
    history.events.back().defect = "it is not as it was sealed";
    history.received(other_stream, "three");
    history.received(stream, "four");
    for (const auto& projection : all_projections()) {
        MemoryViews views;
        follow(history.events, views, projection);
        EXPECT_EQ(views.checkpoint(projection, Copy::live).position, 6);
        EXPECT_EQ(views.parked(projection, Copy::live),
                  (std::vector<Parked>{
                      {other_stream, 4, "it is not as it was sealed", start + 4s, 1, false}}));
    }
    MemoryViews views;
    follow(history.events, views, messages());
    EXPECT_EQ(views.all<Message>().size(), 2u);
}

TEST(Follow, ARebuildParksWhatTheLiveTablesParked) {
    History history;
    history.received(other_stream, "never opened");
    history.open(stream);
    history.received(stream, "one");
    history.received(stream, "two");
    history.events.back().defect = "it is not as it was sealed";
    MemoryViews views;
    follow(history.events, views, messages());
    const auto parked = views.parked(messages(), Copy::live);
    const auto content = views.content(messages());
    EXPECT_EQ(parked.size(), 2u);
    MemoryLog log(history.events);
    EXPECT_TRUE(rebuild(log, views, messages(), [](std::int64_t) { return true; }));
    EXPECT_EQ(views.parked(messages(), Copy::live), parked);
    EXPECT_EQ(views.content(messages()), content);
}

TEST(Follow, ARebuildCanBeStopped) {
    History history;
    history.open(stream);
    MemoryViews views;
    MemoryLog log(history.events);
    EXPECT_FALSE(rebuild(log, views, messages(), [](std::int64_t) { return false; }));
    EXPECT_TRUE(views.all<Conversation>().empty());
}

TEST(Follow, StatusesTellHowFarEachProjectionIs) {
    History history;
    history.open(stream);
    history.received(stream, "one");
    MemoryViews views;
    follow(history.events, views, messages());
    MemoryLog log(history.events);
    for (const auto& status : statuses(log, views)) {
        EXPECT_EQ(status.head, 2);
        EXPECT_EQ(status.lag, status.name == "messages" ? 0 : 2) << status.name;
    }
}

}  // namespace
