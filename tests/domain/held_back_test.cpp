#include <gtest/gtest.h>

#include "tests/support/given.hpp"

/// A send that Hilo itself holds back for the provider's limits: it never left, and is no try.
namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Rejected;
using conv::Uncertain;

const std::string two_parts = std::string(4'000, 'a') + " " + std::string(4'000, 'b');

/// Hilo itself held it back, for a limit of the provider's: that was no try.
TEST(Send, ThatIsHeldBackWaitsForItsTurnForAsLongAsItMayBeAnswered) {
    auto given = replying("Hi");
    for (const auto pause : {14s, 60s, 60s, 60s, 60s, 60s, 60s, 60s, 60s, 60s, 60s, 60s, 60s}) {
        const auto said = given.outcome(Rejected{"paced", held_back, true, pause});
        EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + pause);
        EXPECT_EQ(the<SendRequested>(given.pass(pause)).text, "Hi");
    }
    auto tried = given;  // the tries of either kind are all left
    for (const auto pause : {1s, 2s, 4s, 8s}) {
        const auto said = tried.outcome(Rejected{"busy", 409, true, {}});
        EXPECT_EQ(the<SendRejected>(said).retry_at, tried.now + pause);
        tried.pass(pause);
    }
    EXPECT_FALSE(the<SendRejected>(tried.outcome(Rejected{"busy", 409, true, {}})).retry_at);
    const auto unheard = given.outcome(Rejected{"connection refused", 0, true, {}});
    EXPECT_EQ(the<SendRejected>(unheard).retry_at, given.now + 1s);
    given.now += 15min;
    const auto stopped = given.settle();
    EXPECT_EQ(names(stopped), "SendRejected") << "too old to be answered now";
    EXPECT_FALSE(the<SendRejected>(stopped).retry_at);
}

TEST(Send, ThatWouldBeHeldBackForLongAsksForItsTurnAgain) {
    auto given = replying("Hi");
    const auto said = given.outcome(Rejected{"paced", held_back, true, 2h});
    EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + conv::retry_wait_limit);
}

/// However soon it is told to come again.
TEST(Send, ThatIsHeldBackAgainAndAgainAsksLessAndLessOften) {
    auto given = replying("Hi");
    for (const auto pause : {1s, 2s, 4s, 8s, 8s, 8s, 8s}) {
        const auto said = given.outcome(Rejected{"paced", held_back, true, 1s});
        EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + pause);
        given.pass(pause);
    }
}

/// It has been tried as often as it may be, and a person asked for it once more.
TEST(Send, ThatIsHeldBackWaitsHoweverOftenItWasTriedBefore) {
    auto given = replying("Hi");
    for (int tries = 0; tries < 6; ++tries) {
        const auto attempt = given.sending().attempt;
        given.outcome(Uncertain{"reset"});
        given.when(conv::Judge{{}, attempt, conv::Verdict::send_again, "Eva"});
        given.settle();
    }
    const auto said = given.outcome(Rejected{"paced", held_back, true, 20s});
    EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + 20s);
}

/// Nothing of the machine's goes out before a person's reply, nor stands in its way until its turn;
/// not where the customer's message seems to be the newer one either, by a provider's clock that is
/// ahead.
TEST(Send, ThatIsHeldBackMakesWayForAPerson) {
    for (const auto ahead : {0min, 5min}) {
        Given given;
        given.happened(MessageReceived{.kind = Kind::text, .wamid = "in", .text = "Hola"},
                       given.now + ahead);
        given.settle();
        given.answered("Hi");
        given.outcome(Rejected{"paced", held_back, true, 14min});
        given.now += 10s;
        given.reply("I am on it");
        EXPECT_EQ(names(given.heed()), "HoldStarted SendRejected");
        EXPECT_EQ(given.sending().text, "I am on it");
    }
}
TEST(Send, ThatIsHeldBackMakesWayForAPersonWithAPhone) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 5;
    given.outcome(Rejected{"paced", held_back, true, 14min});
    given.now += 10s;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
    EXPECT_EQ(names(given.heed()), "HoldStarted SendRejected");
    given.now += 5min;
    EXPECT_EQ(names(given.heed()), "HoldEnded");
    given.now += 10min;
    EXPECT_EQ(names(given.heed()), "");
}

/// The send was out when the person wrote.
TEST(Send, ThatIsHeldBackUnderAHoldIsGivenUp) {
    auto given = replying("Hi");
    const auto attempt = given.sending().attempt;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
    EXPECT_EQ(names(given.heed()), "HoldStarted");
    const auto said =
        given.when(conv::SendDone{{}, attempt, Rejected{"paced", held_back, true, 14min}});
    EXPECT_FALSE(the<SendRejected>(said).retry_at);
    EXPECT_TRUE(given.state.sends.empty());
}

/// Told late of a person who wrote before the customer did, when the hold that follows is over.
TEST(Send, ThatIsHeldBackOutlivesAHoldThatIsOver) {
    auto given = replying("Hi");
    given.outcome(Rejected{"paced", held_back, true, 5min});
    given.now += 10s;
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   given.now - 2h);
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded");
    auto later = given;
    given.now += 5min;
    EXPECT_EQ(names(given.heed()), "SendRequested");
    later.now += 5min;
    later.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "q"},
                   later.now - 2h);
    EXPECT_EQ(names(later.heed()), "HoldStarted HoldEnded SendRequested") << "told just then";
}
/// And of one who wrote after: he answered.
TEST(Send, ThatIsHeldBackIsGivenUpWhereAPersonHasAnswered) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 5;
    given.outcome(Rejected{"paced", held_back, true, 10min});
    given.now += 6min;
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   given.now - 5min - 50s);
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded SendRejected");
}

/// Such a gate is asked when the time has come, and not by whatever wakes the conversation.
TEST(Send, ThatIsHeldBackOutlivesAGateThatOpensAgain) {
    auto given = replying("Hi");
    given.outcome(Rejected{"paced", held_back, true, 1min});
    given.settings.chatbot_enabled = false;
    EXPECT_EQ(names(given.settle()), "");
    given.settings.chatbot_enabled = true;
    EXPECT_EQ(names(given.pass(1min)), "SendRequested");
    given.outcome(Rejected{"paced", held_back, true, 1min});
    given.settings.chatbot_enabled = false;
    EXPECT_EQ(names(given.pass(1min)), "SendRejected");
}

TEST(Send, ThatIsHeldBackIsAsOldAsTheMessageThatItAnswers) {
    Given given;
    given.says("Hola");
    given.settle();
    given.now += 10min;
    given.answered("Hi");
    given.outcome(Rejected{"paced", held_back, true, 4min});
    EXPECT_EQ(names(given.pass(4min)), "SendRequested");
    given.outcome(Rejected{"paced", held_back, true, 2min});
    EXPECT_EQ(names(given.pass(2min)), "SendRejected") << "sixteen minutes after it was asked";
}

/// The log's time stays ahead where the machine's clock was, and is set right.
TEST(Send, OfALaterPartIsAsOldAsTheMachinesClockSays) {
    auto given = replying(two_parts);
    given.wall = given.now;
    given.now += 3h;
    given.outcome(Accepted{"out-1"});
    ASSERT_EQ(given.state.sends.at(0).part, 2);
    given.outcome(Rejected{"paced", held_back, true, 10min});
    given.wall += 20min;
    EXPECT_EQ(names(given.pass(20min)), "SendRejected");
}

}  // namespace
