#include <gtest/gtest.h>

#include "tests/kapso/pace_burst.hpp"

/// More sends than a minute of the key grants: each comes again when it was told to.
namespace {

using namespace paced;

constexpr std::int64_t limit = 100;

struct Ended {
    int most_refusals = 0;
    Span took{};
    int refused = 0;  // by Kapso
};

/// `count` sends at one moment to as many persons, dealt out to so many processes.
Ended ended(int processes, int count) {
    Minutes kapso;
    std::vector<Burst> all(static_cast<std::size_t>(processes));
    for (auto& one : all) {
        one.world.pace.share(processes);
        one.world.kapso = [&](const Pair&) { return kapso.take(one.world.now); };
    }
    for (int i = 0; i < count; ++i) {
        all[static_cast<std::size_t>(i % processes)].add({"1", std::to_string(i)});
    }
    const auto sent = [&] {
        std::size_t sum = 0;
        for (const auto& one : all) sum += one.world.sent.size();
        return static_cast<int>(sum);
    };
    auto now = start;
    for (; sent() < count && now < start + 1h; now += 100ms) {
        for (auto& one : all) one.run_until(now);
    }
    Ended ended{0, now - start, kapso.refused};
    for (const auto& one : all) {
        ended.most_refusals = std::max(ended.most_refusals, one.most_refusals());
    }
    return ended;
}

class Bursts : public testing::TestWithParam<std::pair<int, int>> {};
INSTANTIATE_TEST_SUITE_P(Of, Bursts,
                         testing::Values(std::pair(1, 180), std::pair(1, 400), std::pair(1, 900),
                                         std::pair(2, 180), std::pair(2, 400), std::pair(3, 300),
                                         std::pair(2, 1'500), std::pair(3, 1'500)),
                         [](const auto& given) {
                             return std::to_string(given.param.second) + "From" +
                                    std::to_string(given.param.first);
                         });

TEST_P(Bursts, GoOutAsQuicklyAsTheKeyGrantsAndNobodyIsSentAwayAgainAndAgain) {
    const auto [processes, count] = GetParam();
    const auto end = ended(processes, count);
    EXPECT_EQ(end.refused, 0);
    EXPECT_LE(end.took, 60s * (count / limit + 2));
    EXPECT_LE(end.most_refusals, 3);
}

// ---- More is due than goes out, for a while ---------------------------------------------------

struct Longer : testing::Test {
    Minutes kapso{limit};
    Burst burst;
    Longer() {
        burst.world.kapso = [this](const Pair&) { return kapso.take(burst.world.now); };
    }
    /// How much later than in the order in which they came the latest went out, in the minute of
    /// its place.
    Span latest() const {
        Span latest{};
        for (std::size_t i = 0; i < burst.sends.size(); ++i) {
            const auto minute = start + 1min * (static_cast<std::int64_t>(i) / kapso.limit);
            if (burst.sends[i].sent) latest = std::max(latest, *burst.sends[i].sent - minute);
        }
        return latest;
    }
    /// All went out nearly in the order in which they came, and were hardly sent away again.
    void expect_order(Span within) const {
        EXPECT_EQ(kapso.refused, 0);
        EXPECT_EQ(burst.world.sent.size(), burst.sends.size());
        EXPECT_LE(burst.most_refusals(), 2);
        EXPECT_LE(latest(), within);
    }
};

TEST_F(Longer, WhoWasSentAwayGoesBeforeWhoComesLater) {
    pour(burst, 2min, 1);
    burst.run_until(start + 20min);
    expect_order(80s);
}

TEST_F(Longer, OfTheLargestPlanToo) {
    kapso.limit = 2'000;
    pour(burst, 3min, 10, 4);
    burst.run_until(start + 20min);
    expect_order(90s);
}

/// Nobody is away for longer than a quarter of an hour, and comes before its place then.
TEST_F(Longer, NoMinuteStandsIdleWhereTheQueueIsLongerThanAnybodyIsSentAwayFor) {
    pour(burst, 4min, 1);
    burst.run_until(start + 40min);
    ASSERT_EQ(burst.world.sent.size(), burst.sends.size());
    const auto counts = by_minute(burst);
    EXPECT_LE(counts.rbegin()->first, 24);
    for (const auto& [minute, count] : counts) {
        if (minute > 0 && minute < 23) {
            EXPECT_GE(count, 95) << minute;
        }
    }
}

/// They had a place for later, and nothing to send any more when they would have been told again.
TEST_F(Longer, APlaceThatNobodyComesForIsTakenByOthers) {
    burst.lasts = 14min;
    pour(burst, 4min, 1);
    burst.run_until(start + 20min);
    burst.lasts = 1h;
    pour(burst, 1min, 1);
    burst.run_until(start + 30min);
    auto counts = by_minute(burst);
    for (std::int64_t minute = 20; minute < 24; ++minute) EXPECT_GE(counts[minute], 95) << minute;
}

/// A line that is told to pause has places for later, and none of those that others could have.
TEST_F(Longer, ALineThatIsBlockedDelaysNoOther) {
    kapso.limit = 600;
    burst.world.kapso = [&](const Pair& pair) {
        auto heard = kapso.take(burst.world.now);
        const bool blocked = pair.line == "blocked" && burst.world.now < start + 15s;
        if (blocked) heard.kind = Heard::Kind::line_limit, heard.wait = 300s;
        return heard;
    };
    pour(burst, 10s, 1);
    for (int i = 0; i < 1'500; ++i) burst.add({"blocked", std::to_string(i)});
    burst.run_until(start + 40s);
    const auto first = burst.sends.size();
    pour(burst, 10s, 1);
    burst.run_until(start + 100s);
    for (auto i = first; i < burst.sends.size(); ++i) {
        ASSERT_TRUE(burst.sends[i].sent);
        EXPECT_LE(*burst.sends[i].sent - burst.sends[i].born, 30s) << i;
    }
    burst.run_until(start + 10min);
    EXPECT_EQ(burst.world.sent.size(), burst.sends.size());
    EXPECT_LE(burst.most_refusals(), 6);
}

/// More was promised than a minute then holds: whoever is put off stays before those who came
/// later.
TEST_F(Longer, WhoIsPutOffAgainKeepsHisPlace) {
    for (int i = 0; i < 300; ++i) burst.add({"1", std::to_string(i)});
    std::int64_t minute = -1;
    for (int tenth = 0; tenth < 45 * 600; ++tenth) {
        const auto now = burst.world.now.time_since_epoch() / 60s;
        if (now != minute && now % 3 == 0) kapso.used[now] += 60;  // another program's
        minute = now;
        const auto number = burst.sends.size();
        if (tenth < 30 * 600 && tenth % 7 == 0) burst.add({"1", std::to_string(number)});
        burst.run_until(burst.world.now + 100ms);
    }
    ASSERT_EQ(burst.world.sent.size(), burst.sends.size());
    EXPECT_LE(burst.most_refusals(), 3);
    for (const auto& send : burst.sends) ASSERT_LE(*send.sent - send.born, 450s);
}

/// A number that the Business app shares: 20 a second, whatever the key grants.
TEST_F(Longer, OfASlowLineTheOldestGoOutFirstToo) {
    kapso.limit = 2'000;
    bool told = false;
    burst.world.kapso = [&](const Pair&) {
        auto heard = kapso.take(burst.world.now);
        if (!std::exchange(told, true)) heard.kind = Heard::Kind::line_limit;
        return heard;
    };
    burst.add({"1", "first"});
    burst.run_until(start + 5s);
    for (int i = 0; i < 3'000; ++i) burst.add({"1", std::to_string(i)});
    const auto old = burst.sends.size();
    pour(burst, 30s, 1);
    burst.run_until(start + 4min);
    for (std::size_t i = 0; i < burst.sends.size(); ++i) {
        const auto& send = burst.sends[i];
        ASSERT_TRUE(send.sent) << i;
        if (i >= old) continue;
        ASSERT_LE(*send.sent, start + 170s) << i;
    }
    EXPECT_LE(burst.most_refusals(), 2);
}

/// Held back by the key and by the line by turns: nobody waits for one who waits for him.
TEST_F(Longer, WhereKeyAndLineAreBothShortEveryMinuteIsUsed) {
    kapso.limit = 2'000;
    for (int i = 0; i < 10'000; ++i) burst.add({"1", std::to_string(i)});
    burst.run_until(start + 6min);
    const auto counts = by_minute(burst);
    ASSERT_EQ(burst.world.sent.size(), burst.sends.size());
    for (std::int64_t minute = 0; minute < 5; ++minute) EXPECT_GE(counts.at(minute), 1'950);
    EXPECT_LE(burst.most_refusals(), 6);
}
TEST_F(Longer, AfterKapsoHungSendingGoesOnAtOnce) {
    kapso.limit = 2'000;
    burst.world.kapso = [&](const Pair&) {
        return burst.world.now < start + 5min ? Heard{} : kapso.take(burst.world.now);
    };
    burst.world.latency = 30s;
    pour(burst, 5min, 6);
    burst.run_until(start + 6min);
    burst.world.latency = 100ms;
    const auto before = burst.world.sent.size();
    burst.run_until(start + 10min);
    EXPECT_GE(burst.world.sent.size(), before + 4 * 1'900);
}

/// Kapso takes connections, and answers nothing: what has no room comes again now and then.
TEST_F(Longer, WhereNoRoomIsLeftNobodyAsksForItEverySecond) {
    burst.world.latency = 30s;
    burst.world.kapso = [](const Pair&) { return Heard{}; };
    pour(burst, 100ms, 6'000, 50);
    burst.run_until(start + 2min);
    EXPECT_LE(burst.most_refusals(), 6);
}

}  // namespace
