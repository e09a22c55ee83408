#include "projections/message.hpp"

#include <gtest/gtest.h>

#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

namespace {

using namespace testing_projections;
using domain::Delivery;

const auto stream = id(1);
const auto turn = id(77);

struct Told : History {
    Told() { open(stream); }

    MemoryViews views() const {
        MemoryViews views;
        follow(events, views, *projection_named("messages"));
        return views;
    }
    std::vector<Message> messages() const { return views().all<Message>(); }
    /// Of the only agent's row.
    Message reply() const {
        for (const auto& one : messages()) {
            if (one.sender == Sender::agent) return one;
        }
        throw std::runtime_error("no agent's row");
    }
};

TEST(Messages, ACustomersMessageIsARowWithoutADeliveryStatus) {
    Told told;
    told.add(stream,
             MessageReceived{.kind = Kind::image,
                             .wamid = "w1",
                             .text = "[image] cat",
                             .name = "Ana",
                             .reply_to = "w0"},
             {{}, {}, start - 1h});
    const auto rows = told.messages();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].id, 2);
    EXPECT_EQ(rows[0].conversation_id, 1);
    EXPECT_EQ(rows[0].content, "[image] cat");
    EXPECT_EQ(rows[0].kind, Kind::image);
    EXPECT_EQ(rows[0].message_id, "w1");
    EXPECT_EQ(rows[0].reply_to, "w0");
    EXPECT_EQ(rows[0].status, std::nullopt);
    EXPECT_EQ(rows[0].created_at, told.now) << "what just came is listed by when it came";
    EXPECT_EQ(rows[0].sent_at, start - 1h);
}

TEST(Messages, WhatIsImportedStandsWhereItWasSaid) {
    Told told;
    told.add(stream, MessageReceived{.source = Source::history, .text = "last year"},
             {{}, {}, start - 8760h});
    EXPECT_EQ(told.messages()[0].created_at, start - 8760h);
    EXPECT_TRUE(told.views().all<MessageMetrics>().empty());
}

TEST(Messages, WhatIsImportedFromNoTimeStandsWhereItWasRecorded) {
    for (const auto occurred : {Time{}, Time{} - 1h, Time::max(), start + 87'600h}) {
        Told told;
        told.add(stream, MessageReceived{.source = Source::backfill}, {{}, {}, occurred});
        told.add(stream, PersonWrote{.source = Source::backfill}, {{}, {}, occurred});
        for (const auto& row : told.messages()) {
            EXPECT_LE(std::chrono::abs(row.created_at - told.now), 1s);
        }
        ASSERT_EQ(told.views().all<MessageMetrics>().size(), 1u);
        EXPECT_EQ(told.views().all<MessageMetrics>()[0].received, 1);
    }
}

TEST(Messages, WhatIsImportedKeepsItsDayWhenItIsErased) {
    Told told;
    told.add(stream, MessageReceived{.source = Source::backfill, .text = "last year"},
             {{}, {}, start - 8760h});
    const auto days = told.views().all<MessageMetrics>();
    History::redact(told.events.back());
    EXPECT_EQ(told.messages()[0].created_at, start - 8760h);
    EXPECT_EQ(told.views().all<MessageMetrics>(), days);
}

TEST(Messages, NumbersOfTheClearPartThatStandForNothingParkTheStream) {
    for (const std::size_t place : {0u, 1u}) {
        for (const std::int64_t number : {-1, 99}) {
            Told told;
            told.received(stream, "hi");
            told.events.back().clear.counts[place] = number;
            EXPECT_TRUE(told.messages().empty());
            EXPECT_EQ(told.views().parked(*projection_named("messages"), Copy::live).size(), 1u);
        }
    }
    Told told;
    const auto message = told.received(stream, "hi");
    told.add(stream, ReplySuppressed{turn, {message}, Silence::ai_off}, {turn}).clear.code = 99;
    EXPECT_EQ(told.messages()[0].suppressed, std::nullopt);
    EXPECT_EQ(told.views().parked(*projection_named("messages"), Copy::live).size(), 1u);
}

TEST(Messages, ASendIsOneRowPerPartWhateverItsTries) {
    Told told;
    const auto first = told.intend(stream, turn, {}, 1, 2);
    told.add(stream, SendRejected{turn, first, "busy", 429, start}, {turn, first});
    EXPECT_EQ(told.reply().status, Delivery::sending) << "it will be tried again";
    const auto second = told.intend(stream, turn, {}, 1, 2, 2);
    told.accept(stream, turn, second, "w1");
    told.intend(stream, turn, {}, 2, 2);
    const auto rows = told.messages();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].id, 2);
    EXPECT_EQ(rows[0].try_number, 2);
    EXPECT_EQ(rows[0].status, Delivery::accepted);
    EXPECT_EQ(rows[0].author, "ai");
    EXPECT_EQ(rows[1].part, 2);
    EXPECT_EQ(rows[1].status, Delivery::sending);
}

TEST(Messages, ARejectionForGoodIsAFailureWithItsReason) {
    Told told;
    const auto attempt = told.intend(stream, turn);
    told.add(stream, SendRejected{turn, attempt, "window closed", 131047, {}}, {turn, attempt});
    EXPECT_EQ(told.reply().status, Delivery::failed);
    EXPECT_EQ(told.reply().error_code, 131047);
    EXPECT_EQ(told.reply().error_text, "window closed");
    const auto days = told.views().all<MessageMetrics>();
    ASSERT_EQ(days.size(), 1u);
    EXPECT_EQ(days[0].failed, 1);
    EXPECT_EQ(days[0].total_sent, 0) << "the provider never took it";
}

TEST(Messages, ANewTryStartsFromTheBeginning) {
    Told told;
    const auto first = told.intend(stream, turn);
    told.accept(stream, turn, first, "w1");
    told.report<MessageFailed>(stream, "w1");
    EXPECT_EQ(told.reply().status, Delivery::failed);
    told.intend(stream, turn, {}, 1, 1, 2);
    told.report<MessageDelivered>(stream, "w1");
    told.report<MessageDelivered>(stream, "w1", first);
    const auto row = told.reply();
    EXPECT_EQ(row.status, Delivery::sending) << "the first try tells nothing of the second";
    EXPECT_EQ(row.failed_at, std::nullopt);
    EXPECT_EQ(row.message_id, std::nullopt);
    EXPECT_EQ(told.views().all<MessageMetrics>()[0].total_sent, 0);
}

/// An earlier try's key shows that it was taken after all, and then what became of it.
TEST(Messages, ReportsOfAnEarlierTryThatTurnsOutToBeThePartAreThePartsOwn) {
    for (const bool early : {true, false}) {
        Told told;
        const auto first = told.intend(stream, turn);
        told.add(stream, SendUncertain{turn, first, "time-out", start}, {turn, first});
        told.add(stream, SendSettled{turn, first, false, "", "absent", start}, {turn, first});
        const auto second = told.intend(stream, turn, {}, 1, 1, 2);
        if (early) told.report<MessageDelivered>(stream, "w1", first);
        told.accept(stream, turn, second, "w1");
        if (!early) told.report<MessageDelivered>(stream, "w1", first);
        EXPECT_EQ(told.reply().status, Delivery::delivered);
        EXPECT_EQ(told.reply().message_id, "w1");
        EXPECT_TRUE(told.views().all<EarlyStatus>().empty());
    }
}

TEST(Messages, UnknownShowsUntilSettledOrUntilEvidence) {
    Told told;
    const auto attempt = told.intend(stream, turn);
    told.add(stream, SendUncertain{turn, attempt, "time-out", start}, {turn, attempt});
    EXPECT_EQ(told.reply().status, Delivery::unknown);
    Told sent = told, unsent = told, seen = told;
    sent.add(stream, SendSettled{turn, attempt, true, "w1", "list"}, {turn, attempt});
    EXPECT_EQ(sent.reply().status, Delivery::accepted);
    EXPECT_EQ(sent.reply().message_id, "w1");
    unsent.add(stream, SendSettled{turn, attempt, false, "", "absent"}, {turn, attempt});
    EXPECT_EQ(unsent.reply().status, Delivery::failed);
    seen.report<MessageDelivered>(stream, "w1", attempt);
    EXPECT_EQ(seen.reply().status, Delivery::delivered);
    EXPECT_EQ(seen.reply().message_id, "w1");
}

/// Whatever comes first, and whether a status names the attempt or only the message.
TEST(Messages, NoOrderOfStatusesAroundTheAnswerChangesTheRow) {
    std::vector<int> order{0, 1, 2, 3, 4};
    std::set<Cells> rows;
    do {
        for (int echoed = 0; echoed < 32; ++echoed) {
            Told told;
            const auto attempt = told.intend(stream, turn);
            const auto when = told.now;
            for (const int one : order) {
                const auto key = (echoed >> one & 1) ? std::optional(attempt) : std::nullopt;
                told.now = when;
                if (one == 0) told.accept(stream, turn, attempt, "w1");
                if (one == 1) told.report<MessageSent>(stream, "w1", key, start + 1min);
                if (one == 2) told.report<MessageDelivered>(stream, "w1", key, start + 2min);
                if (one == 3) told.report<MessageRead>(stream, "w1", key, start + 3min);
                if (one == 4) told.report<MessageFailed>(stream, "w1", key, start + 4min);
            }
            auto views = told.views();
            for (const auto& [key, row] : views.rows(info_of<Message>())) rows.insert(row);
            ASSERT_TRUE(views.all<EarlyStatus>().empty());
            ASSERT_EQ(views.all<MessageMetrics>()[0],
                      (MessageMetrics{std::chrono::floor<std::chrono::days>(start), 1, 1, 0}));
        }
    } while (std::ranges::next_permutation(order).found);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(row_of<Message>(*rows.begin()).status, Delivery::read);
}

TEST(Messages, OurKeyOnAnotherMessageIsNotBelieved) {
    Told told;
    const auto attempt = told.intend(stream, turn);
    told.accept(stream, turn, attempt, "w1");
    const auto before = told.reply();
    told.report<MessageFailed>(stream, "w2", attempt);
    told.report<MessageRead>(stream, "w2", attempt);
    EXPECT_EQ(told.reply(), before);
    told.report<MessageDelivered>(stream, "w1");
    EXPECT_EQ(told.reply().status, Delivery::delivered);
}

TEST(Messages, AStatusAheadOfItsMessageWaits) {
    Told told;
    const auto attempt = told.intend(stream, turn);
    told.report<MessageDelivered>(stream, "w1");
    EXPECT_EQ(told.reply().status, Delivery::sending);
    EXPECT_EQ(told.views().all<EarlyStatus>().size(), 1u);
    told.accept(stream, turn, attempt, "w1");
    EXPECT_EQ(told.reply().status, Delivery::delivered);
    EXPECT_TRUE(told.views().all<EarlyStatus>().empty());
}

TEST(Messages, WhatAPersonSentElsewhereIsARowThatIsNotCounted) {
    Told told;
    told.report<MessageDelivered>(stream, "w1");
    told.add(stream, PersonWrote{.via = Via::phone_app, .wamid = "w1", .text = "I am Eva"});
    EXPECT_EQ(told.reply().status, Delivery::delivered);
    EXPECT_EQ(told.reply().author, "phone_app");
    told.add(stream, PersonWrote{.via = Via::inbox, .wamid = "w1", .text = "I am Eva"});
    EXPECT_EQ(told.messages().size(), 1u) << "one message, told twice";
    EXPECT_TRUE(told.views().all<MessageMetrics>().empty());
}

TEST(Messages, WhatAPersonSendsThroughUsIsItsParts) {
    Told told;
    told.add(stream, PersonWrote{.turn = turn, .text = "Hi!", .author = "Eva"}, {turn});
    told.intend(stream, turn);
    EXPECT_EQ(told.messages().size(), 1u);
    EXPECT_EQ(told.reply().turn, turn);
}

TEST(Messages, ASilenceNamesItsMessagesAndItsReason) {
    Told told;
    const auto message = told.received(stream, "Hello?");
    told.add(stream, ReplySuppressed{turn, {message}, Silence::human_holds}, {turn});
    EXPECT_EQ(told.messages()[0].suppressed, Silence::human_holds);
    EXPECT_EQ(told.messages()[0].turn, turn);
    const auto day = told.views().all<MessageMetrics>()[0];
    EXPECT_EQ(day.received, 1);
    EXPECT_EQ(day.suppressed, 1);
}

TEST(Messages, AnErasedConversationKeepsItsRowsAndTheirStatus) {
    Told told;
    const auto message = told.received(stream, "Hello?");
    const auto attempt = told.intend(stream, turn, {message});
    told.report<MessageRead>(stream, "w1");
    told.accept(stream, turn, attempt, "w1");
    const auto counted = told.views().all<MessageMetrics>();
    for (auto& one : told.events) History::redact(one);
    auto views = told.views();
    const auto rows = views.all<Message>();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].content, "[erased]");
    EXPECT_EQ(rows[0].message_id, std::nullopt);
    EXPECT_EQ(rows[1].content, "[erased]");
    EXPECT_EQ(rows[1].author, std::nullopt);
    EXPECT_EQ(rows[1].status, Delivery::read);
    EXPECT_EQ(views.all<Client>()[0].phone, std::nullopt);
    EXPECT_EQ(views.all<Client>()[0].name, "[erased]");
    EXPECT_EQ(views.all<Conversation>()[0].unanswered, 0);
    EXPECT_EQ(views.all<Conversation>()[0].last_message_text, "[erased]");
    EXPECT_EQ(views.all<MessageMetrics>(), counted);
}

TEST(Messages, TheDaysAreTheSumOfTheRows) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(true).make();
        MemoryViews views;
        follow(history.events, views, *projection_named("messages"), 5);
        std::map<Date, MessageMetrics> days;
        for (const auto& row : views.all<Message>()) {
            const auto amount = contribution(row);
            if (!amount) continue;
            auto& day = days[amount->date];
            day.date = amount->date;
            day.total_sent += amount->total_sent;
            day.delivered += amount->delivered;
            day.failed += amount->failed;
            day.received += amount->received;
            day.suppressed += amount->suppressed;
        }
        std::vector<MessageMetrics> expected;
        for (const auto& [date, day] : days) expected.push_back(day);
        RC_ASSERT(views.all<MessageMetrics>() == expected);
    }));
}

TEST(Messages, AShownStatusOnlyFallsBackForANewTry) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(false).make();
        MemoryViews views;
        MemoryLog log(history.events);
        std::map<std::int64_t, Message> before;
        Follower follower(log, views, *projection_named("messages"), Copy::live, 1);
        while (follower.step() != Follower::Step::nothing) {
            for (const auto& row : views.all<Message>()) {
                const auto known = before.find(row.id);
                if (known != before.end() && known->second.attempt == row.attempt) {
                    const bool not_lower = known->second.status <= row.status;
                    RC_ASSERT(not_lower);
                }
                before[row.id] = row;
            }
        }
    }));
}

// ---- Clients and conversations ----------------------------------------------------------------

TEST(Clients, TheNewestNameAndNumberAreShown) {
    Told told;
    told.add(stream, MessageReceived{.text = "hi", .name = "Ana Maria", .phone = "5215550000000"});
    told.add(stream, AliasLearned{"", "bsuid-1"});
    const auto client = told.views().all<Client>().at(0);
    EXPECT_EQ(client.id, 1);
    EXPECT_EQ(client.name, "Ana Maria");
    EXPECT_EQ(client.phone, "5215550000000");
    EXPECT_EQ(client.bsuid, "bsuid-1");
}

TEST(Clients, AGroupIsNotNamedAfterItsMembers) {
    History history;
    history.add(stream, ConversationOpened{"line", "", "", "group-1", "Family"});
    history.add(stream,
                MessageReceived{.text = "hi", .name = "Ana", .phone = "1", .group = "group-1"});
    MemoryViews views;
    follow(history.events, views, *projection_named("messages"));
    EXPECT_EQ(views.all<Client>()[0].name, "Family");
    EXPECT_EQ(views.all<Client>()[0].phone, std::nullopt);
}

TEST(Conversations, ShowsTheLastMessageTheHoldAndWhatIsUnanswered) {
    Told told;
    told.received(stream, "one");
    const auto two = told.received(stream, "two");
    told.add(stream, MessageReceived{.source = Source::history, .text = "old"},
             {{}, {}, start - 1h});
    told.add(stream, HoldStarted{start + 2h});
    auto row = told.views().all<Conversation>().at(0);
    EXPECT_EQ(row.last_message_text, "two");
    EXPECT_EQ(row.unanswered, 2);
    EXPECT_EQ(row.status, Standing::held);
    EXPECT_EQ(row.hold_until, start + 2h);
    told.intend(stream, turn, {two, two});
    told.add(stream, HoldEnded{});
    row = told.views().all<Conversation>().at(0);
    EXPECT_EQ(row.unanswered, 0);
    EXPECT_EQ(row.status, Standing::active);
    EXPECT_EQ(row.last_message_text, "Hi!");
}

TEST(Conversations, AHoldWithoutAnEndHasNoTime) {
    Told told;
    told.add(stream, HoldStarted{Time::max()});
    EXPECT_EQ(told.views().all<Conversation>()[0].status, Standing::held);
    EXPECT_EQ(told.views().all<Conversation>()[0].hold_until, std::nullopt);
}

TEST(Conversations, ALinkedOneGoesOn) {
    Told told;
    told.add(stream, ConversationLinked{id(2)});
    told.received(stream, "one");
    told.add(stream, HoldStarted{start + 2h});
    const auto row = told.views().all<Conversation>().at(0);
    EXPECT_EQ(row.linked_into, id(2));
    EXPECT_EQ(row.unanswered, 1);
    EXPECT_EQ(row.status, Standing::held);
}

}  // namespace
