#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "tests/kapso/pace_world.hpp"

/// More sends than a minute of the key grants: each comes again when it was told to.
namespace {

using namespace paced;

constexpr std::int64_t limit = 100;

/// Kapso's count of each minute.
struct Minutes {
    std::map<std::int64_t, std::int64_t> used;
    int refused = 0;

    Heard take(Moment at) {
        auto& count = used[at.time_since_epoch() / 60s];
        if (count >= limit) {
            ++refused;
            return {Heard::Kind::key_limit, kapso::Budget::Said{limit, 0}, 60s};
        }
        ++count;
        return {Heard::Kind::fine, kapso::Budget::Said{limit, limit - count}, {}};
    }
};

/// One process, and those of its sends that haven't gone out.
struct Burst {
    struct Send {
        Pair pair;
        Moment at;
        int refusals = 0;
        std::optional<Pace::Ticket> ticket{};
    };
    World world;
    std::vector<Send> sends;

    void come_again() {
        for (auto& send : sends) {
            if (send.ticket && world.refused.contains(*send.ticket)) {
                send.at = world.now + world.refused.at(*send.ticket).wait;
                send.ticket.reset();
                ++send.refusals;
            }
            if (send.ticket || send.at > world.now) continue;
            auto answer = world.enter(send.pair);
            if (const auto* refusal = std::get_if<Pace::Refusal>(&answer)) {
                send.at = world.now + refusal->wait;
                ++send.refusals;
            } else {
                send.ticket = std::get<Pace::Ticket>(answer);
            }
        }
    }
};

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
        all[static_cast<std::size_t>(i % processes)].sends.push_back(
            {{"1", std::to_string(i)}, start});
    }
    const auto sent = [&] {
        std::size_t sum = 0;
        for (const auto& one : all) sum += one.world.sent.size();
        return static_cast<int>(sum);
    };
    auto now = start;
    for (; sent() < count && now < start + 1h; now += 100ms) {
        for (auto& one : all) {
            one.world.run_until(now);
            one.come_again();
        }
    }
    Ended ended{0, now - start, kapso.refused};
    for (const auto& one : all) {
        for (const auto& send : one.sends) {
            ended.most_refusals = std::max(ended.most_refusals, send.refusals);
        }
    }
    return ended;
}

class Bursts : public testing::TestWithParam<std::pair<int, int>> {};
INSTANTIATE_TEST_SUITE_P(Of, Bursts,
                         testing::Values(std::pair(1, 180), std::pair(1, 400), std::pair(1, 900),
                                         std::pair(2, 180), std::pair(2, 400), std::pair(3, 300)),
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

/// Six times what goes out, for two minutes: whoever was told to come again has a place before
/// those who come later, so that everybody goes out in turn.
TEST(LongerBursts, WhoWasSentAwayGoesBeforeWhoComesLater) {
    Minutes kapso;
    Burst burst;
    burst.world.kapso = [&](const Pair&) { return kapso.take(burst.world.now); };
    const auto last = start + 2min;
    for (auto now = start; now < start + 18min; now += 100ms) {
        if (now < last) {
            burst.sends.push_back({{"1", std::to_string(burst.sends.size())}, now});
        }
        burst.world.run_until(now);
        burst.come_again();
    }
    EXPECT_EQ(kapso.refused, 0);
    ASSERT_EQ(burst.world.sent.size(), burst.sends.size());
    int most_refusals = 0;
    Span latest{};
    for (const auto& sent : burst.world.sent) {
        const auto its_minute = start + 1min * (std::stoi(sent.pair.to) / limit);
        latest = std::max(latest, sent.at - its_minute);
    }
    for (const auto& send : burst.sends) most_refusals = std::max(most_refusals, send.refusals);
    EXPECT_LE(most_refusals, 3);
    EXPECT_LE(latest, 2min);
}

}  // namespace
