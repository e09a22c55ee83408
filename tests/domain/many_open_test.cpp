#include <gtest/gtest.h>

#include <set>

#include "domain/replay.hpp"
#include "tests/support/given.hpp"

/// More open messages than one event names: they are closed some at a time, and none is left open
/// or closed twice.
namespace {

using namespace testing_support;

constexpr auto answers = conv::answers_limit, silence = conv::silence_limit,
               silenced = conv::silenced_limit;

void say(Given& given, std::size_t count, Kind kind = Kind::text) {
    for (std::size_t i = 0; i < count; ++i) given.says("Hola", kind);
}

/// How many messages each event closes or asks about; none may be named by two.
using Counts = std::vector<std::size_t>;
Counts named(const std::vector<ConversationEvent>& said) {
    Counts counts;
    std::set<EventId> closed;
    for (const auto& event : said) {
        const auto take = [&](const std::vector<EventId>& ids) {
            counts.push_back(ids.size());
            for (const auto& id : ids) EXPECT_TRUE(closed.insert(id).second) << id.text();
        };
        if (const auto* passed = std::get_if<ReplySuppressed>(&event)) take(passed->answers);
        if (const auto* send = std::get_if<SendRequested>(&event)) take(send->answers);
        if (const auto* asked = std::get_if<ReplyRequested>(&event)) take(asked->asks);
    }
    return counts;
}

/// What was decided is decided again from the log alone.
void check_replay(const Given& given) {
    std::size_t steps = 0;
    conv::Replay replay([&](std::int32_t) { return given.settings; },
                        [&](const conv::Replayed& step) {
                            ++steps;
                            EXPECT_EQ(step.not_known, "");
                            for (const auto& one : step.differences) {
                                ADD_FAILURE() << one.rule << ": " << one.field;
                            }
                        });
    for (const auto& event : given.log) replay.take(event);
    replay.end();
    EXPECT_GT(steps, 0U);
}

TEST(ManyOpen, AreClosedSomeAtATimeWhereAGateIsClosed) {
    Given given;
    given.settings.chatbot_enabled = false;
    say(given, silenced + silence + 1);
    const auto first = given.wake();
    EXPECT_EQ(named(first), Counts(silenced / silence, silence));
    EXPECT_EQ(the<ReplySuppressed>(first).reason, Silence::chatbot_off);
    EXPECT_EQ(named(given.settle()), (Counts{silence, 1}));
    EXPECT_TRUE(given.state.open.empty());
    check_replay(given);
}

TEST(ManyOpen, TheModelIsAskedAboutTheNewestAndTheOthersAreSuperseded) {
    Given given;
    say(given, answers + silence + 3);
    const auto newest = given.state.open.back().id;
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed ReplySuppressed ReplyRequested");
    EXPECT_EQ(named(said), (Counts{silence, 3, answers}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::superseded);
    EXPECT_EQ(the<ReplyRequested>(said).asks.back(), newest);
    given.answered("Buenas");
    EXPECT_TRUE(given.state.open.empty());
    check_replay(given);
}

/// Somebody who never stops writing is answered all the same, however much is closed on the way.
TEST(ManyOpen, AQuestionIsSupersededTwiceAtMost) {
    Given given;
    say(given, answers);
    given.settle();
    for (int i = 0; i < conv::supersede_limit; ++i) {
        given.says("y esto");
        EXPECT_EQ(names(given.settle()), "ReplySuppressed ReplySuppressed ReplyRequested") << i;
    }
    given.says("y esto también");
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_EQ(named(given.answered("Buenas")), Counts{answers});
    EXPECT_EQ(given.state.open.size(), 1U);
    check_replay(given);
}

TEST(ManyOpen, AFloodIsAnsweredWhileItLasts) {
    Given given;
    given.settings.debounce_seconds = 2;
    given.settings.debounce_max_seconds = 60;
    for (int second = 0; second < 60; ++second) {
        say(given, 200);
        EXPECT_EQ(names(given.pass(1s - 1us)), "") << second;
        given.now += 1us;
    }
    const auto said = given.settle();
    EXPECT_EQ(the<ReplyRequested>(said).asks.size(), answers);
    check_replay(given);
}

TEST(ManyOpen, WhatOneDecisionCantCloseIsClosedBeforeTheQuestion) {
    Given given;
    say(given, answers + silenced + 1);
    given.wake();
    EXPECT_EQ(named(given.when(conv::Prepared{})), Counts(silenced / silence, silence));
    EXPECT_EQ(named(given.settle()), (Counts{1, answers}));
    check_replay(given);
}

TEST(ManyOpen, WhatCantBeReadIsSaidOnceAndTheOthersAreClosed) {
    Given given;
    say(given, answers + 2, Kind::unsupported);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed SendRequested");
    EXPECT_EQ(named(said), (Counts{2, answers}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::unsupported_kind);
    EXPECT_TRUE(given.state.open.empty());
    check_replay(given);
}

TEST(ManyOpen, APersonsReplyAnswersTheNewestAndItsHoldClosesTheOthers) {
    Given given;
    say(given, answers + 2);
    auto said = given.reply("Soy Eva");
    for (const auto& event : given.outcome(conv::Accepted{"out"})) said.push_back(event);
    EXPECT_EQ(names(said), "PersonWrote SendRequested SendAccepted HoldStarted ReplySuppressed");
    EXPECT_EQ(named(said), (Counts{answers, 2}));
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
    EXPECT_TRUE(given.state.open.empty());
    check_replay(given);
}

TEST(ManyOpen, WhatAPersonSawIsClosedWholeBeforeItsHoldIsForgotten) {
    Given given;
    given.settings.hold_minutes = 5;
    for (std::size_t i = 0; i < silenced + 1; ++i) {
        given.happened(MessageReceived{.source = Source::backfill, .text = "old"}, start - 12min);
    }
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "a", .text = "answer"},
                   start - 10min);
    EXPECT_EQ(named(given.wake()), Counts(silenced / silence, silence));
    const auto said = given.settle();
    EXPECT_EQ(names(said), "HoldStarted ReplySuppressed HoldEnded");
    EXPECT_EQ(named(said), Counts{1});
    EXPECT_TRUE(given.state.open.empty());
    check_replay(given);
}

TEST(ManyOpen, ReactionsArePassedOverSomeAtATime) {
    Given given;
    say(given, silence + 1, Kind::reaction);
    EXPECT_EQ(named(given.settle()), (Counts{silence, 1}));
    EXPECT_TRUE(given.state.open.empty());
}

}  // namespace
