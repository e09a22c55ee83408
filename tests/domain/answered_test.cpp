#include <gtest/gtest.h>

#include "tests/support/given.hpp"

/// What a machine began and a person has answered isn't gone on with, long after the person's hold.
namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Rejected;
using conv::Uncertain;

const std::string two_parts = std::string(4'000, 'a') + " " + std::string(4'000, 'b');

/// A person answers, and his hold is over.
void a_person_answers(Given& given) {
    given.settings.hold_minutes = 5;
    given.now += 10s;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
    EXPECT_EQ(names(given.heed()), "HoldStarted");
    given.now += 5min;
    EXPECT_EQ(names(given.heed()), "HoldEnded");
}
/// The reply is out meanwhile.
Given answered_meanwhile(const std::string& text) {
    auto given = replying(text);
    a_person_answers(given);
    return given;
}
/// Nobody knows whether it went out.
Given doubted_meanwhile(const std::string& text) {
    auto given = replying(text);
    given.outcome(Uncertain{"reset"});
    a_person_answers(given);
    return given;
}

TEST(Answered, WhatIsRefusedAfterTheHoldIsNotTriedAgain) {
    for (const auto code : {held_back, 409, 0}) {
        auto given = answered_meanwhile("Hi");
        const auto said = given.outcome(Rejected{"not now", code, true, 1s});
        EXPECT_EQ(names(said), "SendRejected");
        EXPECT_FALSE(the<SendRejected>(said).retry_at);
    }
}

TEST(Answered, StaysSoWhenItIsToldOfAnOlderMessageOfAPersons) {
    auto given = answered_meanwhile("Hi");
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "q"},
                   given.now - 2h);
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded");
    EXPECT_FALSE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
}

/// He answered that one, and not the next.
TEST(Answered, IsWhatWasSaidBefore) {
    auto given = answered_meanwhile("Hi");
    given.outcome(Accepted{"out-1"});
    given.says("And tomorrow?");
    given.settle();
    given.answered("Open, too");
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
    EXPECT_EQ(names(given.pass(1s)), "SendRequested");
}

/// Told late of what he wrote before the customer did.
TEST(Answered, IsNotWhatWasSaidAfterwards) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 5;
    given.now += 10s;
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   given.now - 1min);
    given.now += 5min;
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded");
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
}

/// An hour is over, and the log's time with it, when the clock is set right.
TEST(Answered, IsNothingThatAMachineBeganSinceHoweverFarAheadTheClockWas) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 1;
    given.outcome(Accepted{"out-1"});
    given.now += 1h;
    given.reply("I am on it");
    given.settle();
    given.outcome(Accepted{"out-2"});
    given.wall = start + 3min;
    given.now += 2min;
    EXPECT_EQ(names(given.heed()), "HoldEnded");
    given.happened(MessageReceived{.kind = Kind::text, .wamid = "in-2", .text = "And tomorrow?"},
                   start + 3min);
    given.settle();
    given.answered(two_parts);
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
    EXPECT_EQ(names(given.pass(1s)), "SendRequested");
    EXPECT_EQ(names(given.outcome(Accepted{"out-3"})), "SendAccepted SendRequested");
}

TEST(Answered, WhatIsAbsentIsNotSentAgain) {
    auto given = doubted_meanwhile("Hi");
    given.settings.uncertain_sends = "resend";
    const auto attempt = given.state.uncertain.at(0).id;
    const auto said = given.when(conv::LookedUp{{}, attempt, given.now, conv::Listed::all});
    EXPECT_EQ(names(said), "SendSettled");
    EXPECT_FALSE(the<SendSettled>(said).retry_at);
    EXPECT_EQ(names(given.heed()), "");
}

/// The answer to the request, which comes after all, says no.
TEST(Answered, WhatIsRefusedLateIsNotSentAgain) {
    auto given = doubted_meanwhile("Hi");
    const auto attempt = given.state.uncertain.at(0).id;
    const auto said = given.when(conv::SendDone{{}, attempt, Rejected{"busy", 409, true, 1s}});
    EXPECT_FALSE(the<SendSettled>(said).retry_at);
}

/// The list that shows that it isn't out tells of the person, too, who is named in the next step.
TEST(Answered, WhatIsAbsentIsNotSentAgainThoughItIsFoundBeforeThePerson) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 1;
    given.settings.uncertain_sends = "resend";
    given.outcome(Uncertain{"reset"});
    const auto attempt = given.state.uncertain.at(0).id;
    given.now += 5min;
    given.happened(MessageSent{"p", {}, "I am on it", ""}, start + 10s);
    const auto said = given.when(conv::LookedUp{{}, attempt, given.now, conv::Listed::all});
    EXPECT_TRUE(the<SendSettled>(said).retry_at);
    EXPECT_EQ(names(given.heed()), "PersonWrote HoldStarted HoldEnded SendRejected");
}

/// Whoever asks for it knows what he does.
TEST(Answered, WhatAPersonAsksForIsSentAgain) {
    auto given = doubted_meanwhile("Hi");
    const auto attempt = given.state.uncertain.at(0).id;
    given.when(conv::Judge{{}, attempt, conv::Verdict::send_again, "Eva"});
    EXPECT_EQ(names(given.heed()), "SendRequested");
}

/// The beginning is found to have gone out when the person's hold is over.
TEST(Answered, TheRestOfAReplyIsNotSent) {
    auto given = doubted_meanwhile(two_parts);
    const auto attempt = given.state.uncertain.at(0).id;
    given.when(conv::SendDone{{}, attempt, Accepted{"out-1"}});
    const auto said = given.heed();
    EXPECT_EQ(names(said), "ReplySuppressed");
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
    EXPECT_FALSE(given.sends());
}

/// Told late of what he wrote before that part's turn had come.
TEST(Answered, GoesForALaterPart) {
    auto given = replying(two_parts);
    given.settings.hold_minutes = 1;
    given.now += 10min;
    given.outcome(Accepted{"out-1"});
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   given.now - 5min);
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded");
    EXPECT_FALSE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
}

/// What he had read, of which a model is being asked, or that waits for its turn behind a send.
TEST(Answered, WhatIsAskedAMomentBeforeIsNotAnsweredAfterwards) {
    Given given;
    given.settings.hold_minutes = 1;
    given.now += 50s;
    given.happened(MessageReceived{.kind = Kind::text, .wamid = "in", .text = "Hola"}, start);
    given.settle();
    ASSERT_TRUE(given.asks());
    given.now += 3s;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"}, start + 5s);
    EXPECT_EQ(names(given.heed()), "HoldStarted ReplySuppressed");
    EXPECT_FALSE(given.asks());
    EXPECT_EQ(names(given.pass(1min)), "HoldEnded");
}
TEST(Answered, WhatWaitsBehindASendIsNotAnsweredAfterwards) {
    Given given;
    given.settings.hold_minutes = 5;
    given.says("Hola");
    given.reply("One moment");
    given.heed();
    given.outcome(Rejected{"paced", held_back, true, 14min});
    given.now += 1min;
    given.says("And tomorrow?");
    EXPECT_EQ(names(given.heed()), "");
    given.now += 1min;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p", .text = "Tomorrow, too"});
    EXPECT_EQ(names(given.heed()), "HoldStarted ReplySuppressed");
    EXPECT_EQ(names(given.pass(12min)), "HoldEnded SendRequested");
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted");
}
/// He may come back after hours, and write again.
TEST(Answered, WhatIsOpenInADebounceIsNotAnsweredAfterwards) {
    Given given;
    given.settings.debounce_seconds = 5;
    given.settings.hold_minutes = 1;
    given.says("Hola");
    given.now += 1s;
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
    EXPECT_EQ(names(given.heed()), "HoldStarted ReplySuppressed");
    EXPECT_EQ(names(given.pass(2min)), "HoldEnded");
}

/// It is told late, when his hold is over, and perhaps with what is new.
TEST(Answered, IsWhatIsToldAfterwardsOfWhatWasSaidBefore) {
    auto given = replying("Hi");
    given.outcome(Accepted{"out-1"});
    a_person_answers(given);
    const auto late = [&](std::chrono::seconds after) {
        return given.happened(MessageReceived{.source = Source::backfill, .wamid = "late"},
                              *given.state.person_told + after);
    };
    const auto read = late(0s);
    const auto fresh = late(1s);
    EXPECT_EQ(given.wake_at(), Time{});
    const auto said = given.settle();
    ASSERT_EQ(names(said), "ReplySuppressed ReplyRequested");
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
    EXPECT_EQ(the<ReplySuppressed>(said).answers, std::vector{read});
    EXPECT_EQ(the<ReplyRequested>(said).asks, std::vector{fresh});
    late(-1s);
    EXPECT_EQ(names(given.settle()), "ReplySuppressed") << "it supersedes no question";
}
TEST(Answered, IsWhatIsToldWhileAnAnswerIsPrepared) {
    auto given = replying("Hi");
    given.outcome(Accepted{"out-1"});
    a_person_answers(given);
    given.says("And tomorrow?");
    given.wake();
    ASSERT_TRUE(std::holds_alternative<conv::Prepare>(given.last));
    given.happened(MessageReceived{.source = Source::backfill, .wamid = "late"},
                   given.state.person_told);
    EXPECT_EQ(names(given.when(conv::Prepared{})), "");
    EXPECT_EQ(names(given.settle()), "ReplySuppressed ReplyRequested");
}

/// Of what a model is asked about, a person wrote so long ago that his hold is over; it is told
/// before the answer is there, by name or as an outbound message.
struct ToldLate : Given {
    EventId first, second;
    explicit ToldLate(Time wrote, bool named) {
        settings.hold_minutes = 5;
        first = happened(MessageReceived{.source = Source::backfill, .wamid = "1"}, start - 8min);
        second = happened(MessageReceived{.source = Source::backfill, .wamid = "2"}, start - 6min);
        EXPECT_EQ(names(settle()), "ReplyRequested");
        if (named) {
            happened(PersonWrote{.via = Via::phone_app, .wamid = "p"}, wrote);
        } else {
            happened(MessageSent{"p", {}, "I am on it", ""}, wrote);
        }
    }
};
TEST(Answered, IsWhatAModelIsAskedThoughTheHoldIsOver) {
    for (const bool named : {true, false}) {
        ToldLate given(start - 6min, named);
        const auto said = given.answered("Hi");
        ASSERT_EQ(names(said), "ReplyGenerated ReplySuppressed");
        EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
    }
}
TEST(Answered, IsNotWhatWasSaidAfterwardsThoughAModelIsAsked) {
    for (const bool named : {true, false}) {
        EXPECT_EQ(names(ToldLate(start - 9min, named).answered("Hi")),
                  "ReplyGenerated SendRequested");
    }
}
TEST(Answered, OrNotTheMachineIsSilentWhileTheHoldWouldLast) {
    Given given;
    given.settings.hold_minutes = 5;
    given.says("Hola");
    given.settle();
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"}, start - 4min);
    EXPECT_EQ(names(given.answered("Hi")), "ReplyGenerated ReplySuppressed");
}
TEST(Answered, MayBeAPartOfWhatAModelIsAsked) {
    for (const bool named : {true, false}) {
        ToldLate given(start - 7min, named);
        const auto said = given.answered("Hi");
        ASSERT_EQ(names(said), "ReplyGenerated ReplySuppressed");
        EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::superseded);
        EXPECT_EQ(the<ReplySuppressed>(said).answers, std::vector<EventId>{});
        const auto then = given.settle();
        EXPECT_EQ(the<ReplySuppressed>(then).answers, std::vector{given.first});
        EXPECT_EQ(the<ReplyRequested>(then).asks, std::vector{given.second});
    }
}

/// A send that a person asked for again is out meanwhile, and may not be what he wrote.
TEST(Answered, IsSeenBehindASendThatIsOut) {
    auto given = doubted_meanwhile("Hi");
    given.says("And tomorrow?");
    given.settle();
    given.when(conv::Judge{{}, given.state.uncertain.at(0).id, conv::Verdict::send_again, "Eva"});
    EXPECT_EQ(names(given.settle()), "SendRequested");
    given.now += 1s;
    given.happened(MessageSent{"perhaps its own", {}, "Hi", ""});
    auto alone = given;
    EXPECT_EQ(names(alone.answered("Yes")), "ReplyGenerated SendRequested");
    given.happened(MessageSent{"q", {}, "Tomorrow, too", ""});
    const auto said = given.answered("Yes");
    ASSERT_EQ(names(said), "ReplyGenerated ReplySuppressed");
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::human_holds);
}

TEST(Answered, IsKnownOfATryThatCameLater) {
    auto given = replying("Hi");
    given.settings.hold_minutes = 1;
    given.now += 30s;
    given.outcome(Rejected{"busy", 409, true, 10s});
    given.pass(10s);
    given.now += 5min;
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   start + 20s);
    given.heed();
    EXPECT_FALSE(the<SendRejected>(given.outcome(Rejected{"busy", 409, true, 1s})).retry_at);
}

TEST(Answered, IsNoRestOfWhatWasSaidAfterwards) {
    auto given = replying(two_parts);
    given.settings.hold_minutes = 1;
    given.now += 5min;
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "p"},
                   start - 1min);
    EXPECT_EQ(names(given.heed()), "HoldStarted HoldEnded");
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted SendRequested");
}

TEST(Answered, IsNothingByAMessageOfLongAgo) {
    auto given = replying("Hi");
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::history, .wamid = "p"});
    EXPECT_EQ(names(given.heed()), "");
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
}

/// All of it, and whatever is told later of what was written before.
TEST(Answered, WhatAPersonAsksForGoesOutWhole) {
    auto given = doubted_meanwhile(two_parts);
    given.when(conv::Judge{{}, given.state.uncertain.at(0).id, conv::Verdict::send_again, "Eva"});
    EXPECT_EQ(names(given.heed()), "SendRequested");
    given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "q"},
                   given.now - 4min);
    given.now += 1min;
    given.heed();
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"busy", 409, true, 1s})).retry_at);
    EXPECT_EQ(names(given.pass(2s)), "SendRequested");
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted SendRequested");
}

/// It went out, and no other fact comes.
TEST(Answered, ARetryWhoseOwnKeyIsSeenIsOverAtOnce) {
    auto given = replying("Hi");
    const auto attempt = given.sending().attempt;
    given.outcome(Rejected{"busy", 409, true, 10min});
    given.happened(MessageDelivered{"out-1", attempt});
    EXPECT_EQ(given.wake_at(), Time{});
    EXPECT_EQ(names(given.heed()), "SendAccepted");
}

TEST(Answered, NoRefusalStandsAgainstTheOwnKey) {
    auto given = replying("Hi");
    given.happened(MessageDelivered{"out-1", given.sending().attempt});
    EXPECT_EQ(names(given.outcome(Rejected{"busy", 409, true, 10min})), "SendAccepted");
}

/// A person's own parts go on.
TEST(Answered, APersonsSendIsTriedAgain) {
    Given given;
    given.says("Hola");
    given.reply(two_parts);
    given.settle();
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
    given.settle();
    EXPECT_TRUE(the<SendRejected>(given.outcome(Rejected{"not now", 409, true, 1s})).retry_at);
    EXPECT_EQ(names(given.pass(1s)), "SendRequested");
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted");
    EXPECT_EQ(given.sending().text, std::string(4'000, 'b'));
}

}  // namespace
