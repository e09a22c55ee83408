#include <gtest/gtest.h>

#include "actors/ports.hpp"

/// The time by which a process decides, whatever happens to the machine's clock.
namespace {

using namespace std::chrono_literals;

const events::Time noon = *events::parse_iso8601("2026-11-20T12:00:00Z");

TEST(ClockTest, GoesWithTheWallClock) {
    actors::Clock clock;
    EXPECT_EQ(clock.at(noon, 5s), noon);
    EXPECT_EQ(clock.at(noon + 3s, 8s), noon + 3s);
}

TEST(ClockTest, GoesOnWhereTheWallClockIsSetBack) {
    actors::Clock clock;
    clock.at(noon, 5s);
    EXPECT_EQ(clock.at(noon - 1h, 6s), noon + 1s);
    EXPECT_EQ(clock.at(noon - 1h + 30min, 6s + 30min), noon + 1s + 30min);
}

/// As when a machine has slept: its steady clock stood still meanwhile.
TEST(ClockTest, FollowsTheWallClockAhead) {
    actors::Clock clock;
    clock.at(noon, 5s);
    EXPECT_EQ(clock.at(noon + 8h, 6s), noon + 8h);
    EXPECT_EQ(clock.at(noon + 1h, 7s), noon + 8h + 1s) << "and never comes back";
}

TEST(ClockTest, IsNotBehindWhatIsRecorded) {
    actors::Clock clock;
    clock.reach(noon + 1h, 5s);
    EXPECT_EQ(clock.at(noon, 6s), noon + 1h + 1s);
}

}  // namespace
