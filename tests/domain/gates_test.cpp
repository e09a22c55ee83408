#include "domain/gates.hpp"

#include <gtest/gtest.h>

#include "events/names.hpp"
#include "tests/support/given.hpp"

namespace {

using namespace testing_support;
using conv::Accepted;
using conv::closed_gate;
using conv::Rejected;

/// Closes the gates one by one, in the order in which they are asked.
using Close = void (*)(Given&);
struct Row {
    Silence reason;
    Close close;
};
const std::vector<Row> rows{
    {Silence::window_closed, [](Given& g) { g.state.wrote_at = g.now - 24h; }},
    {Silence::human_holds, [](Given& g) { g.happened(HoldStarted{conv::Time::max()}); }},
    {Silence::key_missing, [](Given& g) { g.providers_with_key = {"openai"}; }},
    {Silence::ai_off, [](Given& g) { g.settings.ai_enabled = false; }},
    {Silence::chatbot_off, [](Given& g) { g.settings.chatbot_enabled = false; }},
    {Silence::group, [](Given& g) { g.state.group = "group"; }},
};

TEST(Gates, AreOpenForAConversationThatMayBeAnswered) {
    Given given;
    EXPECT_EQ(closed_gate(given.state, given.here(), {}), std::nullopt);
}

TEST(Gates, CloseEachForItsOwnReason) {
    for (const auto& row : rows) {
        Given given;
        const auto message = given.says("Hola");
        row.close(given);
        const auto said = given.settle();
        ASSERT_EQ(names(said), "ReplySuppressed") << name_of(row.reason);
        EXPECT_EQ(the<ReplySuppressed>(said).reason, row.reason);
        EXPECT_EQ(the<ReplySuppressed>(said).answers, std::vector<EventId>{message});
        EXPECT_FALSE(given.wake_at() && *given.wake_at() <= given.now);
    }
}

// ---- How old a message may be -----------------------------------------------------------------

TEST(Gates, LeaveAnOldMessageToPeople) {
    Given given;
    given.happened(MessageReceived{.source = Source::backfill, .text = "Hola"}, start - 1h);
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::stale);
    given.happened(MessageReceived{.source = Source::backfill, .text = "¿Hola?"}, start - 15min);
    EXPECT_EQ(names(given.settle()), "ReplyRequested") << "fifteen minutes are not too old";
}

/// Recorded time goes on from where the clock was wrong, for as long as it was.
TEST(Gates, DontTakeAMessageForOldBecauseTheClockWasAheadOnce) {
    Given given;
    given.now = start + 1h;
    given.wall = start;
    given.happened(MessageReceived{.text = "Hola"}, start - 1min);
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
    Given later;
    later.now = later.wall = start + 1h;
    later.happened(MessageReceived{.source = Source::backfill, .text = "Hola"}, start - 1min);
    EXPECT_EQ(the<ReplySuppressed>(later.settle()).reason, Silence::stale);
}

TEST(Gates, GoByTheNewestOfABurst) {
    Given given;
    given.happened(MessageReceived{.source = Source::backfill, .text = "Hola"}, start - 1h);
    given.says("¿Hola?");
    EXPECT_EQ(the<ReplyRequested>(given.settle()).asks.size(), 2U);
}

TEST(Gates, StopAnAnswerThatTookTooLong) {
    Given given;
    given.settings.max_answer_age_minutes = 5;
    given.says("Hola");
    given.settle();
    given.now += 5min + 1us;
    EXPECT_EQ(the<ReplySuppressed>(given.answered("Hi")).reason, Silence::stale);
}

TEST(Gates, StopARetryThatIsTooLate) {
    Given given;
    given.settings.max_answer_age_minutes = 1;
    given.says("Hola");
    given.settle();
    given.answered("Hi");
    given.outcome(Rejected{"busy", 429, true, 61s});
    EXPECT_EQ(names(given.pass(61s)), "SendRejected");
}

TEST(Gates, LetLaterPartsFollowHoweverOldTheNewMessagesAre) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.happened(MessageReceived{.source = Source::backfill, .text = "old"}, start - 1h);
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted SendRequested");
}

TEST(Gates, OpenTheWindowForADayAfterEachMessage) {
    Given given;
    given.says("Hola");
    EXPECT_FALSE(conv::window_is_closed(given.state, start + 24h - 1us));
    EXPECT_TRUE(conv::window_is_closed(given.state, start + 24h));
    given.happened(MessageReceived{.source = Source::backfill, .text = "earlier"}, start - 2h);
    EXPECT_FALSE(conv::window_is_closed(given.state, start + 24h - 1us)) << "it never shrinks";
}

TEST(Gates, RefuseAPersonsReplyAfterTheWindow) {
    Given given;
    given.says("Hola");
    given.settle();
    given.now += 24h;
    EXPECT_TRUE(given.reply("Buenos días").empty());
    EXPECT_EQ(std::get<conv::Rejection>(given.last), conv::Rejection::window_closed);
}

TEST(Gates, LeaveTheWindowToTheProviderWhereNobodyWroteYet) {
    Given given;
    EXPECT_EQ(names(given.reply("Buenos días")), "PersonWrote SendRequested");
}

TEST(Gates, NameTheFirstThatIsClosed) {
    Given given;
    for (const auto& row : rows) {  // from the last to the first
        row.close(given);
        EXPECT_EQ(closed_gate(given.state, given.here(), {}), row.reason);
    }
}

TEST(Gates, CloseForUnsupportedKindsToo) {
    for (const auto& row : rows) {
        Given given;
        given.says("[unsupported]", Kind::unsupported);
        row.close(given);
        EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, row.reason);
    }
}

TEST(Gates, AreAskedAgainWhenTheTurnIsPrepared) {
    for (const auto& row : rows) {
        Given given;
        given.says("Hola");
        given.wake();
        row.close(given);
        const auto said = given.when(conv::Prepared{});
        ASSERT_EQ(names(said), "ReplySuppressed") << name_of(row.reason);
        EXPECT_EQ(the<ReplySuppressed>(said).reason, row.reason);
    }
}

TEST(Gates, AreAskedAgainWhenTheAnswerIsThere) {
    for (const auto& row : rows) {
        Given given;
        const auto message = given.says("Hola");
        given.settle();
        row.close(given);
        const auto said = given.answered("Hi");
        ASSERT_EQ(names(said), "ReplyGenerated ReplySuppressed") << name_of(row.reason);
        EXPECT_EQ(the<ReplySuppressed>(said).reason, row.reason);
        EXPECT_EQ(the<ReplySuppressed>(said).answers, std::vector<EventId>{message});
        EXPECT_EQ(names(given.settle()), "");
    }
}

TEST(Gates, AreAskedAgainBeforeEachPart) {
    for (const auto& row : rows) {
        Given given;
        given.says("Hola");
        given.settle();
        given.answered(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
        row.close(given);
        const auto said = given.outcome(Accepted{"out-1"});
        ASSERT_EQ(names(said), "SendAccepted ReplySuppressed") << name_of(row.reason);
        EXPECT_TRUE(the<ReplySuppressed>(said).answers.empty()) << "the first part closed them";
        EXPECT_FALSE(given.sends());
        EXPECT_FALSE(given.state.rest);
    }
}

TEST(Gates, AreAskedAgainBeforeARejectedPartIsTriedAgain) {
    for (const auto& row : rows) {
        Given given;
        given.says("Hola");
        given.settle();
        given.answered("Hi");
        given.outcome(Rejected{"busy", 429, true, {}});
        row.close(given);
        const auto said = given.pass(10s);
        ASSERT_EQ(names(said), "SendRejected") << name_of(row.reason);
        EXPECT_FALSE(the<SendRejected>(said).retry_at);
        EXPECT_EQ(given.due().size(), 0u);
    }
}

TEST(Gates, StopNoPerson) {
    Given given;
    for (const auto& row : rows) {
        if (row.reason != Silence::group && row.reason != Silence::window_closed) row.close(given);
    }
    given.reply(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.outcome(Rejected{"busy", 429, true, {}});
    EXPECT_EQ(names(given.pass(1s)), "SendRequested");
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted");
    EXPECT_TRUE(given.sends()) << "the second part";
}

TEST(Gates, StopAPartAfterAPersonWroteWhileTheOneBeforeWasOut) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.happened(MessageSent{"theirs", {}, "Soy Eva, le ayudo yo.", "{}"});
    EXPECT_EQ(names(given.settle()), "") << "it may be the part that is out";
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})),
              "SendAccepted PersonWrote HoldStarted ReplySuppressed");
}

TEST(Gates, StopAnAnswerWhereAPersonWroteInTheSameMoment) {
    Given given;
    given.says("Hola");
    given.settle();
    given.happened(MessageSent{"theirs", {}, "Soy Eva, le ayudo yo.", "{}"});
    EXPECT_EQ(the<ReplySuppressed>(given.answered("Hi")).reason, Silence::human_holds);
    EXPECT_EQ(names(given.settle()), "PersonWrote HoldStarted");
}

TEST(SilentKind, IsReactionAndSystemAlone) {
    for (int k = 0; k < 14; ++k) {
        const auto kind = static_cast<Kind>(k);
        const auto expected = kind == Kind::reaction ? std::optional(Silence::reaction)
                              : kind == Kind::system ? std::optional(Silence::system)
                                                     : std::nullopt;
        EXPECT_EQ(conv::silent_kind(kind), expected) << k;
    }
}

}  // namespace
