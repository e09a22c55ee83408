#include "projections/as_of.hpp"

#include <gtest/gtest.h>

#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

namespace testing_projections {
namespace {

/// What the tables held when the log had ended at a position.
MemoryViews tables_at(const History& history, std::int64_t position) {
    MemoryViews views;
    const auto end = history.events.begin() + position;
    follow({history.events.begin(), end}, views, *projection_named("messages"));
    return views;
}

TEST(AsOf, IsWhatTheTablesHeldWhenTheLogEndedThere) {
    EXPECT_TRUE(rc::check([] {
        const auto history = RandomHistory(false).make();
        MemoryLog log(history.events);
        const auto size = static_cast<int>(history.events.size());
        for (int i = 0; i < 5; ++i) {
            const auto position = *rc::gen::inRange(0, size + 1);
            auto views = tables_at(history, position);
            const auto conversations = views.all<Conversation>();
            const auto messages = views.all<Message>();
            for (std::uint64_t stream = 1; stream <= 3; ++stream) {
                const auto then = conversation_then(log, id(stream), {}, position);
                const auto now =
                    std::ranges::find(conversations, id(stream), &Conversation::stream);
                RC_ASSERT(then.has_value() == (now != conversations.end()));
                if (!then) continue;
                RC_ASSERT(then->conversation == *now);
                RC_ASSERT(then->client->id == now->client_id);
                auto own = messages;
                std::erase_if(own, [&](const auto& one) { return one.stream != id(stream); });
                std::ranges::sort(own, newer);
                RC_ASSERT(then->messages == own);
            }
        }
    }));
}

TEST(AsOf, ATimeStandsForTheLastEventThatWasRecordedByThen) {
    History history;
    history.open(id(1));
    history.received(id(1), "one");
    history.received(id(1), "two");
    MemoryLog log(history.events);
    const auto place = [&](Time time) {
        return std::get<std::int64_t>(place_in(log, iso8601(time)));
    };
    for (const auto& one : history.events) {
        EXPECT_EQ(place(one.recorded), one.position);
        EXPECT_EQ(place(one.recorded - 1us), one.position - 1);
    }
    EXPECT_EQ(place(history.now + 1h), 3);
    EXPECT_EQ(std::get<std::int64_t>(place_in(log, "2")), 2);
    EXPECT_EQ(std::get<std::string>(place_in(log, "4")),
              "position 4 is not in the log, which ends at 3");
    EXPECT_EQ(std::get<std::string>(place_in(log, "noon")),
              "\"noon\" is neither a position nor a time such as 2026-11-20T18:47:03Z");
}

TEST(AsOf, MessagesOfTheSamePersonAreShownFromTheLinkOn) {
    History history;
    history.open(id(1));
    history.received(id(1), "one");
    history.open(id(2));
    history.received(id(2), "two");
    history.add(id(2), ConversationLinked{id(1)});
    MemoryLog log(history.events);
    const auto shown = [&](std::int64_t position) {
        return conversation_then(log, id(1), {id(1), id(2)}, position)->messages.size();
    };
    EXPECT_EQ(shown(4), 1U);
    EXPECT_EQ(shown(5), 2U);
}

}  // namespace
}  // namespace testing_projections
