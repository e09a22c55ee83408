#include "projections/open_work.hpp"

#include <gtest/gtest.h>

#include "domain/conversation.hpp"
#include "projections/settings.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

namespace {

using namespace testing_projections;

const auto stream = id(1);
const auto turn = id(77);

OpenWork after(const History& history) {
    OpenWork row;
    row.stream = stream;
    for (const auto& one : history.events) row = folded(std::move(row), one);
    return row;
}

TEST(OpenWork, AMessageIsOpenUntilItIsAnswered) {
    History history;
    history.open(stream);
    EXPECT_EQ(after(history).since, std::nullopt);
    const auto message = history.received(stream, "Hello?");
    EXPECT_EQ(after(history).since, history.now);
    EXPECT_EQ(after(history).wake_at, history.now);
    const auto attempt = history.intend(stream, turn, {message});
    EXPECT_NE(after(history).wake_at, std::nullopt) << "the send is open";
    history.accept(stream, turn, attempt, "w1");
    EXPECT_EQ(after(history).since, std::nullopt);
}

TEST(OpenWork, HistoryAsksForNothing) {
    History history;
    history.received(stream, "old", Source::history);
    EXPECT_EQ(after(history).wake_at, std::nullopt);
    history.received(stream, "missed", Source::backfill);
    EXPECT_NE(after(history).wake_at, std::nullopt);
}

TEST(OpenWork, ARetryWaitsForItsTimeAndADoubtIsLookedUpAtOnce) {
    History history;
    const auto attempt = history.intend(stream, turn);
    history.add(stream, SendRejected{turn, attempt, "busy", 429, start + 1h}, {turn, attempt});
    EXPECT_EQ(after(history).wake_at, start + 1h);
    const auto second = history.intend(stream, turn, {}, 1, 1, 2);
    history.add(stream, SendUncertain{turn, second, "time-out", start + 2h}, {turn, second});
    EXPECT_EQ(after(history).wake_at, history.now);
    history.add(stream, SendSettled{turn, second, true, "w1", ""}, {turn, second});
    EXPECT_EQ(after(history).wake_at, std::nullopt);
}

/// It is given up at once, which only a process that wakes can do.
TEST(OpenWork, ARetryOfWhatAPersonHasAnsweredWaitsForNothing) {
    for (const auto until : {start + 2h, Time::max()}) {
        History history;
        const auto attempt = history.intend(stream, turn);
        history.add(stream, SendRejected{turn, attempt, "busy", 429, start + 1h}, {turn, attempt});
        history.add(stream, PersonWrote{.via = Via::inbox, .wamid = "w1", .text = "I am Eva"});
        history.add(stream, HoldStarted{until});
        EXPECT_EQ(after(history).wake_at, history.now);
    }
}

TEST(OpenWork, WhatIsLeftToAPersonIsOpenAgainWhenOurKeyIsSeen) {
    History history;
    const auto attempt = history.intend(stream, turn);
    history.add(stream, SendUncertain{turn, attempt, "absent", Time::max()}, {turn, attempt});
    EXPECT_EQ(after(history).wake_at, std::nullopt);
    history.add(stream, MessageDelivered{"w1", attempt}, {turn, attempt});
    EXPECT_EQ(after(history).wake_at, Time{});
}

/// No decision that saw nothing of the key makes it wait, for statuses stop none.
TEST(OpenWork, WhatOurKeyWasSeenOfWaitsForNothing) {
    for (const auto settle_by : {start + 2h, Time::max()}) {
        History history;
        const auto attempt = history.intend(stream, turn);
        history.add(stream, MessageDelivered{"w1", attempt}, {turn, attempt});
        history.add(stream, SendUncertain{turn, attempt, "absent", settle_by}, {turn, attempt});
        EXPECT_EQ(after(history).wake_at, Time{});
        history.add(stream, SendRejected{turn, attempt, "busy", 429, start + 1h}, {turn, attempt});
        EXPECT_EQ(after(history).wake_at, Time{});
        history.accept(stream, turn, attempt, "w1");
        EXPECT_EQ(after(history).wake_at, std::nullopt);
    }
}

/// The key of an earlier try, which nobody knew of, is seen before the next one's intent or after.
TEST(OpenWork, WhatAnEarlierTryIsSeenOfWaitsForNothing) {
    for (const bool before : {true, false}) {
        History history;
        const auto first = history.intend(stream, turn);
        const auto seen = [&] {
            history.add(stream, MessageDelivered{"w1", first}, {turn, first});
        };
        history.add(stream, SendUncertain{turn, first, "time-out", start + 2h}, {turn, first});
        history.add(stream, SendSettled{turn, first, false, "", "absent", start}, {turn, first});
        if (before) seen();
        const auto second = history.intend(stream, turn, {}, 1, 1, 2);
        if (!before) seen();
        history.add(stream, SendRejected{turn, second, "busy", 429, start + 1h}, {turn, second});
        EXPECT_EQ(after(history).wake_at, Time{});
    }
}

TEST(OpenWork, LaterPartsAreOpenWhenTheFirstWasAccepted) {
    History history;
    history.add(stream, ReplyGenerated{.turn = turn, .text = "long"}, {turn});
    const auto first = history.intend(stream, turn, {}, 1, 2);
    history.accept(stream, turn, first, "w1");
    EXPECT_EQ(after(history).wake_at, history.now);
    const auto second = history.intend(stream, turn, {}, 2, 2);
    history.accept(stream, turn, second, "w2");
    EXPECT_EQ(after(history).wake_at, std::nullopt);
}

TEST(OpenWork, AStrangersMessageIsOpenUntilSomebodyOwnsIt) {
    History history;
    history.add(stream, MessageSent{"w1", std::nullopt, "I am Eva", ""});
    EXPECT_NE(after(history).wake_at, std::nullopt);
    history.add(stream, PersonWrote{.via = Via::inbox, .wamid = "w1", .text = "I am Eva"});
    EXPECT_TRUE(after(history).strangers.empty());
    EXPECT_EQ(after(history).wake_at, history.now) << "a hold is to start";
    history.add(stream, HoldStarted{start + 2h});
    EXPECT_EQ(after(history).wake_at, start + 2h);
    history.add(stream, HoldEnded{});
    history.add(stream, MessageSent{"w1", std::nullopt, "I am Eva", ""});
    EXPECT_EQ(after(history).wake_at, std::nullopt) << "it is known whose it is";
}

TEST(OpenWork, ALinkedConversationGoesOn) {
    History history;
    history.received(stream, "one");
    const auto since = history.now;
    history.add(stream, ConversationLinked{id(2)});
    EXPECT_EQ(after(history).since, since);
}

TEST(OpenWork, EarlierTriesAreKeptInTheRow) {
    const std::vector<OpenSend> sends{{id(1), id(2), 1, start, {}},
                                      {id(3), id(4), 2, start + 1h, {id(5)}},
                                      {id(6), id(7), 3, Time{}, {id(8), id(9)}}};
    std::vector<OpenSend> read;
    get(put(sends), read);
    EXPECT_EQ(read, sends);
}

TEST(OpenWork, SurvivesItsRow) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(true).make();
        for (const auto& row : [&] {
                 MemoryViews views;
                 follow(history.events, views, *projection_named("open_work"));
                 return views.all<OpenWork>();
             }()) {
            OpenWork straight;
            straight.stream = row.stream;
            for (const auto& one : history.events) {
                if (one.stream == row.stream) straight = folded(std::move(straight), one);
            }
            RC_ASSERT(row == straight);
        }
    }));
}

/// The promise: whenever a conversation's rules want something, now or at a time, its row says so,
/// and not later.
TEST(OpenWork, NamesNeverTooFew) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(false).make();
        std::map<StreamId, domain::conversation::State> states;
        std::map<StreamId, OpenWork> rows;
        for (const auto& one : history.events) {
            auto& state = states[one.stream];
            auto& row = rows[one.stream];
            state = domain::conversation::evolve(std::move(state), one);
            row = folded(std::move(row), one);
            const auto wanted = domain::conversation::wake_at(state, domain::Settings{});
            if (wanted) {
                RC_ASSERT(row.wake_at.has_value());
                RC_ASSERT(*row.wake_at <= std::max(*wanted, one.recorded));
            }
            if (!domain::conversation::due(state, LifeId{}).empty()) {
                RC_ASSERT(row.wake_at.has_value());
                RC_ASSERT(*row.wake_at <= one.recorded);
            }
        }
    }));
}

TEST(SettingsTable, HasAColumnForEverySetting) {
    for (const auto& field : domain::setting_fields()) {
        EXPECT_NE(std::ranges::find(info_of<ChatbotSettings>().columns, field.name, &Column::name),
                  info_of<ChatbotSettings>().columns.end())
            << field.name;
    }
}

TEST(SettingsTable, IsTheSettingsAfterEverySave) {
    History history;
    history.add(settings_stream, SettingsChanged{{{"aiEnabled", true}, {"holdMinutes", 5}}, "Eva"});
    history.add(settings_stream, SettingsChanged{{{"aiModel", std::string("gpt")}}, ""});
    MemoryViews views;
    follow(history.events, views, *projection_named("settings"), 1);
    const auto rows = views.all<ChatbotSettings>();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_TRUE(rows[0].ai_enabled);
    EXPECT_EQ(rows[0].hold_minutes, 5);
    EXPECT_EQ(rows[0].ai_model, "gpt");
    EXPECT_EQ(rows[0].version, 2);
    EXPECT_EQ(rows[0].updated_by, std::nullopt);
}

}  // namespace
