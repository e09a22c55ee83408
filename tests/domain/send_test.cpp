#include <gtest/gtest.h>

#include "tests/support/given.hpp"

namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Rejected;
using conv::SendDone;
using conv::Uncertain;

const std::string three_parts =
    std::string(4'000, 'a') + " " + std::string(4'000, 'b') + " " + std::string(4'000, 'c');

// ---- Parts ------------------------------------------------------------------------------------

TEST(Send, OfPartsIsInOrderAndOneAtATime) {
    auto given = replying(three_parts);
    for (int part = 1; part <= 3; ++part) {
        const auto& attempt = given.state.sends.at(0);
        EXPECT_EQ(attempt.part, part);
        EXPECT_EQ(attempt.parts, 3);
        EXPECT_EQ(given.due().size(), 1u);
        EXPECT_EQ(given.sending().text, std::string(4'000, static_cast<char>('a' + part - 1)));
        const auto said = given.outcome(Accepted{"out-" + std::to_string(part)});
        EXPECT_EQ(names(said), part < 3 ? "SendAccepted SendRequested" : "SendAccepted");
        if (part < 3) {
            EXPECT_TRUE(the<SendRequested>(said).answers.empty());
        }
    }
    EXPECT_EQ(given.due().size(), 0u);
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Send, IsReportedOnce) {
    auto given = replying("Hi");
    const auto attempt = given.sending().attempt;
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Accepted{"out"}})), "SendAccepted");
    EXPECT_EQ(given.log.back().clear.causation, attempt);
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Accepted{"out"}})), "");
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Uncertain{"late"}})), "");
    EXPECT_EQ(names(given.when(SendDone{{}, id(3), Accepted{"out"}})), "");
}

// ---- Rejected ---------------------------------------------------------------------------------

TEST(Send, ThatWasRejectedIsTriedAgainWithGrowingPauses) {
    auto given = replying("Hi");
    for (const auto pause : {1s, 2s, 4s, 8s}) {
        const auto before = given.sending().attempt;
        const auto said = given.outcome(Rejected{"busy", 409, true, {}});
        EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + pause);
        EXPECT_EQ(the<SendRejected>(said).code, 409);
        EXPECT_EQ(given.wake_at(), given.now + pause);
        EXPECT_EQ(given.due().size(), 0u);
        EXPECT_EQ(names(given.pass(pause - 1us)), "");
        const auto again = the<SendRequested>(given.pass(1us));
        EXPECT_NE(again.attempt, before);
        EXPECT_EQ(again.part, 1);
        EXPECT_EQ(again.text, "Hi");
        EXPECT_TRUE(again.answers.empty()) << "the first try closed them";
    }
    EXPECT_EQ(given.state.sends.at(0).try_number, 5);
    EXPECT_FALSE(the<SendRejected>(given.outcome(Rejected{"busy", 409, true, {}})).retry_at);
    EXPECT_EQ(given.due().size(), 0u);
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

/// A refused connection, or a lease that was about to end.
TEST(Send, ThatReachedNobodyIsTriedForMinutes) {
    auto given = replying("Hi");
    const auto unheard = Rejected{"connection refused", 0, true, {}};
    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s, 60s, 60s}) {
        EXPECT_EQ(the<SendRejected>(given.outcome(unheard)).retry_at, given.now + pause);
        EXPECT_EQ(the<SendRequested>(given.pass(pause)).text, "Hi");
    }
    EXPECT_GE(given.now - start, 6min);
    EXPECT_FALSE(the<SendRejected>(given.outcome(unheard)).retry_at);
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Send, ThatReachedNobodyForLongIsTriedAgainAsOftenAsAnyOther) {
    auto given = replying("Hi");
    for (int i = 0; i < 6; ++i) {
        given.outcome(Rejected{"connection refused", 0, true, {}});
        given.pass(60s);
    }
    for (const auto pause : {1s, 2s, 4s, 8s}) {
        const auto said = given.outcome(Rejected{"busy", 409, true, {}});
        EXPECT_EQ(the<SendRejected>(said).retry_at, given.now + pause);
        given.pass(pause);
    }
    EXPECT_FALSE(the<SendRejected>(given.outcome(Rejected{"busy", 409, true, {}})).retry_at);
}

TEST(Send, ThatIsDoubtedAndFoundToHaveReachedNobodyAgainAndAgainIsGivenUp) {
    auto given = replying("Hi");
    int tries = 1;
    for (; tries < 20; ++tries) {
        const auto attempt = given.sending().attempt;
        given.outcome(Uncertain{"no outcome in time"});
        const auto said =
            given.when(SendDone{{}, attempt, Rejected{"connection refused", 0, true, {}}});
        if (!the<SendSettled>(said).retry_at) break;
        given.pass(60s);
    }
    EXPECT_EQ(tries, conv::send_tries_limit + 1);
}

TEST(Send, ThatWasRejectedForGoodIsNotTriedAgain) {
    auto given = replying(three_parts);
    const auto said = given.outcome(Rejected{"not on WhatsApp", 131026, false, {}});
    EXPECT_EQ(names(said), "SendRejected");
    EXPECT_FALSE(the<SendRejected>(said).retry_at);
    EXPECT_EQ(given.due().size(), 0u) << "the later parts are given up";
    EXPECT_FALSE(given.state.rest);
}

/// Another process reads it, or the same one with its clock set right.
TEST(Send, WaitsNoLongerThanMeantWhereAClockWasAnHourAhead) {
    auto given = replying("Hi");
    const auto attempt = given.sending().attempt;
    given.happened(
        SendRejected{given.state.sends.front().turn, attempt, "busy", 409, start + 1h + 2s},
        start + 1h);
    EXPECT_EQ(given.wake_at(), start + 2s);
    EXPECT_EQ(names(given.pass(2s)), "SendRequested");
}

TEST(Send, WaitsForAsLongAsTheProviderSays) {
    auto given = replying("Hi");
    EXPECT_EQ(the<SendRejected>(given.outcome(Rejected{"slow down", 429, true, 90s})).retry_at,
              start + 90s);
}

TEST(Send, IsGivenUpWhereTheProviderSaysTooLong) {
    auto given = replying("Hi");
    given.says("¿Hola?");
    const auto said = given.outcome(Rejected{"slow down", 429, true, seconds(15 * 60 + 1)});
    EXPECT_FALSE(the<SendRejected>(said).retry_at);
    EXPECT_EQ(names(said), "SendRejected ReplyRequested") << "the conversation goes on";
}

TEST(Send, IsTriedAgainByTheLifeThatThenIsThere) {
    auto given = replying("Hi");
    given.outcome(Rejected{"busy", 409, true, {}});
    given.me = id(900'002);
    EXPECT_EQ(the<SendRequested>(given.pass(1s)).by, given.me);
    EXPECT_TRUE(given.sends());
}

TEST(Send, OutcomeOfAnEarlierTryIsPassedOver) {
    auto given = replying("Hi");
    const auto first = given.sending().attempt;
    given.outcome(Rejected{"busy", 409, true, {}});
    EXPECT_EQ(names(given.when(SendDone{{}, first, Uncertain{"no outcome in time"}})), "");
    given.pass(1s);
    EXPECT_EQ(names(given.when(SendDone{{}, first, Uncertain{"no outcome in time"}})), "");
    EXPECT_TRUE(given.sends());
}

// ---- Another life -----------------------------------------------------------------------------

TEST(Send, OfAnotherLifeIsOnlySettled) {
    auto given = replying("Hi");
    const auto attempt = given.sending().attempt;
    const auto sender = std::exchange(given.me, id(900'002));
    EXPECT_EQ(given.due(), (std::vector<conv::Effect>{conv::Settle{attempt, sender}}));
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Accepted{"out"}})), "SendAccepted")
        << "its outcome may still come";
}

TEST(Effects, HaveAKeyOfTheirKindAndId) {
    EXPECT_EQ(key_of(conv::Ask{id(1), 1, 1, "p", "m"}), key_of(conv::Ask{id(1), 2, 9, "q", "n"}));
    EXPECT_NE(key_of(conv::Send{id(1), "", "", ""}), key_of(conv::Settle{id(1), id(2)}));
    EXPECT_NE(key_of(conv::Send{id(1), "", "", ""}), key_of(conv::Send{id(2), "", "", ""}));
}

// ---- Uncertain --------------------------------------------------------------------------------

TEST(Send, ThatIsUncertainIsNeverRepeated) {
    auto given = replying(three_parts);
    const auto attempt = given.sending().attempt;
    const auto said = given.outcome(Uncertain{"reset"});
    EXPECT_EQ(names(said), "SendUncertain");
    EXPECT_EQ(the<SendUncertain>(said).attempt, attempt);
    EXPECT_GE(the<SendUncertain>(said).settle_by, start + conv::send_deadline + 70s);
    EXPECT_FALSE(given.sends());
    EXPECT_EQ(given.wake_at(), std::nullopt);
    EXPECT_EQ(names(given.pass(1000h)), "") << "left for a person";
}

TEST(Send, ThatIsUncertainStopsNoOtherTurn) {
    auto given = replying(three_parts);
    given.outcome(Uncertain{"reset"});
    given.says("¿Hola?");
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
    given.answered("Aquí estoy");
    EXPECT_EQ(given.sending().text, "Aquí estoy");
    EXPECT_EQ(names(given.outcome(Accepted{"out-2"})), "SendAccepted");
    EXPECT_FALSE(given.sends());
}

TEST(Send, OfOtherTurnsLeavesAStoppedReplyWhereItIs) {
    auto given = replying(three_parts);
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"reset"});
    given.says("[unsupported]", Kind::unsupported);
    given.settle();
    given.outcome(Accepted{"out-2"});
    given.when(SendDone{{}, attempt, Accepted{"out-1"}});
    EXPECT_EQ(the<SendRequested>(given.settle()).part, 2) << "one part of another turn ended it";
}

TEST(Send, IsSettledByALateAnswer) {
    auto given = replying(three_parts);
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"no outcome in time"});
    const auto said = given.when(SendDone{{}, attempt, Accepted{"out-1"}});
    EXPECT_EQ(the<SendSettled>(said),
              (SendSettled{given.state.rest->turn, attempt, true, "out-1", "late answer"}));
    EXPECT_EQ(the<SendRequested>(given.settle()).part, 2);
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Accepted{"out-1"}})), "");
}

TEST(Send, IsSettledAsNotSentByALateRejection) {
    auto given = replying(three_parts);
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"no outcome in time"});
    EXPECT_EQ(names(given.when(SendDone{{}, attempt, Uncertain{"still"}})), "");
    const auto said = given.when(SendDone{{}, attempt, Rejected{"no", 131026, false, {}}});
    EXPECT_FALSE(the<SendSettled>(said).sent);
    EXPECT_EQ(names(given.settle()), "") << "the later parts are given up";
    EXPECT_FALSE(given.state.rest);
}

TEST(Send, IsTriedAgainAfterALateRejectionThatAllowsIt) {
    auto given = replying(three_parts);
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"no outcome in time"});
    const auto said = given.when(SendDone{{}, attempt, Rejected{"busy", 409, true, {}}});
    EXPECT_EQ(the<SendSettled>(said).retry_at, start + 1s);
    EXPECT_EQ(names(given.settle()), "") << "not yet";
    const auto again = the<SendRequested>(given.pass(1s));
    EXPECT_EQ(again.part, 1);
    EXPECT_EQ(again.try_number, 2);
    given.outcome(Accepted{"out-1"});
    EXPECT_EQ(given.sending().text, std::string(4'000, 'b')) << "and the rest follows";
}

TEST(Send, ThatIsUncertainStopsAPersonsLaterPartsAndNobodyElses) {
    Given given;
    given.reply(three_parts, id(800'000));
    given.reply("otra cosa", id(801'000));
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"reset"});
    EXPECT_EQ(given.sending().text, "otra cosa");
    given.outcome(Accepted{"out-2"});
    EXPECT_FALSE(given.sends());
    given.when(SendDone{{}, attempt, Accepted{"out-1"}});
    EXPECT_EQ(given.sending().text, std::string(4'000, 'b'));
}

TEST(Send, ThatGoesOnAfterADoubtWaitsForTheOneThatIsOut) {
    Given given;
    given.reply(three_parts, id(800'000));
    given.reply("otra cosa", id(801'000));
    const auto doubted = given.sending().attempt;
    given.outcome(Uncertain{"reset"});
    const auto out = given.sending();
    given.when(SendDone{{}, doubted, Accepted{"out-1"}});
    EXPECT_EQ(given.sending(), out) << "or it would be sent again when it is due again";
    given.outcome(Accepted{"out-2"});
    EXPECT_EQ(given.sending().text, std::string(4'000, 'b'));
    given.outcome(Accepted{"out-3"});
    EXPECT_EQ(given.sending().text, std::string(4'000, 'c'));
}

TEST(Send, OfAPersonsLaterPartsIsGivenUpWithAnEarlierOne) {
    Given given;
    given.reply(three_parts, id(800'000));
    given.reply("otra cosa", id(801'000));
    given.settle();
    const auto said = given.outcome(Rejected{"no", 131026, false, {}});
    EXPECT_EQ(names(said), "SendRejected SendRejected SendRejected");
    EXPECT_EQ(given.sending().text, "otra cosa");
}

TEST(Send, ThatIsUncertainForTooLongTakesItsLaterPartsWithIt) {
    Given given;
    for (std::uint64_t i = 0; i <= conv::known_limit; ++i) {
        given.reply(std::string(5'000, 'a'), id(800'000 + i * 100));
        given.outcome(Uncertain{"reset"});
    }
    EXPECT_EQ(given.state.uncertain.size(), conv::known_limit);
    EXPECT_FALSE(given.sends()) << "nobody knows more about the oldest than before";
    EXPECT_EQ(given.state.sends.size(), conv::known_limit);
}

TEST(Send, WhatSurelyDidNotGoOutWasNotSaid) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered("Buenos días");
    ASSERT_EQ(given.state.said.size(), 2U);
    given.outcome(Rejected{"window closed", 131047});
    ASSERT_EQ(given.state.said.size(), 1U);
    EXPECT_EQ(given.state.said[0].text, "Hola");
}

TEST(Send, WhatIsTriedAgainStaysSaid) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered("Buenos días");
    given.outcome(Rejected{"in flight", 409, true});
    EXPECT_EQ(given.state.said.size(), 2U);
}

}  // namespace
