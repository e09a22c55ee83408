#include <gtest/gtest.h>

#include "domain/next_step.hpp"
#include "tests/domain/doubted.hpp"

/// What the provider's list must be for a send that it doesn't show to be known not to be out.
namespace {

using namespace testing_domain;
using conv::Listed;
using conv::LookedUp;
using conv::LookUp;
using conv::Uncertain;

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

}  // namespace
