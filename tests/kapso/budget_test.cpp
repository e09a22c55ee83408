#include "kapso/budget.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using kapso::Budget;
using kapso::Moment;

constexpr Moment start{1h};

/// A budget whose first call was answered at the start: `left` of 100.
Budget told(std::int64_t left) {
    Budget budget;
    budget.answered(budget.charge(start), Budget::Said{100, left}, start);
    return budget;
}

TEST(BudgetTest, BeforeTheFirstAnswerOnlyAFewCallsGoOut) {
    Budget budget;
    std::vector<Budget::Charge> calls;
    while (budget.earliest(start) == start) calls.push_back(budget.charge(start));
    EXPECT_EQ(calls.size(), Budget::probes);
    EXPECT_EQ(budget.earliest(start), Moment::max()) << "an answer has to come first";
    budget.answered(calls[0], std::nullopt, start);
    EXPECT_EQ(budget.earliest(start), start) << "one that never comes makes room for another";
    calls[0] = budget.charge(start);
    budget.answered(calls[0], Budget::Said{}, start);
    for (int i = 0; i < 1'000; ++i) {
        EXPECT_EQ(budget.earliest(start), start) << "without figures there is no limit";
        budget.charge(start);
    }
}

TEST(BudgetTest, WhatOthersUseOfTheKeyIsBelieved) {
    auto budget = told(99);
    budget.answered(budget.charge(start), Budget::Said{100, 10}, start + 1s);
    EXPECT_EQ(budget.left(), 10);
    for (int i = 0; i < 10; ++i) budget.charge(start + 1s);
    EXPECT_EQ(budget.earliest(start + 1s), start + 60s);
}

TEST(BudgetTest, AnAnswerThatLeavesMoreThanCanBeTellsOfANewMinute) {
    auto budget = told(3);
    budget.charge(start), budget.charge(start), budget.charge(start);
    EXPECT_EQ(budget.earliest(start + 1s), start + 60s);
    budget = told(3);
    const auto before = budget.charge(start + 9s);
    const auto after = budget.charge(start + 10s);
    budget.answered(after, Budget::Said{100, 99}, start + 11s);
    EXPECT_EQ(budget.left(), 98) << "the one that is still out may count there too";
    budget.answered(before, Budget::Said{100, 2}, start + 11s);
    EXPECT_EQ(budget.left(), 98) << "what an earlier minute left is no news";
    for (int i = 0; i < 98; ++i) budget.charge(start + 12s);
    EXPECT_EQ(budget.earliest(start + 12s), start + 11s + 60s);
}

TEST(BudgetTest, WhenAMinuteIsSurelyOverThoseThatAreOutMayCountInTheNext) {
    auto budget = told(99);
    const auto out = budget.charge(start + 59s);
    budget.charge(start + 59s), budget.charge(start + 59s);
    EXPECT_EQ(budget.earliest(start + 60s), start + 60s);
    EXPECT_EQ(budget.left(), 97);
    budget.charge(start + 60s);
    EXPECT_EQ(budget.earliest(start + 60s), Moment::max()) << "it is asked about first";
    budget.answered(out, Budget::Said{100, 50}, start + 61s);
    EXPECT_EQ(budget.left(), 96) << "of the last minute, perhaps";
    EXPECT_EQ(budget.earliest(start + 61s), start + 61s);
}

TEST(BudgetTest, AStopHoldsUntilItsEndAndThenItAsks) {
    auto budget = told(50);
    budget.stop(start, start + 30s);
    EXPECT_EQ(budget.earliest(start + 1s), start + 30s);
    EXPECT_EQ(budget.estimate(start + 1s, 0), start + 30s);
    EXPECT_EQ(budget.estimate(start + 1s, 100), start + 90s) << "the minute after has 100";
    for (std::size_t i = 0; i < Budget::probes; ++i) {
        EXPECT_EQ(budget.earliest(start + 30s), start + 30s);
        budget.charge(start + 30s);
    }
    EXPECT_EQ(budget.earliest(start + 30s), Moment::max());
}

TEST(BudgetTest, IsAskedAgainWithinTenMinutesHoweverLongAStopIs) {
    auto budget = told(50);
    budget.stop(start, start + 24h);
    EXPECT_EQ(budget.earliest(start + 1s), start + 10min);
    EXPECT_EQ(budget.earliest(start + 10min), start + 10min);
}

TEST(BudgetTest, AnEstimateCountsTheMinutesThatOthersFill) {
    auto budget = told(10);
    EXPECT_EQ(budget.estimate(start + 1s, 9), start + 1s);
    EXPECT_EQ(budget.estimate(start + 1s, 10), start + 60s);
    EXPECT_EQ(budget.estimate(start + 1s, 109), start + 60s);
    EXPECT_EQ(budget.estimate(start + 1s, 110), start + 120s);
}

TEST(BudgetTest, OfAMinuteThatSeveralShareEachKeepsToItsPart) {
    Budget budget;
    budget.share(3);
    for (int i = 0; i < 33; ++i) {
        EXPECT_EQ(budget.earliest(start), start) << i;
        budget.answered(budget.charge(start), Budget::Said{100, 99 - i}, start + 1s);
    }
    EXPECT_EQ(budget.left(), 0);
    EXPECT_EQ(budget.earliest(start + 1s), start + 61s) << "the first may have counted until then";
    EXPECT_EQ(budget.earliest(start + 61s), start + 61s);
    EXPECT_EQ(budget.earliest_for_lists(start + 61s, 0), start + 61s);
    for (int i = 0; i < 21; ++i) budget.charge(start + 61s);
    EXPECT_GT(budget.earliest_for_lists(start + 61s, 0), start + 61s) << "a third is for sends";
    for (int i = 0; i < 12; ++i) budget.charge(start + 61s);
    EXPECT_EQ(budget.earliest(start + 62s), Moment::max()) << "an answer has to come first";
    budget.share(2);
    EXPECT_EQ(budget.left(), 17);
}

/// One of two that share a key: 300 calls of 6,000 were answered at the start, and ten seconds
/// later the key grants less than was used in that minute.
Budget with_much_used() {
    Budget budget;
    budget.share(2);
    for (int i = 0; i < 300; ++i) {
        budget.answered(budget.charge(start), Budget::Said{6'000, 5'999 - i}, start);
    }
    budget.answered(budget.charge(start + 10s), Budget::Said{100, 0}, start + 10s);
    return budget;
}

TEST(BudgetTest, WhoHasUsedMoreThanItsPartHasAllOfItBackInAMinute) {
    auto budget = with_much_used();
    for (const auto now : {start + 10s, start + 12s}) {
        EXPECT_EQ(budget.estimate(now, 0), start + 60s);
        EXPECT_EQ(budget.estimate(now, 48), start + 60s);
        EXPECT_EQ(budget.estimate(now, 49), start + 70s) << "when the last of them is a minute ago";
        EXPECT_LE(budget.estimate(now, 99), now + 120s);
    }
}

TEST(BudgetTest, AStopEndsWithTheMinuteInWhichAllThatWasUsedCounts) {
    auto budget = with_much_used();
    budget.stop(start + 10s, start + 11s);
    EXPECT_EQ(budget.estimate(start + 10s, 49), start + 11s);
    EXPECT_EQ(budget.estimate(start + 10s, 50), start + 71s);
    EXPECT_EQ(budget.earliest(start + 11s), start + 11s)
        << "and so it is heard what is granted now";
    budget.answered(budget.charge(start + 11s), Budget::Said{6'000, 5'999}, start + 11s);
    EXPECT_EQ(budget.earliest(start + 11s), start + 11s);
    EXPECT_EQ(budget.estimate(start + 11s, 2'000), start + 11s);
}

}  // namespace
