#include <gtest/gtest.h>

#include "domain/evidence.hpp"
#include "domain/next_step.hpp"
#include "tests/support/given.hpp"

/// What becomes of a send that nobody saw the end of.
namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Judge;
using conv::Listed;
using conv::LookedUp;
using conv::LookUp;
using conv::Rejected;
using conv::SendDone;
using conv::Uncertain;
using conv::Verdict;

struct Doubted : Given {
    AttemptId attempt;
    Time settle_by;

    explicit Doubted(const std::string& text = "Hi") {
        says("Hola");
        settle();
        answered(text);
        attempt = sending().attempt;
        settle_by = the<SendUncertain>(outcome(Uncertain{"reset"})).settle_by;
    }
    /// The provider's list was read to its end now.
    std::vector<ConversationEvent> looked_up(Listed listed = Listed::all) {
        return when(LookedUp{{}, attempt, now, listed});
    }
    void lists(const std::string& wamid, const std::string& text, Time at) {
        happened(MessageSent{wamid, {}, text, "{}"}, at);
    }
};

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

TEST(Settle, NotByTheAbsenceOfWhatAnyMessageSaysHoweverOldItSeems) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.lists("by a clock that was ahead", "Hi", start - 30h);
    given.now = given.settle_by;
    EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never);
}

TEST(Settle, NotByAbsenceWhereAStatusTellsOfAMessageThatTheListDoesntShow) {
    for (const auto& status :
         {ConversationEvent(MessageSent{"it", {}, "", ""}),
          ConversationEvent(MessageSent{"it", {}, "", "without a body"}),
          ConversationEvent(MessageDelivered{"it", {}}), ConversationEvent(MessageRead{"it", {}}),
          ConversationEvent(MessageFailed{"it", {}, 1, "no"})}) {
        Doubted given;
        given.settings.uncertain_sends = "resend";
        given.happened(status);
        EXPECT_EQ(names(given.settle()), "") << "nor is it taken for a person's";
        given.now = given.settle_by;
        EXPECT_EQ(names(given.looked_up()), "") << "the next list may tell whose it is";
        given.now += 1h;
        EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never);
    }
}

TEST(Settle, ByAbsenceWhereItIsKnownWhoseMessageAStatusTellsOf) {
    Given given;
    given.settings.uncertain_sends = "resend";
    given.happened(MessageReceived{.source = Source::history, .wamid = "in", .text = "Hola"});
    given.happened(MessageDelivered{"long ago", {}});
    given.reply("Hi", id(800'000));
    const auto doubt = the<SendUncertain>(given.outcome(Uncertain{"reset"}));
    given.happened(MessageSent{"a picture", {}, "", ""});
    given.happened(MessageSent{"a picture", {}, "[image]", "{}"});
    given.happened(MessageDelivered{"a picture", {}});
    given.happened(MessageSent{"a text", {}, "", ""});
    given.happened(MessageSent{"a text", {}, "otra cosa", "{}"});
    given.happened(MessageRead{"a text", {}});
    given.happened(MessageSent{"theirs", {}, "", ""});
    given.happened(PersonWrote{.wamid = "theirs", .text = "Ya voy"});
    given.settle();
    given.now = doubt.settle_by;
    const auto settled =
        the<SendSettled>(given.when(LookedUp{{}, doubt.attempt, given.now, Listed::all}));
    EXPECT_FALSE(settled.sent);
    EXPECT_TRUE(settled.retry_at);
}

/// However wrong our clock was at the intent, and whatever it is now.
TEST(Settle, ByAListThatBeginsBeforeWhatTheCustomerHadWrittenByTheProvidersClock) {
    for (const auto ahead : {std::chrono::hours(2), std::chrono::hours(24 * 400)}) {
        Given given;
        given.settings.max_answer_age_minutes = 300;
        given.happened(MessageReceived{.wamid = "in", .text = "Hola"}, start - ahead);
        given.happened(MessageReceived{.wamid = "2", .text = "without a time"}, Time{});
        given.settle();
        given.answered("Hi");
        given.outcome(Uncertain{"reset"});
        const auto look = std::get<LookUp>(given.due().at(0));
        EXPECT_EQ(look.at, start);
        EXPECT_EQ(look.since, start - ahead - conv::clock_error);
    }
}

TEST(Settle, NotByAbsenceWhereOurClockAloneTellsWhenItWasSent) {
    for (const auto& before : {ConversationEvent(PersonWrote{.wamid = "1", .text = "Ya voy"}),
                               ConversationEvent(MessageReceived{.wamid = "1", .text = "Hola"})}) {
        Given given;
        given.settings.uncertain_sends = "resend";
        given.happened(before, Time{});
        given.reply("Hi", id(800'000));
        const auto doubt = the<SendUncertain>(given.outcome(Uncertain{"reset"}));
        given.now = doubt.settle_by;
        const auto told = given.when(LookedUp{{}, doubt.attempt, given.now, Listed::all});
        EXPECT_EQ(the<SendUncertain>(told).settle_by, conv::never);
    }
}

/// After a downtime of hours, say: then the list is looked at anew for as long as ever.
TEST(Settle, LooksAgainWhereItIsTooEarlyHoweverLateItIs) {
    Doubted given;
    given.now = given.settle_by + 5h;
    EXPECT_EQ(names(given.looked_up(Listed::early)), "");
    EXPECT_EQ(given.due().size(), 1U);
    EXPECT_EQ(the<SendUncertain>(given.looked_up(Listed::unread)).settle_by, conv::never);
}

TEST(Settle, NotByAbsenceWhereThePersonHasAnotherConversation) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.happened(ConversationLinked{id(77)});
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

TEST(Settle, ByAbsenceOnlyOnceItProvesSomething) {
    Doubted given;
    EXPECT_EQ(given.settle_by, start + conv::send_deadline + 70s);
    given.now = given.settle_by - 1us;
    EXPECT_EQ(names(given.looked_up()), "");
    const auto began = given.now;
    given.now = given.settle_by + 1s;
    EXPECT_EQ(names(given.when(LookedUp{{}, given.attempt, began, Listed::all})), "")
        << "what was read before says nothing about what came after";
    EXPECT_EQ(names(given.looked_up(Listed::unread)), "") << "the list ended early";
    EXPECT_EQ(names(given.looked_up()), "SendUncertain");
}

TEST(Settle, LeavesAbsenceToAPersonUnlessTheSettingSaysOtherwise) {
    Doubted given;
    given.now = given.settle_by;
    const auto said = given.looked_up();
    EXPECT_EQ(the<SendUncertain>(said).settle_by, conv::never);
    EXPECT_EQ(given.due().size(), 0U);
    EXPECT_EQ(names(given.pass(1000h)), "");
}

TEST(Settle, SendsAgainByAbsenceWhereTheSettingSaysSo) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.now = given.settle_by;
    EXPECT_EQ(names(given.looked_up()), "SendSettled");
    const auto again = the<SendRequested>(given.settle());
    EXPECT_EQ(again.try_number, 2);
    EXPECT_EQ(again.text, "Hi");
    EXPECT_TRUE(again.answers.empty());
    EXPECT_TRUE(given.sends());
}

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

TEST(Settle, GivesUpByAbsenceWhereTheSettingSaysSo) {
    Doubted given(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.settings.uncertain_sends = "give_up";
    given.now = given.settle_by;
    EXPECT_FALSE(the<SendSettled>(given.looked_up()).sent);
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_FALSE(given.state.rest) << "the later part is not sent either";
}

TEST(Settle, NotByAbsenceWhereAMessageMayBeIt) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.says("¿Hola?");
    given.settle();
    given.answered("otra");
    given.lists("out", "Hi", start + 1s);
    given.now = given.settle_by;
    EXPECT_EQ(names(given.looked_up()), "") << "another send is out, which may own it";
}

/// The clock that dated the intent may have been ahead of the provider's.
TEST(Settle, NotByAbsenceWhereAnEarlierMessageSaysTheSame) {
    Doubted given;
    given.settings.uncertain_sends = "resend";
    given.lists("out-1", "Hi", start - conv::clock_error);
    given.now = given.settle_by;
    EXPECT_EQ(the<SendUncertain>(given.looked_up()).settle_by, conv::never);
    EXPECT_EQ(given.due().size(), 0U);
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
