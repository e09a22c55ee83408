#include "actors/slice_share.hpp"

#include <gtest/gtest.h>

namespace {

using actors::SliceShare;
using Slices = std::vector<int>;
using namespace std::chrono_literals;

/// Holds all four slices, and is to leave two.
struct ShareTest : testing::Test {
    SliceShare share{4};
    const Slices all{0, 1, 2, 3};

    ShareTest() {
        share.renewed({}, all, 2);
        EXPECT_EQ(share.leave(all, 0s), (Slices{2, 3}));
    }
};

TEST_F(ShareTest, WhatIsLeftIsClosedUntilItIsGivenBack) {
    EXPECT_EQ(share.closed(), (Slices{2, 3}));
    EXPECT_EQ(share.left({1, 2}), Slices{2}) << "the other one was not to be left";
    EXPECT_EQ(share.to_give_back(), Slices{2});
    EXPECT_EQ(share.closed(), (Slices{3, 2}));
    share.renewed({2}, {0, 1, 3}, 2);
    EXPECT_EQ(share.to_give_back(), Slices{});
    EXPECT_EQ(share.closed(), Slices{3});
    EXPECT_FALSE(share.waited_enough(59s));
    EXPECT_TRUE(share.waited_enough(60s));
}

TEST_F(ShareTest, ARenewalThatWasAskedForBeforeGivesNothingBack) {
    share.left({2});
    share.renewed({}, all, 2);
    EXPECT_EQ(share.to_give_back(), Slices{2});
    EXPECT_EQ(share.closed(), (Slices{3, 2}));
    EXPECT_EQ(share.leave(all, 0s), Slices{3}) << "nothing more is to be left";
}

TEST_F(ShareTest, WhatWasLostMeanwhileIsClosedNoMore) {
    share.left({2});
    share.renewed({}, {0, 1}, 2);
    EXPECT_EQ(share.closed(), Slices{});
    EXPECT_EQ(share.to_give_back(), Slices{});
    share.renewed({}, all, 1);
    EXPECT_EQ(share.closed(), Slices{}) << "it is held again, and decided for";
    EXPECT_EQ(share.leave(all, 0s), Slices{});
}

TEST_F(ShareTest, WhatIsGivenBackAndHadAgainIsOpen) {
    share.left({2, 3});
    share.renewed({2, 3}, all, 1);
    EXPECT_EQ(share.closed(), Slices{});
}

}  // namespace
