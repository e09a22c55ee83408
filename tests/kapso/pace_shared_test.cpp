#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/kapso/pace_world.hpp"

/// Several processes with one key.
namespace {

using namespace std::chrono_literals;
using kapso::Moment;
using kapso::Pace;
using kapso::Pair;
using paced::Counting;
using paced::most_within;
using paced::World;

/// Two or three processes with one key and one line, which hear nothing of each other.
void keep_the_limits_together() {
    const auto count = *rc::gen::inRange(2, 4);
    const auto limit = *rc::gen::inRange(20, 300);
    Counting outside(limit, std::chrono::milliseconds(*rc::gen::inRange(0, 60'000)));
    std::vector<World> worlds(static_cast<std::size_t>(count));
    for (auto& world : worlds) {
        world.pace.share(count);
        world.latency = std::chrono::milliseconds(*rc::gen::inRange(0, 3'000));
        const std::chrono::milliseconds way(*rc::gen::inRange(0, 2'000));
        world.way_there = [way] { return way; };
        world.kapso = [&](const Pair& pair) { return outside.take(pair, world.now); };
    }
    for (auto& world : worlds) world.reads_lists = *rc::gen::arbitrary<bool>();
    const auto sends = *rc::gen::inRange(1, 600);
    for (int i = 0; i < sends; ++i) {
        auto& one = worlds[*rc::gen::inRange<std::size_t>(0, worlds.size())];
        one.enter({"1", std::to_string(i)});
        const auto until = one.now + *rc::gen::element(0ms, 0ms, 1ms, 20ms, 300ms, 4'000ms);
        while (one.now < until) {
            const auto next = std::min<Moment>(until, one.now + 20ms);
            for (auto& world : worlds) world.run_until(next);
        }
    }
    std::vector<Moment> times;
    for (const auto& world : worlds) {
        for (const auto& one : world.sent) times.push_back(one.at);
    }
    std::ranges::sort(times);
    RC_ASSERT(outside.refused == 0);
    RC_ASSERT(most_within(times, 1s) <= 80U);
    RC_ASSERT(!times.empty());
}

TEST(PaceProperty, SeveralProcessesKeepTheLimitsTogether) {
    EXPECT_TRUE(rc::check(keep_the_limits_together));
}

/// One of two processes, with half of a hundred calls a minute: line "1" has sixty sends a minute,
/// line "2" three.
struct HalfOfAKey : testing::Test {
    HalfOfAKey() {
        world.pace.share(2);
        world.kapso = [this](const Pair& pair) { return outside.take(pair, world.now); };
    }
    void run_for_half_an_hour() {
        for (int second = 0; second < 1'800; ++second) {
            world.enter({"1", std::to_string(second)});
            if (second % 20 == 0) quiet += enters({"2", std::to_string(second)});
            world.run_for(1s);
        }
        world.run_for(30s);
    }
    int enters(const Pair& pair) {
        return std::holds_alternative<Pace::Ticket>(world.enter(pair)) ? 1 : 0;
    }
    int sent_of(const std::string& line) const {
        return static_cast<int>(std::ranges::count_if(
            world.sent, [&](const World::Sent& one) { return one.pair.line == line; }));
    }
    Counting outside{100, 0s};
    World world;
    int quiet = 0;
};

TEST_F(HalfOfAKey, AQuietLineHasItsTurnBesideABusyOne) {
    // As many as its part allows, so that each call that is free has somebody who waits for it.
    for (int i = 0; i < 1'500; ++i) {
        world.enter({"1", std::to_string(i)});
        if (i % 17 == 0) quiet += enters({"2", std::to_string(i)});
        world.run_for(1'180ms);
    }
    world.run_for(30s);
    // Who is sent away doesn't come again here, and his place is kept for him for a while.
    EXPECT_GT(quiet, 70);
    EXPECT_EQ(sent_of("2"), quiet) << "all that were let in";
    EXPECT_GT(sent_of("1"), 1'200);
    EXPECT_EQ(outside.refused, 0);
}

TEST_F(HalfOfAKey, ListsAreReadWhateverIsSent) {
    world.reads_lists = true;
    run_for_half_an_hour();
    EXPECT_GE(world.lists.size(), 30U * 4);
    EXPECT_GT(sent_of("1"), 1'100);
    EXPECT_EQ(outside.refused, 0);
    world.reads_lists = false;
    const auto before = sent_of("1");
    run_for_half_an_hour();
    EXPECT_GT(sent_of("1") - before, 1'300) << "what nobody asks for is not kept";
}

}  // namespace
