#include <gtest/gtest.h>

#include "domain/next_step.hpp"
#include "tests/support/given.hpp"

namespace {

using namespace testing_support;
using conv::Accepted;
using Ids = std::vector<EventId>;

TEST(Turn, IsNotOpenedByHistoryStatusesOrEchoes) {
    Given given;
    given.happened(MessageReceived{.source = Source::history, .text = "old"});
    given.happened(PersonWrote{.source = Source::history, .wamid = "a", .text = "old answer"});
    given.happened(MessageSent{"b", id(4), "text", ""});
    given.happened(MessageDelivered{"b", {}});
    given.happened(MessageRead{"b", {}});
    given.happened(MessagePlayed{"b", {}});
    given.happened(MessageFailed{"b", {}, 131047, ""});
    EXPECT_EQ(given.wake_at(), std::nullopt);
    EXPECT_EQ(names(given.settle()), "");
}

TEST(Turn, IsOpenedByABackfill) {
    Given given;
    given.happened(MessageReceived{.source = Source::backfill, .text = "missed"}, start - 10min);
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
}

/// Both are told late, by a backfill, when the hold that it began is over.
TEST(Turn, IsNotOpenedByWhatAPersonSawThoughTheHoldIsOver) {
    Given given;
    given.settings.hold_minutes = 5;
    const auto seen = given.happened(
        MessageReceived{.source = Source::backfill, .wamid = "in", .text = "old"}, start - 12min);
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "a", .text = "answer"},
                   start - 10min);
    const auto suppressed = the<ReplySuppressed>(given.settle());
    EXPECT_EQ(suppressed.reason, Silence::human_holds);
    EXPECT_EQ(suppressed.answers, std::vector<EventId>{seen});
    given.says("¿Y mañana?");
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
}

TEST(Turn, OfALinkedConversationIsFinished) {
    Given given;
    given.says("Hola");
    given.settle();
    given.happened(ConversationLinked{id(2)});
    EXPECT_EQ(names(given.answered("Hi")), "ReplyGenerated SendRequested");
    EXPECT_EQ(given.state.linked, id(2));
    EXPECT_EQ(names(given.outcome(Accepted{"out"})), "SendAccepted");
}

// ---- Kinds ------------------------------------------------------------------------------------

TEST(Turn, PassesOverReactionsAndSystemNotesAtOnce) {
    Given given;
    given.settings.debounce_seconds = 60;
    given.settings.chatbot_enabled = false;
    const auto reaction = given.says("👍", Kind::reaction),
               another = given.says("❤", Kind::reaction);
    const auto note = given.says("changed number", Kind::system);
    EXPECT_LE(given.wake_at(), start);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed ReplySuppressed");
    EXPECT_EQ(std::get<ReplySuppressed>(said[0]).answers, (Ids{reaction, another}));
    EXPECT_EQ(std::get<ReplySuppressed>(said[0]).reason, Silence::reaction);
    EXPECT_EQ(std::get<ReplySuppressed>(said[1]).answers, Ids{note});
    EXPECT_EQ(std::get<ReplySuppressed>(said[1]).reason, Silence::system);
    EXPECT_TRUE(given.state.said.empty()) << "nobody is shown a reaction as a text";
}

}  // namespace
