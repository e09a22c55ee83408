#include <gtest/gtest.h>

#include <iostream>
#include <semaphore>

#include "crypto/uuid.hpp"
#include "tests/load/rebuilt.hpp"
#include "tests/support/places.hpp"
#include "tests/support/wanted.hpp"

/// A start on a log of HILO_READY_EVENTS events, a hundred a conversation, a thousand of which wait
/// for an answer (in short runs a tenth of them). The tables have followed.
namespace faults {
namespace {

using namespace load;
using events::ConversationEvent;

constexpr int events_each = 100;

events::Time now() {
    return std::chrono::floor<events::Time::duration>(std::chrono::system_clock::now());
}

class Ready : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Stores, Ready, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

events::Append to_customer(int number) {
    const auto phone = std::to_string(34'600'000'000LL + number);
    return {events::Person{line, "", {phone}, "", true}, {}, {}};
}
events::EventId add(events::Append& append, ConversationEvent event) {
    const auto id = crypto::new_uuid();
    append.events.push_back({id, std::move(event), now(), {}, {}, events::When::always});
    return id;
}
events::EventId add_message(events::Append& append, const std::string& wamid) {
    events::MessageReceived message;
    message.wamid = wamid;
    message.text = "What does it cost, and when does it arrive?";
    message.raw = R"({"id":"...","type":"text"})";
    return add(append, std::move(message));
}

/// Everything is closed in it. Most of what happens are statuses, as wherever much is sent; tables
/// that write a row for each event would follow for an hour.
events::Append conversation(int number) {
    auto append = to_customer(number);
    add(append, events::ConversationOpened{line, "", "", "", "A customer"});
    for (int i = 0; i < 5; ++i) {
        const auto wamid = "wamid." + std::to_string(number) + "." + std::to_string(i);
        const auto id = add_message(append, wamid);
        add(append, events::ReplySuppressed{id, {id}, events::Silence::chatbot_off});
    }
    const auto other = "wamid.out." + std::to_string(number);
    while (std::ssize(append.events) < events_each) add(append, events::MessageRead{other, {}});
    return append;
}
/// One more message, which waits.
events::Append question(int number) {
    auto append = to_customer(number);
    add_message(append, "wamid.waits." + std::to_string(number));
    return append;
}

void fill(const Database& database, int count, events::Append (*make)(int)) {
    const auto store = database.writing();
    constexpr int at_once = 64;
    std::counting_semaphore<at_once> room(at_once);
    std::atomic<int> refused = 0;
    for (int i = 0; i < count; ++i) {
        room.acquire();
        store->log().append(make(i), [&](const events::Appended& appended) {
            refused += appended.outcome != events::Outcome::appended;
            room.release();
        });
    }
    for (int i = 0; i < at_once; ++i) room.acquire();
    ASSERT_EQ(refused, 0);
}

TEST_P(Ready, WithinFiveSecondsOnALongLog) {
    const auto events = static_cast<int>(support::wanted("HILO_READY_EVENTS", 30'000));
    const auto conversations = std::max(events / events_each, 100);
    const auto waiting = std::min(1'000, conversations / 10);
    const Database database(GetParam());
    fill(database, conversations, conversation);
    {
        Served first(support::hilo_binary(), database.environment());
        ASSERT_TRUE(eventually(std::chrono::seconds(60 + events / 1'000), [&] {
            return tables_rest(first);
        })) << first.said();
        EXPECT_TRUE(first.terminate(30s)) << first.said();
    }
    fill(database, waiting, question);
    if (HasFatalFailure()) return;
    Served hilo(Served::Later(), support::hilo_binary(), database.environment());
    const auto since = Clock::now();
    hilo.launch();
    hilo.await();
    const auto ready = Clock::now() - since;
    EXPECT_TRUE(eventually(5s, [&] { return hilo.decides(); })) << hilo.said();
    const auto decides = Clock::now() - since;
    const auto in_ms = [](Clock::duration time) {
        return std::chrono::ceil<std::chrono::milliseconds>(time).count();
    };
    std::cout << name_of(GetParam()) << ", " << events << " events, " << conversations
              << " conversations: ready after " << in_ms(ready) << " ms, decides after "
              << in_ms(decides) << " ms\n";
    EXPECT_LT(ready, 5s);
    EXPECT_LT(decides, 5s);
}

}  // namespace
}  // namespace faults
