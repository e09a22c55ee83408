#include <gtest/gtest.h>

#include "tests/load/database.hpp"
#include "tests/support/places.hpp"

namespace load {
namespace {

constexpr int persons = 1000, messages = 2000;

void expect_each_message_once(const Told& told, int count) {
    EXPECT_EQ(told.received.size(), static_cast<std::size_t>(count));
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
}

/// Every conversation was opened once, by its first event.
void expect_one_opening_each(const Told& told, int count) {
    EXPECT_EQ(told.conversations.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(told.opened.size(), static_cast<std::size_t>(count));
    for (const auto& [stream, versions] : told.opened) {
        EXPECT_EQ(versions, std::vector<int>{1}) << stream.text();
    }
}

TEST(Many, AThousandPersonsIntoTwoProcessesAreOneEventPerMessage) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Database database(Kind::postgresql);
    Served first(support::hilo_binary(), database.environment());
    ASSERT_TRUE(eventually(10s, [&] { return first.decides(); })) << first.said();
    Served second(support::hilo_binary(), database.environment());
    EXPECT_EQ(second.ready(), 200);
    EXPECT_TRUE(eventually(15s, [&] { return second.decides(); })) << second.said();

    Provider provider(shuffled(messages, persons, seed), {first.port(), second.port()}, 16);
    EXPECT_TRUE(provider.finish(60s));
    EXPECT_EQ(provider.statuses(), (std::map<int, int>{{200, static_cast<int>(provider.size())}}));

    const auto told = database.told();
    expect_each_message_once(told, messages);
    expect_one_opening_each(told, persons);
    EXPECT_EQ(told.kept, 0) << "a repeated message is no delivery";
    EXPECT_EQ(database.defect(), "");
    EXPECT_TRUE(first.decides());
    EXPECT_TRUE(second.decides());
}

}  // namespace
}  // namespace load
