#include <gtest/gtest.h>

#include "tests/load/account.hpp"
#include "tests/support/places.hpp"

namespace load {
namespace {

constexpr int persons = 300, messages = 1200, kills = 3;

class Kill : public testing::TestWithParam<Kind> {
protected:
    std::chrono::milliseconds some_time(int most) {
        return std::chrono::milliseconds(random_() % static_cast<unsigned>(most));
    }

    const unsigned seed_ = std::random_device{}();
    const testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
    std::mt19937 random_{seed_};
};
INSTANTIATE_TEST_SUITE_P(Stores, Kill, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

/// What a client was told is durable is in the log, once, and nothing is there twice.
void expect_kept(const Told& told, const std::set<int>& accepted) {
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
    for (const int message : accepted) EXPECT_TRUE(told.received.contains(wamid_of(message)));
}

TEST_P(Kill, WhatWasAnsweredIsInTheLogOnceHoweverOftenTheServerIsKilled) {
    const Database database(GetParam());
    Served hilo(support::hilo_binary(), database.environment());
    Provider provider(shuffled(messages, persons, seed_), {hilo.port()}, 16);
    for (int i = 1; i <= kills; ++i) {
        const auto share = provider.size() * static_cast<std::size_t>(i) / (kills + 2);
        ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= share; })) << hilo.said();
        std::this_thread::sleep_for(some_time(100));
        hilo.end(SIGKILL);
        const auto accepted = provider.accepted();
        expect_kept(database.told(), accepted);
        hilo.start();
    }
    ASSERT_TRUE(provider.finish(60s)) << hilo.said();
    EXPECT_GT(provider.statuses()[0], 0) << "no request was cut off: the kills showed nothing";
    const auto told = database.told();
    expect_kept(told, provider.accepted());
    EXPECT_EQ(told.received.size(), static_cast<std::size_t>(messages));
    EXPECT_EQ(told.opened.size(), static_cast<std::size_t>(persons));
    EXPECT_EQ(told.kept, 0);
    EXPECT_EQ(database.defect(), "");
}

TEST_P(Kill, NoCustomerIsAnsweredTwiceHoweverOftenTheServerIsKilled) {
    Answering whole(GetParam());
    auto& [database, port, outside, hilo] = whole;
    constexpr int customers = 120;
    for (int i = 0; i < kills; ++i) {
        const auto enough = outside.answers() + 5;
        outside.write(i * customers / kills, (i + 1) * customers / kills);
        // On PostgreSQL the leases of the one that was killed have to run out.
        EXPECT_TRUE(eventually(25s, [&] { return outside.answers() >= enough; })) << hilo.said();
        std::this_thread::sleep_for(some_time(100));
        hilo.end(SIGKILL);
        hilo.start();
    }
    EXPECT_TRUE(eventually(30s, [&] { return all_closed(database, outside); })) << hilo.said();
    expect_answered_once(database, outside);
    EXPECT_TRUE(hilo.terminate(30s)) << hilo.said();
}

}  // namespace
}  // namespace load
