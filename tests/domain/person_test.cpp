#include <gtest/gtest.h>

#include "domain/next_step.hpp"
#include "events/fact_id.hpp"
#include "tests/support/given.hpp"

namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Rejected;
using conv::Rejection;
using conv::Reply;
using conv::SendDone;
using conv::Uncertain;

// ---- A reply through Hilo ---------------------------------------------------------------------

TEST(PersonsReply, AnswersEverythingThatIsOpen) {
    Given given;
    const auto one = given.says("Hola"), two = given.says("👍", Kind::reaction);
    const auto said = given.reply("Soy Eva");
    EXPECT_EQ(names(said), "PersonWrote SendRequested");
    const auto wrote = the<PersonWrote>(said);
    EXPECT_EQ(wrote.turn, id(800'000));
    EXPECT_EQ(wrote.author, "Eva");
    EXPECT_EQ(wrote.via, Via::api);
    const auto intent = the<SendRequested>(said);
    EXPECT_EQ(intent.turn, id(800'000));
    EXPECT_EQ(intent.answers, (std::vector<EventId>{one, two}));
    EXPECT_EQ(intent.author, "Eva");
    EXPECT_TRUE(given.sends());
    EXPECT_EQ(names(given.settle()), "HoldStarted");
}

TEST(PersonsReply, OfManyPartsIsCommittedWhole) {
    Given given;
    given.says("Hola");
    const auto said = given.reply(std::string(4'000, 'a') + "\n" + std::string(4'000, 'b'));
    ASSERT_EQ(names(said), "PersonWrote SendRequested SendRequested");
    EXPECT_EQ(std::get<SendRequested>(said[1]).answers.size(), 1u);
    EXPECT_TRUE(std::get<SendRequested>(said[2]).answers.empty());
    EXPECT_EQ(given.due().size(), 1u);
    EXPECT_EQ(given.outcome(Accepted{"out-1"}).size(), 2u);
    EXPECT_EQ(given.sending().text, std::string(4'000, 'b'));
}

std::vector<std::pair<EventId, std::string>> ids_and_prints(const conv::Decision& decision) {
    std::vector<std::pair<EventId, std::string>> out;
    for (const auto& event : std::get<conv::Events>(decision)) {
        out.emplace_back(event.id, normalised(event.body, event.occurred));
    }
    return out;
}

TEST(PersonsReply, IsTheSameEventsWhenItIsAskedForAgain) {
    Given given;
    const Reply reply{{}, id(800'000), Via::api, std::string(5'000, 'a'), "Eva"};
    const auto before = ids_and_prints(given.deciding(reply));
    given.when(reply);
    given.says("something new");
    given.now += 1h;
    given.me = id(900'002);
    EXPECT_EQ(ids_and_prints(given.deciding(reply)), before);
    auto other = reply;
    other.text += "b";
    EXPECT_NE(ids_and_prints(given.deciding(other)), before);
}

TEST(PersonsReply, IsRefusedWhereItCantBeSent) {
    Given given;
    const auto why = [](Given& g, const std::string& text) {
        g.reply(text);
        return std::get<Rejection>(g.last);
    };
    EXPECT_EQ(why(given, ""), Rejection::nothing_to_say);
    EXPECT_EQ(why(given, " \n\t"), Rejection::nothing_to_say);
    EXPECT_EQ(why(given, std::string(10 * 4'096 + 1, 'a')), Rejection::too_long);
    Given nobody(ConversationOpened{"line", "", "", "", ""});
    EXPECT_EQ(why(nobody, "Hola"), Rejection::no_address);
    Given group(ConversationOpened{"line", "", "", "group", ""});
    group.happened(MessageReceived{.phone = "5215550000000", .group = "group"});
    EXPECT_EQ(why(group, "Hola"), Rejection::no_address) << "it is no one person's";
    EXPECT_TRUE(given.state.sends.empty());
}

TEST(PersonsReply, IsTakenInALinkedConversationToo) {
    Given given;
    given.happened(ConversationLinked{id(2)});
    EXPECT_EQ(names(given.reply("Hola")), "PersonWrote SendRequested");
}

TEST(PersonsReply, FitsInTenParts) {
    Given given;
    EXPECT_EQ(given.reply(std::string(10 * 4'096, 'a')).size(), 11u);
}

TEST(PersonsReply, IsRefusedWhereTooManyWait) {
    Given given;
    std::uint64_t count = 0;
    while (!given.reply("Hola", id(800'000 + 100 * count)).empty()) ++count;
    EXPECT_EQ(std::get<Rejection>(given.last), Rejection::busy);
    EXPECT_EQ(count, conv::sends_limit);
    given.outcome(Accepted{"out"});
    EXPECT_EQ(given.reply("Hola", id(700'000)).size(), 2u);
}

TEST(PersonsReply, ThatWaitsAlreadyIsTheSameEventsHoweverManyWait) {
    Given given;
    std::uint64_t count = 0;
    while (!given.reply("Hola", id(800'000 + 100 * count)).empty()) ++count;
    const Reply again{{}, id(800'000), Via::api, "Hola", "Eva"};
    EXPECT_TRUE(std::holds_alternative<conv::Events>(given.deciding(again)));
}

TEST(PersonsReply, CancelsWhatAModelIsAsked) {
    Given given;
    given.says("Hola");
    given.settle();
    const auto turn = given.state.asked->turn;
    given.reply("Soy Eva");
    EXPECT_FALSE(given.asks());
    EXPECT_EQ(names(given.when(conv::Generated{{}, turn, {"p", "m", "too late"}})), "");
    EXPECT_EQ(names(given.when(conv::NotGenerated{{}, turn, {}})), "");
}

TEST(PersonsReply, EndsTheMachinesReplyBehindThePartThatIsOut) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.reply("Soy Eva");
    EXPECT_EQ(given.sending().text, std::string(4'000, 'a'));
    given.outcome(Accepted{"out-1"});
    EXPECT_EQ(given.sending().text, "Soy Eva");
    EXPECT_EQ(the<ReplySuppressed>(given.outcome(Accepted{"out-2"})).reason, Silence::human_holds);
    EXPECT_EQ(given.due().size(), 0u);
}

TEST(PersonsReply, IsNeverTakenForTheMachines) {
    for (const auto* author : {"ai", "system"}) {
        Given given;
        EXPECT_EQ(the<SendRequested>(given.reply("Hola", id(800'000), author)).author, "person");
        given.outcome(Rejected{"busy", 409, true, {}});
        EXPECT_EQ(names(given.pass(1s)), "SendRequested") << "no gate stops a person";
    }
}

// ---- Strangers --------------------------------------------------------------------------------

const MessageSent theirs{"theirs", {}, "Soy Eva", "{\"raw\":1}"};

TEST(Stranger, IsAPersonAtOnceWhereNothingIsOut) {
    Given given;
    given.happened(theirs, start - 5s);
    EXPECT_LE(given.wake_at(), start);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "PersonWrote HoldStarted");
    const auto wrote = the<PersonWrote>(said);
    EXPECT_EQ(wrote.via, Via::inbox);
    EXPECT_EQ(wrote.wamid, "theirs");
    EXPECT_EQ(wrote.text, "Soy Eva");
    EXPECT_EQ(wrote.raw, "{\"raw\":1}");
    EXPECT_EQ(given.log[2].clear.occurred, start - 5s);
    EXPECT_EQ(given.log[2].clear.id, fact_id("line", Direction::out, "theirs", "named PersonWrote"))
        << "as intake would name it";
    EXPECT_EQ(given.state.said.at(0).text, "Soy Eva");
}

TEST(Stranger, KeepsItsTimeHoweverLateItIsSaid) {
    Given given;
    given.reply("Hola");
    given.settle();
    given.happened(theirs, start - 5s);
    given.now += 24h * 40;
    given.outcome(Uncertain{"no outcome in time"});
    EXPECT_EQ(given.state.said.back().at, start - 5s) << "the log's own time must not matter";
    EXPECT_FALSE(given.state.hold_until) << "that hold is over";
}

TEST(Stranger, IsOurOwnWhereTheAnswerSaysSo) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered("Hi");
    given.happened(MessageSent{"ours", {}, "Hi", ""});
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_EQ(names(given.outcome(Accepted{"ours"})), "SendAccepted");
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Stranger, IsAPersonAfterTheOutcomeOfAnotherSend) {
    const std::vector<conv::SendOutcome> outcomes{Accepted{"ours"}, Rejected{"busy", 409, true, {}},
                                                  Rejected{"no", 400, false, {}},
                                                  Uncertain{"reset"}};
    for (const auto& outcome : outcomes) {
        Given given;
        given.says("Hola");
        given.settle();
        given.answered("Hi");
        given.happened(theirs);
        EXPECT_EQ(names(given.settle()), "");
        EXPECT_EQ(the<PersonWrote>(given.outcome(outcome)).wamid, "theirs") << outcome.index();
    }
}

TEST(Stranger, ThatSaysWhatAnUncertainPartSaidIsNobodyYet) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered("Hi");
    const auto attempt = given.sending().attempt;
    given.outcome(Uncertain{"reset"});
    given.happened(MessageSent{"ours?", {}, "Hi", ""});
    given.happened(MessageSent{"or ours?", {}, "Hi", ""});
    EXPECT_EQ(names(given.settle()), "SendUncertain") << "two candidates";
    EXPECT_EQ(given.wake_at(), std::nullopt);
    EXPECT_EQ(names(given.settle()), "");
    given.says("¿Hola?");
    EXPECT_EQ(names(given.settle()), "ReplyRequested") << "nobody holds";
    given.when(SendDone{{}, attempt, Rejected{"no", 400, false, {}}});
    EXPECT_EQ(names(given.settle()), "PersonWrote PersonWrote HoldStarted ReplySuppressed")
        << "so none was ours";
}

TEST(Stranger, IsNoOneWhoseMessageIsKnown) {
    Given given;
    given.happened(PersonWrote{.wamid = "theirs", .text = "Soy Eva"});
    given.settle();
    given.happened(theirs);
    given.happened(MessageSent{"echoed", id(4), "Hi", ""});
    given.happened(MessageSent{"echoed", {}, "Hi", ""});
    given.happened(MessageDelivered{"delivered", id(5)});
    given.happened(MessageSent{"delivered", {}, "Hi", ""});
    given.happened(MessageSent{"no text", {}, "", ""});
    given.happened(MessageSent{"", {}, "no id", ""});
    EXPECT_TRUE(given.state.strangers.empty());
    EXPECT_EQ(names(given.settle()), "");
}

TEST(Stranger, IsForgottenNoSoonerForManyReportsOfOneMessage) {
    Given given;
    for (int i = 0; i < 100; ++i) given.happened(MessageRead{"ours", id(4)});
    EXPECT_EQ(given.state.known.size(), 1u);
}

TEST(Stranger, IsSaidOnceHoweverOftenItIsTold) {
    Given given;
    given.happened(theirs);
    given.happened(theirs);
    EXPECT_EQ(names(given.settle()), "PersonWrote HoldStarted");
    given.happened(theirs);
    EXPECT_EQ(names(given.settle()), "");
}

TEST(Stranger, ThatIntakeNamesFirstIsNotSaidAgain) {
    Given given;
    given.happened(theirs);
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "theirs", .text = "Soy Eva"});
    EXPECT_EQ(names(given.settle()), "HoldStarted");
}

// ---- Holds ------------------------------------------------------------------------------------

TEST(Hold, StartsWithAPersonAndEndsAfterTheSetTime) {
    Given given;
    given.settings.hold_minutes = 10;
    given.happened(PersonWrote{.wamid = "w", .text = "Soy Eva"}, start - 1min);
    EXPECT_LE(given.wake_at(), start);
    EXPECT_EQ(the<HoldStarted>(given.settle()).until, start + 9min);
    EXPECT_EQ(given.wake_at(), start + 9min);
    given.says("Gracias");
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::human_holds);
    EXPECT_EQ(names(given.pass(9min - 1us)), "");
    EXPECT_EQ(names(given.pass(1us)), "HoldEnded");
    given.says("¿Y mañana?");
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
}

TEST(Hold, NeverEndsWhereTheSettingIsZero) {
    Given given;
    given.settings.hold_minutes = 0;
    given.happened(PersonWrote{.wamid = "w"});
    EXPECT_EQ(the<HoldStarted>(given.settle()).until, conv::never);
    EXPECT_EQ(given.wake_at(), std::nullopt);
    EXPECT_EQ(names(given.pass(87'600h)), "");
    given.says("Hola");
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::human_holds);
}

TEST(Hold, IsProlongedByTheNextMessage) {
    Given given;
    given.happened(PersonWrote{.wamid = "a"});
    given.settle();
    given.now += 1h;
    given.happened(PersonWrote{.wamid = "b"});
    EXPECT_EQ(the<HoldStarted>(given.settle()).until, start + 3h);
}

TEST(Hold, IsNotShortenedByWhatIsToldLate) {
    Given given;
    given.happened(PersonWrote{.wamid = "a"});
    given.settle();
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "b"}, start - 48h);
    EXPECT_EQ(the<HoldStarted>(given.settle()).until, start + 2h);
}

TEST(Hold, WithoutAnEndIsNotEndedByWhatIsToldLate) {
    for (const bool told : {true, false}) {
        Given given;
        given.settings.hold_minutes = 0;
        if (told) {
            given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"});
        } else {
            given.reply("I am on it");
        }
        EXPECT_EQ(the<HoldStarted>(given.settle()).until, conv::never);
        given.settings.hold_minutes = 120;
        given.happened(PersonWrote{.via = Via::phone_app, .source = Source::backfill, .wamid = "q"},
                       start - 72h);
        EXPECT_EQ(the<HoldStarted>(given.settle()).until, told ? start + 2h : conv::never);
    }
}

/// The machine's clock was an hour ahead, and the log's time is; the provider's never was.
TEST(Hold, LastsByTheLogsTime) {
    for (const bool told : {true, false}) {
        Given given;
        given.settings.hold_minutes = 30;
        given.now = start + 1h;
        given.wall = start;
        if (told) {
            given.happened(PersonWrote{.via = Via::phone_app, .wamid = "p"}, start);
        } else {
            given.reply("I am on it");
        }
        EXPECT_EQ(the<HoldStarted>(given.settle()).until, start + 90min);
    }
}

/// Its time is of our clock, and no measure for what customers say by the provider's.
TEST(Hold, KnowsAReplyThroughHiloThoughItsKeyIsGone) {
    Given given;
    given.append({id(9), PersonWrote{}, given.now, id(8), {}, When::always});
    EXPECT_TRUE(given.state.person_at);
    EXPECT_FALSE(given.state.person_told);
}

/// Both are in the log before anybody looks.
TEST(Hold, BeginsWithWhoWroteLastWhicheverIsToldFirst) {
    Given given;
    given.happened(PersonWrote{.wamid = "a"});
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "b"}, start - 48h);
    EXPECT_EQ(the<HoldStarted>(given.settle()).until, start + 2h);
}

TEST(Hold, BeginsWithTheOneThatIsNamedWhileAnOlderOneIsKnown) {
    Given given;
    given.happened(PersonWrote{.source = Source::backfill, .wamid = "b"}, start - 48h);
    given.happened(MessageSent{"c", {}, "Soy Eva", ""});
    const auto said = given.settle();
    EXPECT_EQ(names(said), "PersonWrote HoldStarted");
    EXPECT_EQ(the<HoldStarted>(said).until, start + 2h);
}

TEST(Hold, ComesFromNoHistory) {
    Given given;
    given.happened(PersonWrote{.source = Source::history, .wamid = "w", .text = "old"}, start - 1h);
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_EQ(given.state.said.size(), 1u);
}

TEST(Hold, ClosesTheGateBeforeItIsSaid) {
    Given given;
    given.says("Hola");
    given.settle();
    given.happened(PersonWrote{.wamid = "w"});
    EXPECT_EQ(the<ReplySuppressed>(given.answered("Hi")).reason, Silence::human_holds);
}

TEST(PersonsMessage, IsTakenOnceThoughItIsToldInTwoWays) {
    Given given;
    given.happened(MessageSent{.wamid = "theirs", .text = "Ya voy"});
    EXPECT_EQ(names(given.settle()), "PersonWrote HoldStarted");
    const auto lines = given.state.said.size();
    given.happened(PersonWrote{.via = Via::phone_app, .wamid = "theirs", .text = "Ya voy"});
    EXPECT_EQ(given.state.said.size(), lines);
    EXPECT_EQ(names(given.settle()), "") << "one hold is enough";
}

}  // namespace
