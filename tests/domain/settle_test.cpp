#include <gtest/gtest.h>

#include "domain/evidence.hpp"
#include "domain/next_step.hpp"
#include "tests/domain/doubted.hpp"

/// What becomes of a send that nobody saw the end of.
namespace {

using namespace testing_domain;
using conv::Accepted;
using conv::Judge;
using conv::Listed;
using conv::LookedUp;
using conv::LookUp;
using conv::SendDone;
using conv::Uncertain;
using conv::Verdict;

// ---- Our own key ------------------------------------------------------------------------------

TEST(Settle, ByAStatusThatEchoesOurKey) {
    Doubted given;
    given.happened(MessageDelivered{"out-1", given.attempt});
    EXPECT_EQ(given.wake_at(), Time{});
    const auto settled = the<SendSettled>(given.settle());
    EXPECT_TRUE(settled.sent);
    EXPECT_EQ(settled.wamid, "out-1");
    EXPECT_TRUE(given.state.uncertain.empty());
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Settle, ByAStatusThatCameBeforeTheDoubt) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered("Hi");
    const auto attempt = given.sending().attempt;
    given.happened(MessageFailed{"out-1", attempt, 131026, "undeliverable"});
    EXPECT_EQ(names(given.settle()), "") << "its answer is on its way";
    EXPECT_EQ(names(given.outcome(Uncertain{"time-out"})), "SendUncertain SendSettled")
        << "the provider had it, though it failed later";
}

TEST(Settle, ByAStatusHoweverLate) {
    Doubted given;
    given.now = given.settle_by;
    EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never);
    given.now += 300h;
    given.happened(MessageRead{"out-1", given.attempt});
    EXPECT_TRUE(the<SendSettled>(given.settle()).sent);
}

TEST(Settle, ByOurKeyOnAMessageThatWasTakenForAPersons) {
    Doubted given("Hi");
    given.lists("out-1", "as the provider rewrote it", start + 1s);
    EXPECT_EQ(names(given.settle()), "PersonWrote HoldStarted");
    given.happened(MessageDelivered{"out-1", given.attempt});
    EXPECT_EQ(the<SendSettled>(given.settle()).wamid, "out-1");
}

TEST(Settle, BeforeAnotherTryByWhatShowsThatTheFirstWentOut) {
    for (const bool by_status : {true, false}) {
        Doubted given;
        given.settings.uncertain_sends = "resend";
        given.now = given.settle_by;
        EXPECT_EQ(names(given.looked_up()), "SendSettled");
        if (by_status) {
            given.happened(MessageDelivered{"out-1", given.attempt});
            EXPECT_EQ(names(given.settle()), "SendAccepted");
        } else {
            EXPECT_EQ(names(given.when(SendDone{{}, given.attempt, Accepted{"out-1"}})),
                      "SendAccepted");
            EXPECT_EQ(names(given.settle()), "");
        }
        EXPECT_FALSE(given.sends()) << "it would be there twice";
    }
}

// ---- The provider's list, and webhooks without our key ------------------------------------------

TEST(Settle, LooksAtTheProvidersListMeanwhile) {
    Doubted given;
    const LookUp look{given.attempt, "line", "5215551234567", start, start - conv::clock_error};
    EXPECT_EQ(given.due(), std::vector<conv::Effect>{look});
    EXPECT_EQ(names(given.looked_up()), "") << "too early for its absence to say anything";
    EXPECT_EQ(given.due(), std::vector<conv::Effect>{look}) << "again later";
}

TEST(Settle, ByTheOnlyMessageThatSaysTheSame) {
    Doubted given("Buenos  días");
    given.lists("theirs", "otra cosa", start);
    given.lists("out-1", "Buenos días\n", start - 1s);
    const auto settled = the<SendSettled>(given.settle());
    EXPECT_TRUE(settled.sent);
    EXPECT_EQ(settled.wamid, "out-1");
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_TRUE(given.state.strangers.empty()) << "the other one was a person's";
}

TEST(Settle, NotByAMessageThatIsOlder) {
    Doubted given;
    given.lists("before", "Hi", start - 1min);
    EXPECT_EQ(names(given.settle()), "");
    given.now = given.settle_by;
    EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never);
}

TEST(Settle, NotByAMessageThatSomebodyOwns) {
    Doubted given;
    given.says("¿Hola?");
    given.settle();
    given.answered("Hi");
    given.outcome(Accepted{"out-2"});
    given.lists("out-2", "Hi", start + 1s);
    EXPECT_EQ(names(given.settle()), "");
}

TEST(Settle, NotByTextWhileAnotherSendMayOwnTheMessage) {
    Doubted given;
    given.says("¿Hola?");
    given.settle();
    given.answered("Hi");
    given.lists("out-2", "Hi", start + 1s);
    EXPECT_EQ(names(given.settle()), "") << "it may be the one that is out";
    EXPECT_EQ(names(given.outcome(Accepted{"out-2"})), "SendAccepted");
    EXPECT_EQ(given.state.uncertain.size(), 1U);
}

TEST(Settle, LeavesTwoCandidatesToAPerson) {
    Doubted given;
    given.lists("out-1", "Hi", start + 1s);
    given.lists("out-2", "Hi", start + 2s);
    const auto doubt = the<SendUncertain>(given.settle());
    EXPECT_EQ(doubt.settle_by, conv::never);
    EXPECT_EQ(given.due().size(), 0U) << "nothing more is looked up";
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Settle, LeavesTwoAttemptsOfOneTextToAPerson) {
    Given given;
    given.reply("Hi", id(800'000));
    given.outcome(Uncertain{"reset"});
    given.reply("Hi", id(801'000));
    given.outcome(Uncertain{"reset"});
    given.happened(MessageSent{"out", {}, "Hi", "{}"});
    EXPECT_EQ(names(given.settle()), "SendUncertain SendUncertain");
    EXPECT_EQ(given.due().size(), 0U);
}

// ---- Absence ----------------------------------------------------------------------------------

TEST(Settle, SendsAgainFiveTimesAtMost) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.settings.max_answer_age_minutes = 60;
    for (int tries = 2; tries <= conv::send_tries_limit; ++tries) {
        given.now = given.state.uncertain.at(0).settle_by;
        given.looked_up();
        given.settle();
        given.attempt = given.sending().attempt;
        given.outcome(Uncertain{"reset"});
    }
    given.now = given.state.uncertain.at(0).settle_by;
    const auto settled = the<SendSettled>(given.looked_up());
    EXPECT_FALSE(settled.sent);
    EXPECT_EQ(settled.retry_at, std::nullopt);
}

TEST(Settle, SendsAgainThoughNothingReachedTheProviderForLong) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.settings.max_answer_age_minutes = 60;
    given.now = given.state.uncertain.at(0).settle_by;
    given.looked_up();
    given.settle();
    for (int i = 0; i < 5; ++i) {
        given.outcome(conv::Rejected{"connection refused", 0, true, {}});
        given.pass(60s);
    }
    given.attempt = given.sending().attempt;
    given.outcome(Uncertain{"reset"});
    given.now = given.state.uncertain.at(0).settle_by;
    EXPECT_NE(the<SendSettled>(given.looked_up()).retry_at, std::nullopt);
}

TEST(Settle, LeavesItToAPersonWhereTheListCannotBeRead) {
    Doubted given;
    given.now = given.settle_by + 1h - 1us;
    EXPECT_EQ(names(given.looked_up(Listed::unread)), "");
    given.now += 1us;
    EXPECT_EQ(the<SendUncertain>(given.looked_up(Listed::unread)).settle_by, conv::never);
}

// ---- A person ---------------------------------------------------------------------------------

TEST(Settle, ByAPersonWhoSawIt) {
    Doubted given(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    const auto settled =
        the<SendSettled>(given.when(Judge{{}, given.attempt, Verdict::sent, "Eva"}));
    EXPECT_TRUE(settled.sent);
    EXPECT_EQ(settled.evidence, "said by Eva");
    EXPECT_EQ(the<SendRequested>(given.settle()).part, 2) << "the reply goes on";
}

TEST(Settle, ByAPersonTakesTheMessageThatSaysTheSameForOurs) {
    Doubted given;
    given.lists("other", "otra cosa", start);
    given.lists("before", "Hi", start - 1min);
    given.lists("long before", "Hi", start - 1h);
    given.now = given.settle_by;
    EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never) << "which clock is it?";
    EXPECT_EQ(the<SendSettled>(given.when(Judge{{}, given.attempt, Verdict::sent, "Eva"})).wamid,
              "before");
    std::string persons;
    for (const auto& event : given.settle()) {
        if (const auto* wrote = std::get_if<PersonWrote>(&event)) persons += wrote->wamid + "; ";
    }
    EXPECT_EQ(persons, "other; long before; ");
}

TEST(Settle, ByAPersonWhoDidNotSeeIt) {
    Doubted given;
    EXPECT_FALSE(
        the<SendSettled>(given.when(Judge{{}, given.attempt, Verdict::not_sent, "Eva"})).sent);
    EXPECT_EQ(names(given.settle()), "");
}

TEST(Settle, ByAPersonWhoWantsItSentAgainHoweverOldItIs) {
    Doubted given;
    given.now += 3h;
    given.when(Judge{{}, given.attempt, Verdict::send_again, "Eva"});
    EXPECT_EQ(the<SendRequested>(given.settle()).try_number, 2);
}

/// Two replies say the same. Nobody knows what became of the first; the second is out.
struct Twins : Given {
    AttemptId first, second;
    Twins() {
        settings.uncertain_sends = "resend";
        happened(MessageReceived{.kind = Kind::text, .wamid = "in", .text = "Hola"});
        reply("Yes", id(810'000));
        first = sending().attempt;
        reply("Yes", id(820'000));
        settle();
        when(SendDone{{}, first, Uncertain{"reset"}});
        second = sending().attempt;
    }
    /// A person says that the first is out, by the one message that is known.
    void judge_first() {
        happened(MessageSent{"out", {}, "Yes", ""});
        EXPECT_EQ(the<SendSettled>(when(Judge{{}, first, Verdict::sent, "Eva"})).wamid, "out");
    }
};

/// The verdict on the one may have taken the other's message, whose absence proves nothing then.
TEST(Settle, NotByAbsenceWhereAVerdictMayHaveTakenTheMessage) {
    for (const bool ticked : {false, true}) {
        Twins given;
        given.judge_first();
        // As intake tells whose it is, by the log and not by our key.
        if (ticked) given.happened(MessageDelivered{"out", given.first});
        given.when(SendDone{{}, given.second, Uncertain{"reset"}});
        given.now += 1h;
        EXPECT_EQ(names(given.settle()), "") << "nobody's message is a person's";
        const auto said = given.when(LookedUp{{}, given.second, given.now, Listed::all});
        EXPECT_EQ(the<SendUncertain>(said).settle_by, conv::never);
        given.happened(MessageDelivered{"out", given.second});
        EXPECT_EQ(the<SendSettled>(given.settle()).wamid, "out") << "its own key says whose it is";
    }
}

/// That message was there before what is absent now.
TEST(Settle, ByAbsenceThoughAVerdictTookAnEarlierMessage) {
    Twins given;
    given.judge_first();
    given.outcome(Accepted{"out-2"});
    given.now += 2h;
    given.says("Hola");
    given.reply("Yes", id(830'000));
    given.settle();
    const auto third = given.sending().attempt;
    given.when(SendDone{{}, third, Uncertain{"reset"}});
    given.now += 1h;
    EXPECT_TRUE(the<SendSettled>(given.when(LookedUp{{}, third, given.now, Listed::all})).retry_at);
}

/// The list didn't show it, so that it was sent again, and then it was seen.
TEST(Settle, SendsNothingAThirdTimeWhereAnEarlierTryIsSeen) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.now += 5min;
    given.when(LookedUp{{}, given.attempt, given.now, Listed::all});
    EXPECT_EQ(the<SendRequested>(given.settle()).try_number, 2);
    given.happened(MessageDelivered{"out", given.attempt});
    EXPECT_EQ(the<SendAccepted>(given.outcome(conv::Rejected{"busy", 409, true, 1s})).wamid, "out");
    EXPECT_EQ(names(given.pass(1h)), "");
}

/// Whoever looked at the phone didn't see it yet.
TEST(Settle, NotByAVerdictOrALateAnswerAgainstTheOwnKey) {
    Doubted given;
    given.happened(MessageDelivered{"out", given.attempt});
    auto answered = given;
    EXPECT_TRUE(
        the<SendSettled>(given.when(Judge{{}, given.attempt, Verdict::not_sent, "Eva"})).sent);
    const SendDone late{{}, answered.attempt, conv::Rejected{"no", 400, false, {}}};
    EXPECT_TRUE(the<SendSettled>(answered.when(late)).sent);
}

TEST(Settle, ByTheLateAnswerToAnEarlierTry) {
    for (const conv::SendOutcome& second :
         {conv::SendOutcome(Uncertain{"reset"}),
          conv::SendOutcome(conv::Rejected{"busy", 409, true, 1s})}) {
        Doubted given;
        given.when(Judge{{}, given.attempt, Verdict::send_again, "Eva"});
        EXPECT_EQ(the<SendRequested>(given.settle()).try_number, 2);
        given.outcome(second);
        given.when(SendDone{{}, given.attempt, Accepted{"out"}});
        EXPECT_TRUE(given.state.uncertain.empty());
        EXPECT_TRUE(given.state.sends.empty());
        EXPECT_EQ(names(given.pass(1h)), "");
        EXPECT_TRUE(given.state.sends.empty());
    }
}

TEST(Settle, RefusesAVerdictOnWhatIsKnown) {
    Doubted given;
    given.when(Judge{{}, given.attempt, Verdict::sent, "Eva"});
    given.when(Judge{{}, given.attempt, Verdict::send_again, "Eva"});
    EXPECT_EQ(std::get<conv::Rejection>(given.last), conv::Rejection::not_uncertain);
    EXPECT_FALSE(given.sends());
}

TEST(SameText, PassesOverSpaces) {
    EXPECT_TRUE(conv::same_text("a b", " a  b\n"));
    EXPECT_TRUE(conv::same_text("", " "));
    EXPECT_FALSE(conv::same_text("a b", "a c"));
    EXPECT_FALSE(conv::same_text("a", "a b"));
    EXPECT_FALSE(conv::same_text("ab", "a"));
}

}  // namespace
