#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>

#include "tests/kapso/pace_world.hpp"

namespace {

using namespace std::chrono_literals;
using kapso::Heard;
using kapso::Moment;
using kapso::Pace;
using kapso::Pair;
using kapso::Span;
using paced::Counting;
using paced::most_within;
using paced::start;
using paced::World;

const Pair ana{"1", "34600"}, luis{"1", "34601"};

std::vector<Moment> times_to(const World& world, const Pair& pair) {
    std::vector<Moment> times;
    for (const auto& one : world.sent) {
        if (one.pair == pair) times.push_back(one.at);
    }
    return times;
}

TEST(PaceTest, WhatMayLeaveLeavesAtOnce) {
    World world;
    EXPECT_TRUE(std::holds_alternative<Pace::Ticket>(world.enter(ana)));
    EXPECT_EQ(world.sent.size(), 1U);
    EXPECT_EQ(world.sent[0].at, start);
}

TEST(PaceTest, ASecondSendToAPersonWaitsForTheFirstToEnd) {
    World world;
    world.latency = 3s;
    world.enter(ana), world.enter(ana), world.enter(luis);
    EXPECT_EQ(times_to(world, ana).size(), 1U);
    world.run_for(14ms);
    EXPECT_EQ(times_to(world, luis).size(), 1U) << "another person's does not";
    world.run_for(4s);
    EXPECT_EQ(times_to(world, ana), (std::vector{start, start + 3s}));
}

TEST(PaceTest, AfterABurstAPersonGetsOneMessageInSixSeconds) {
    World world;
    world.latency = 1ms;
    for (int i = 0; i < 44; ++i) {
        world.enter(ana);
        world.run_for(20ms);
    }
    EXPECT_EQ(world.sent.size(), 44U);
    const auto burst_end = world.now;
    world.enter(ana), world.enter(ana), world.enter(ana);
    const auto beyond = world.enter(ana);
    ASSERT_TRUE(std::holds_alternative<Pace::Refusal>(beyond)) << "the fourth waits over 20 s";
    EXPECT_GT(std::get<Pace::Refusal>(beyond).wait, 20s);
    EXPECT_LE(std::get<Pace::Refusal>(beyond).wait, 24s);
    world.run_for(20s);
    EXPECT_EQ(world.sent.size(), 47U);
    EXPECT_GE(world.sent[44].at, start + 6s);
    EXPECT_LE(world.sent[46].at, burst_end + 18s);
}

TEST(PaceTest, ALineSendsALittleLessThanEightyASecond) {
    World world;
    for (int i = 0; i < 1'000; ++i) world.enter({"1", std::to_string(i)});
    world.run_for(20s);
    EXPECT_EQ(world.sent.size(), 1'000U);
    std::vector<Moment> times;
    for (const auto& one : world.sent) times.push_back(one.at);
    EXPECT_EQ(most_within(times, 1s), 72U);
}

TEST(PaceTest, LinesTakeTurns) {
    World world;
    for (int i = 0; i < 200; ++i) world.enter({"1", std::to_string(i)});
    world.enter({"2", "1"});
    world.run_for(100ms);
    const auto of_two = std::ranges::count_if(
        world.sent, [](const World::Sent& one) { return one.pair.line == "2"; });
    EXPECT_EQ(of_two, 1) << "a line with a queue holds up no other";
}

Heard nothing_but(Heard::Kind kind) { return {kind, kapso::Budget::Said{}, {}}; }

TEST(PaceTest, AConflictWaitsASecond) {
    World world;
    world.latency = 1ms;
    world.kapso = [](const Pair&) { return nothing_but(Heard::Kind::in_flight); };
    world.enter(ana);
    world.run_for(10ms);
    world.enter(ana);
    world.enter(luis);
    world.run_for(5s);
    EXPECT_EQ(times_to(world, ana), (std::vector{start, start + 1ms + 1s}));
    EXPECT_EQ(times_to(world, luis).at(0), start + 14ms) << "another person's does not wait";
}

/// Tries until one has left, as a conversation does that is told when to try again.
void send_some_time(World& world, const Pair& pair) {
    const auto before = world.sent.size();
    auto answer = world.enter(pair);
    while (const auto* refusal = std::get_if<Pace::Refusal>(&answer)) {
        world.run_for(refusal->wait);
        answer = world.enter(pair);
    }
    for (int i = 0; world.sent.size() == before && i < 200; ++i) world.run_for(100ms);
    world.run_for(5ms);
    ASSERT_EQ(world.sent.size(), before + 1);
}

TEST(PaceTest, APairLimitWaitsFourSecondsToThePowerOfX) {
    World world;
    world.latency = 1ms;
    world.kapso = [](const Pair&) { return nothing_but(Heard::Kind::pair_limit); };
    for (int i = 0; i < 6; ++i) send_some_time(world, ana);
    std::vector<std::int64_t> waits;
    for (std::size_t i = 1; i < world.sent.size(); ++i) {
        waits.push_back((world.sent[i].at - world.sent[i - 1].at) / 1s);
    }
    // 4^0 and 4^1 are shorter than what fills the bucket by one, which is empty at the other end.
    EXPECT_EQ(waits, (std::vector<std::int64_t>{6, 6, 16, 64, 256}));
}

TEST(PaceTest, ALineThatIsToldToSlowDownPausesAndSendsTwentyASecond) {
    World world;
    world.latency = 1ms;
    world.kapso = [](const Pair&) { return nothing_but(Heard::Kind::line_limit); };
    world.enter(ana);
    world.run_for(10ms);
    world.kapso = [](const Pair&) { return World::fine(); };
    for (int i = 0; i < 100; ++i) world.enter({"1", std::to_string(i)});
    world.run_for(20s);
    ASSERT_EQ(world.sent.size(), 101U);
    EXPECT_GE(world.sent[1].at, start + 1s);
    std::vector<Moment> times;
    for (const auto& one : world.sent) times.push_back(one.at);
    EXPECT_EQ(most_within(times, 1s), 20U);
}

TEST(PaceTest, A429StopsTheWholeKeyUntilItsRetryAfter) {
    World world;
    world.enter(ana);
    world.run_for(1s);
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::key_limit, kapso::Budget::Said{100, 0}, 15s};
    };
    world.enter(luis);
    world.run_for(200ms);
    const auto heard = world.now;
    world.kapso = [](const Pair&) { return World::fine(); };
    world.enter({"2", "another line"});
    EXPECT_EQ(world.sent.size(), 2U);
    world.run_for(20s);
    ASSERT_EQ(world.sent.size(), 3U);
    EXPECT_GE(world.sent[2].at, heard + 14s);
    EXPECT_LE(world.sent[2].at, heard + 15s);
}

TEST(PaceTest, ALongStopIsToldAtOnceAndSurelyNothingWasSent) {
    World world;
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::key_limit, kapso::Budget::Said{100, 0}, 60s};
    };
    world.enter(ana);
    world.run_for(1s);
    const auto answer = world.enter(luis);
    ASSERT_TRUE(std::holds_alternative<Pace::Refusal>(answer));
    EXPECT_GT(std::get<Pace::Refusal>(answer).wait, 55s);
    world.run_for(2min);
    EXPECT_EQ(world.sent.size(), 1U);
}

/// Each of those that were refused is told a time in a minute that has room for it.
TEST(PaceTest, ThoseWhoAreSentAwayAreSpreadOverTheMinutesThatHaveRoom) {
    World world;
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::key_limit, kapso::Budget::Said{100, 0}, 60s};
    };
    world.enter(ana);
    world.run_for(1s);
    std::map<std::int64_t, int> by_minute;
    for (int i = 0; i < 350; ++i) {
        const auto answer = world.enter({"1", std::to_string(i)});
        ++by_minute[std::get<Pace::Refusal>(answer).wait / 60s];
    }
    EXPECT_EQ(by_minute, (std::map<std::int64_t, int>{{0, 100}, {1, 100}, {2, 100}, {3, 50}}));
}

TEST(PaceTest, TheQueueIsBoundedByCountAndBytes) {
    World world;
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::key_limit, kapso::Budget::Said{}, 10s};
    };
    world.enter(ana);
    world.run_for(1s);
    std::size_t waiting = 0;
    for (int i = 0; i < 5'000; ++i) {
        const auto answer = world.enter({std::to_string(i), "1"});
        if (std::holds_alternative<Pace::Ticket>(answer)) ++waiting;
    }
    EXPECT_EQ(waiting, 2'000U);
    World fat;
    fat.kapso = world.kapso;
    fat.enter(ana);
    fat.run_for(1s);
    for (int i = 0; i < 5; ++i) fat.enter({std::to_string(i), "1"}, 2 << 20);
    EXPECT_EQ(fat.pace.figures().waiting, 4U);
    EXPECT_LE(fat.pace.figures().bytes, std::size_t{8} << 20);
}

TEST(PaceTest, NobodyWaitsLongerThanTheLongestWait) {
    World world;
    world.latency = 1h;  // an answer that does not come
    world.enter(ana);
    const auto second = std::get<Pace::Ticket>(world.enter(ana));
    world.run_for(19s);
    EXPECT_TRUE(world.refused.empty());
    world.run_for(1s);
    ASSERT_TRUE(world.refused.contains(second));
    EXPECT_GE(world.refused.at(second).wait, 1s);
    EXPECT_EQ(world.pace.figures().waiting, 0U);
}

TEST(PaceTest, PairsWhoseBucketIsFullAgainAreForgotten) {
    World world;
    for (int i = 0; i < 50'000; ++i) {
        world.enter({std::to_string(i % 20), std::to_string(i)});
        world.run_for(2ms);
    }
    EXPECT_LT(world.pace.figures().pairs, 8'000U) << "each is full again after 6 s";
}

TEST(PaceTest, ListsLeaveAThirdOfTheMinuteToSends) {
    Pace pace;
    const auto first = std::get<Pace::Ticket>(pace.list(start));
    pace.answered(first, {Heard::Kind::fine, kapso::Budget::Said{90, 89}, {}}, start);
    int lists = 1;
    for (std::int64_t left = 88;; --left) {
        const auto answer = pace.list(start + 1s);
        const auto* ticket = std::get_if<Pace::Ticket>(&answer);
        if (ticket == nullptr) {
            EXPECT_EQ(std::get<Moment>(answer), start + 60s) << "when the minute is surely over";
            break;
        }
        pace.answered(*ticket, {Heard::Kind::fine, kapso::Budget::Said{90, left}, {}}, start + 1s);
        ++lists;
    }
    EXPECT_EQ(lists, 60);
    pace.enter(ana, 1, start + 2s);
    EXPECT_EQ(pace.step(start + 2s).go.size(), 1U) << "a send may still leave";
}

TEST(PaceTest, AListThatComesBeforeTheFirstAnswersAsksAgainSoon) {
    Pace pace;
    std::vector<Pace::Ticket> out;
    for (std::size_t i = 0; i < kapso::Budget::probes; ++i) {
        out.push_back(std::get<Pace::Ticket>(pace.list(start)));
    }
    EXPECT_EQ(std::get<Moment>(pace.list(start)), start + 1s);
    pace.answered(out[0], World::fine(), start + 1s);
    EXPECT_TRUE(std::holds_alternative<Pace::Ticket>(pace.list(start + 1s)));
}

TEST(PaceTest, AListLetsSendsThatWaitGoFirst) {
    Pace pace;
    const auto first = std::get<Pace::Ticket>(pace.list(start));
    pace.answered(first, {Heard::Kind::fine, kapso::Budget::Said{90, 40}, {}}, start);
    for (int i = 0; i < 41; ++i) pace.enter({"1", std::to_string(i)}, 1, start);
    EXPECT_EQ(std::get<Moment>(pace.list(start)), start + 1s) << "of 40 calls, 41 are waited for";
}

// ---- For all arrivals --------------------------------------------------------------------------

void keep_every_limit_and_starve_nobody() {
    const auto limit = *rc::gen::inRange(20, 300);
    Counting outside(limit, std::chrono::milliseconds(*rc::gen::inRange(0, 60'000)));
    World world;
    world.latency = std::chrono::milliseconds(*rc::gen::inRange(0, 3'000));
    const auto slowest = *rc::gen::inRange(1, 2'000);
    std::minstd_rand random(*rc::gen::inRange(1U, 1'000'000U));
    world.way_there = [&] {
        return std::chrono::milliseconds(random() % static_cast<unsigned>(slowest));
    };
    world.kapso = [&](const Pair& pair) { return outside.take(pair, world.now); };
    const auto persons = *rc::gen::inRange(1, 40);
    const auto count = *rc::gen::inRange(1, 600);
    std::size_t tickets = 0;
    for (int i = 0; i < count; ++i) {
        const Pair pair{std::to_string(*rc::gen::inRange(1, 3)),
                        std::to_string(*rc::gen::inRange(0, persons))};
        if (std::holds_alternative<Pace::Ticket>(world.enter(pair))) ++tickets;
        const auto pause = *rc::gen::element(0, 0, 0, 1, 20, 300, 4'000);
        world.run_for(std::chrono::milliseconds(pause));
        RC_ASSERT(world.pace.figures().waiting <= 2'000U);
    }
    world.run_for(30s);
    RC_ASSERT(outside.refused == 0);
    RC_ASSERT(outside.over_pair == 0);
    RC_ASSERT(world.sent.size() + world.refused.size() == tickets);
    std::map<Pair, Pace::Ticket> last;
    for (const auto& one : world.sent) {
        RC_ASSERT(one.at - world.entered.at(one.ticket) <= 20s);
        RC_ASSERT(last[one.pair] < one.ticket);  // in turn
        last[one.pair] = one.ticket;
    }
    for (const auto& line : {"1", "2"}) {
        std::vector<Moment> times;
        for (const auto& one : world.sent) {
            if (one.pair.line == line) times.push_back(one.at);
        }
        RC_ASSERT(most_within(times, 1s) <= 80U);
    }
    RC_ASSERT(world.pace.figures().waiting == 0U);
    RC_ASSERT(world.pace.figures().bytes == 0U);
}

TEST(PaceProperty, KeepsEveryLimitAndStarvesNobody) {
    EXPECT_TRUE(rc::check(keep_every_limit_and_starve_nobody));
}

}  // namespace
