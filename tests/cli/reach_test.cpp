#include "cli/reach.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using cli::LineTimes;
using cli::Reach;

const auto now = events::parse_iso8601("2026-11-20T12:00:00Z").value();

TEST(ReachTest, ADayAndWhereTheLastMessageIsOlderThatButNothingOfBeforeHilo) {
    const auto from = [](auto first, auto last) {
        const auto reach = cli::reach_at_start({}, LineTimes{now - first, now - last}, now);
        EXPECT_EQ(reach.fresh, reach.late);
        return now - reach.late;
    };
    EXPECT_EQ(now - cli::reach_at_start({}, {}, now).late, 1min) << "nobody wrote to it yet";
    EXPECT_EQ(from(500h, 1min), 24h);
    EXPECT_EQ(from(500h, 24h), 24h + 10min);
    EXPECT_EQ(from(500h, 72h), 72h + 10min);
    EXPECT_EQ(from(5'000h, 4'000h), 30 * 24h);
    EXPECT_EQ(from(2h, 1min), 2h + 1min);
    EXPECT_EQ(from(50h, 49h), 49h + 10min);
    EXPECT_EQ(from(0h, 0h), 1min);
    EXPECT_EQ(from(-2h, -2h), 1min) << "a clock was ahead";
}

TEST(ReachTest, BeginsWhereTheLineWasTakenInBefore) {
    const Reach before{now - 3h, now - 4h};
    EXPECT_EQ(cli::reach_at_start(before, {}, now), before) << "though nobody has written to it";
    const LineTimes young{now - 1h, now - 1h};
    EXPECT_EQ(cli::reach_at_start(before, young, now), before) << "what came first may be missing";
    const Reach old{now - 40 * 24h, now - 41 * 24h};
    EXPECT_EQ(cli::reach_at_start(old, {}, now), (Reach{now - 30 * 24h, now - 30 * 24h}));
}

TEST(ReachTest, WhatIsNewIsReadOnceMoreTenMinutesLater) {
    Reach reach{now, now - 10min};
    const auto later = now + 5min;
    const auto fresh = cli::new_part(reach, later);
    EXPECT_EQ(fresh.since, now - 1min);
    EXPECT_EQ(fresh.until, later);
    const auto late = cli::late_part(reach, fresh);
    EXPECT_EQ(late.since, now - 10min);
    EXPECT_EQ(late.until, fresh.since);
    cli::took_new(reach, fresh, later);
    EXPECT_EQ(reach, (Reach{later, now - 10min})) << "a start from here reads the late part again";
    cli::took_late(reach, late.until);
    EXPECT_EQ(reach, (Reach{later, later - 10min}));
}

TEST(ReachTest, AFirstReadingThatBreaksOffIsNotReadAgainFromItsBeginning) {
    auto reach = cli::reach_at_start({}, LineTimes{now - 500h, now - 72h}, now);
    const auto all = cli::new_part(reach, now);
    EXPECT_EQ(all.since, now - 72h - 10min);
    cli::took_new(reach, all, now - 48h);
    EXPECT_EQ(reach, (Reach{now - 48h, now - 48h - 10min}));
    const auto rest = cli::new_part(reach, now);
    EXPECT_EQ(rest.since, now - 48h - 1min);
    cli::took_late(reach, rest.since);
    EXPECT_EQ(reach.late, now - 48h - 10min) << "no later than ten minutes before what is new";
}

TEST(ReachTest, NothingOfBeforeTheFirstStartIsReadByLaterRounds) {
    auto reach = cli::reach_at_start({}, {}, now);
    const auto first = cli::new_part(reach, now);
    cli::took_new(reach, first, now);
    EXPECT_EQ(reach, (Reach{now, now - 1min}));
    const auto second = cli::new_part(reach, now + 5min);
    EXPECT_EQ(cli::late_part(reach, second).since, now - 1min);
}

TEST(ReachTest, AClockThatStepsBackReadsNothingThatIsYetToCome) {
    const Reach reach{now, now - 10min};
    const auto part = cli::new_part(reach, now - 1h);
    EXPECT_GT(part.since, part.until);
    const auto soon = cli::new_part(reach, now - 5min);
    EXPECT_EQ(soon.since, now - 6min);
}

TEST(ReachTest, WhatCameUnderOtherIdsIsLeftOut) {
    Reach reach{now - 2h, now - 2h - 10min};
    cli::begin_behind(reach, now - 1h);
    EXPECT_EQ(reach, (Reach{now - 59min, now - 59min}));
    cli::begin_behind(reach, now - 3h);
    EXPECT_EQ(reach.late, now - 59min);
}

}  // namespace
