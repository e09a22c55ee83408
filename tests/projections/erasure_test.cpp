#include <gtest/gtest.h>

#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "projections/open_work.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

/// A person is erased: the stream's keys are gone, and its last event says so.
namespace {

using namespace testing_projections;

const auto stream = id(1), other = id(2);

/// The erasure and what comes after it, of others.
void erase(History& history, const StreamId& whose) {
    history.add(whose, PersonErased{});
    for (auto& one : history.events) {
        if (one.stream == whose) History::redact(one);
    }
}

TEST(Erasure, TheTablesThatWereThereAreThoseOfARebuildAndTheDaysStay) {
    EXPECT_TRUE(rc::check([] {
        auto history = RandomHistory(false).make();
        const auto clear = history.events.size();
        const auto followed = *rc::gen::inRange<std::size_t>(0, clear + 1);
        const auto batch = *rc::gen::inRange<std::size_t>(1, 20);
        for (const auto& projection : all_projections()) {
            auto told = history;
            MemoryViews views, before;
            follow(told.events, before, projection);
            MemoryLog log(told.events);
            log.stop_at(followed);
            Follower live(log, views, projection, Copy::live, batch);
            while (live.step() != Follower::Step::nothing) {
            }
            erase(told, stream);
            told.open(id(9));
            told.received(id(9), "of somebody else");
            log.stop_at(told.events.size());
            while (live.step() != Follower::Step::nothing) {
            }
            MemoryViews anew;
            follow(told.events, anew, projection, 500);
            RC_ASSERT(views.content(projection) == anew.content(projection));
            if (projection.name != "messages") continue;
            auto days = before.all<MessageMetrics>();
            History alone;
            alone.now = told.now - 2s;
            alone.open(id(9));
            alone.received(id(9), "of somebody else");
            MemoryViews more;
            follow(alone.events, more, projection);
            for (const auto& day : more.all<MessageMetrics>()) {
                const auto same = std::ranges::find(days, day.date, &MessageMetrics::date);
                if (same == days.end()) {
                    days.push_back(day);
                } else {
                    same->received += day.received;
                }
            }
            RC_ASSERT(views.all<MessageMetrics>() == days);
        }
    }));
}

TEST(Erasure, NothingReadableIsLeftAndNothingIsOwed) {
    History history;
    history.open(stream);
    const auto asked = history.received(stream, "Hello?");
    history.received(stream, "Are you there?");
    history.intend(stream, id(50), {asked});
    MemoryViews views;
    MemoryLog log(history.events);
    for (const auto& projection : all_projections()) {
        Follower live(log, views, projection, Copy::live);
        while (live.step() != Follower::Step::nothing) {
        }
    }
    erase(history, stream);
    for (const auto& projection : all_projections()) {
        Follower live(log, views, projection, Copy::live);
        while (live.step() != Follower::Step::nothing) {
        }
    }
    const auto rows = views.all<Message>();
    ASSERT_EQ(rows.size(), 3U);
    for (const auto& row : rows) {
        EXPECT_EQ(row.content, "[erased]");
        EXPECT_FALSE(row.message_id);
    }
    EXPECT_EQ(rows[2].status, domain::Delivery::unknown) << "its outcome isn't taken down";
    EXPECT_FALSE(views.all<Client>()[0].phone);
    EXPECT_EQ(views.all<Conversation>()[0].status, Standing::erased);
    EXPECT_EQ(views.all<Conversation>()[0].unanswered, 0);
    EXPECT_FALSE(views.all<OpenWork>()[0].wake_at);
}

/// What was parked is not left in clear: it is folded once more, from its beginning.
TEST(Erasure, OfAParkedStreamToo) {
    History history;
    history.open(stream);
    history.received(stream, "Hello?");
    history.add(stream, SendRequested{.text = "without a turn"});
    history.received(stream, "two");
    MemoryViews views;
    MemoryLog log(history.events);
    const auto& messages = *projection_named("messages");
    Follower live(log, views, messages, Copy::live);
    while (live.step() != Follower::Step::nothing) {
    }
    ASSERT_EQ(views.parked(messages).size(), 1U);
    erase(history, stream);
    while (live.step() != Follower::Step::nothing) {
    }
    ASSERT_EQ(views.all<Message>().size(), 1U);
    EXPECT_EQ(views.all<Message>()[0].content, "[erased]");
    ASSERT_EQ(views.parked(messages).size(), 1U);
    EXPECT_EQ(views.parked(messages)[0].position, 3);
}

}  // namespace
