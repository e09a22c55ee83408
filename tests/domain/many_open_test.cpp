#include <gtest/gtest.h>

#include <set>

#include "tests/support/given.hpp"

/// More open messages than one event names: they are closed some at a time, and none is left open
/// or closed twice.
namespace {

using namespace testing_support;

constexpr auto limit = static_cast<int>(conv::answers_limit);

Given with_open(int count, Kind kind = Kind::text) {
    Given given;
    for (int i = 0; i < count; ++i) given.says("Hola", kind);
    return given;
}

/// How many messages each event closes or asks about; none may be closed by two.
std::vector<std::size_t> named(const std::vector<ConversationEvent>& said) {
    std::vector<std::size_t> counts;
    std::set<EventId> closed;
    for (const auto& event : said) {
        const auto take = [&](const std::vector<EventId>& ids) {
            counts.push_back(ids.size());
            for (const auto& id : ids) EXPECT_TRUE(closed.insert(id).second) << id.text();
        };
        if (const auto* silence = std::get_if<ReplySuppressed>(&event)) take(silence->answers);
        if (const auto* send = std::get_if<SendRequested>(&event)) take(send->answers);
        if (const auto* asked = std::get_if<ReplyRequested>(&event)) take(asked->asks);
    }
    return counts;
}
using Counts = std::vector<std::size_t>;

TEST(ManyOpen, AreClosedSomeAtATimeWhereAGateIsClosed) {
    auto given = with_open(2 * limit + 1);
    given.settings.chatbot_enabled = false;
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed ReplySuppressed ReplySuppressed");
    EXPECT_EQ(named(said), (Counts{conv::answers_limit, conv::answers_limit, 1}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::chatbot_off);
    EXPECT_TRUE(given.state.open.empty());
}

TEST(ManyOpen, TheModelIsAskedAboutTheNewestAndTheOthersAreSuperseded) {
    auto given = with_open(limit + 3);
    const auto newest = given.state.open.back().id;
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed ReplyRequested");
    EXPECT_EQ(named(said), (Counts{3, conv::answers_limit}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::superseded);
    EXPECT_EQ(the<ReplyRequested>(said).asks.back(), newest);
    given.answered("Buenas");
    EXPECT_TRUE(given.state.open.empty());
}

/// They come between what was woken for and what was prepared.
TEST(ManyOpen, WhatCameWhileATurnWasPreparedCounts) {
    auto given = with_open(limit);
    EXPECT_EQ(names(given.wake()), "");
    ASSERT_TRUE(std::holds_alternative<conv::Prepare>(given.last));
    given.says("y esto");
    EXPECT_EQ(named(given.when(conv::Prepared{})), Counts{1});
    EXPECT_EQ(named(given.settle()), Counts{conv::answers_limit});
}

TEST(ManyOpen, APersonsReplyAnswersTheNewestAndItsHoldClosesTheOthers) {
    auto given = with_open(limit + 2);
    auto said = given.reply("Soy Eva");
    for (const auto& event : given.outcome(conv::Accepted{"out"})) said.push_back(event);
    EXPECT_EQ(names(said), "PersonWrote SendRequested SendAccepted HoldStarted ReplySuppressed");
    EXPECT_EQ(named(said), (Counts{conv::answers_limit, 2}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
    EXPECT_TRUE(given.state.open.empty());
}

TEST(ManyOpen, WhatAPersonSawIsClosedWholeBeforeItsHoldIsForgotten) {
    Given given;
    given.settings.hold_minutes = 5;
    for (int i = 0; i < limit + 1; ++i) {
        given.happened(MessageReceived{.source = Source::backfill, .text = "old"}, start - 12min);
    }
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "a", .text = "answer"},
                   start - 10min);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed HoldStarted ReplySuppressed HoldEnded");
    EXPECT_EQ(named(said), (Counts{conv::answers_limit, 1}));
    EXPECT_TRUE(given.state.open.empty());
}

TEST(ManyOpen, ReactionsArePassedOverSomeAtATime) {
    auto given = with_open(limit + 1, Kind::reaction);
    EXPECT_EQ(named(given.settle()), (Counts{conv::answers_limit, 1}));
    EXPECT_TRUE(given.state.open.empty());
}

}  // namespace
