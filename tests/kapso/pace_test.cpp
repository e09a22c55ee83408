#include "kapso/pace.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <map>
#include <queue>
#include <set>

namespace {

using namespace std::chrono_literals;
using kapso::Heard;
using kapso::Moment;
using kapso::Pace;
using kapso::Pair;
using kapso::Span;

constexpr Moment start{1h};

const Pair ana{"1", "34600"}, luis{"1", "34601"};

/// A pace, a virtual clock, and an outside that answers each call after a while.
class World {
public:
    Pace pace;
    Moment now = start;
    Span latency = 100ms;
    std::function<Heard(const Pair&)> kapso = [](const Pair&) { return fine(); };

    struct Sent {
        Moment at;
        Pair pair;
        Pace::Ticket ticket = 0;
    };
    std::vector<Sent> sent;
    std::map<Pace::Ticket, Pace::Refusal> refused;
    std::map<Pace::Ticket, Moment> entered;

    static Heard fine() { return {Heard::Kind::fine, kapso::Budget::Said{}, {}}; }

    std::variant<Pace::Ticket, Pace::Refusal> enter(const Pair& pair, std::size_t bytes = 10) {
        auto answer = pace.enter(pair, bytes, now);
        if (const auto* ticket = std::get_if<Pace::Ticket>(&answer)) {
            pairs_[*ticket] = pair;
            entered[*ticket] = now;
        }
        step();
        return answer;
    }
    /// Time goes on, and everything that is due happens at its moment.
    void run_until(Moment end) {
        for (;;) {
            auto next = std::min(pace.next(now), end);
            if (!answers_.empty()) next = std::min(next, answers_.begin()->first);
            now = std::max(now, next);
            if (!answers_.empty() && answers_.begin()->first <= now) {
                const auto [ticket, heard] = answers_.begin()->second;
                answers_.erase(answers_.begin());
                pace.answered(ticket, heard, now);
            }
            step();
            if (now >= end && (answers_.empty() || answers_.begin()->first > now)) return;
        }
    }
    void run_for(Span span) { run_until(now + span); }

private:
    void step() {
        const auto step = pace.step(now);
        for (const auto ticket : step.go) {
            sent.push_back({now, pairs_.at(ticket), ticket});
            answers_.emplace(now + latency, std::pair{ticket, kapso(pairs_.at(ticket))});
        }
        for (const auto& [ticket, refusal] : step.refused) refused[ticket] = refusal;
    }
    std::map<Pace::Ticket, Pair> pairs_;
    std::multimap<Moment, std::pair<Pace::Ticket, Heard>> answers_;
};

std::vector<Moment> times_to(const World& world, const Pair& pair) {
    std::vector<Moment> times;
    for (const auto& one : world.sent) {
        if (one.pair == pair) times.push_back(one.at);
    }
    return times;
}

/// The most that happened within any span of that length.
std::size_t most_within(const std::vector<Moment>& times, Span span) {
    std::size_t most = 0, from = 0;
    for (std::size_t to = 0; to < times.size(); ++to) {
        while (times[to] - times[from] >= span) ++from;
        most = std::max(most, to - from + 1);
    }
    return most;
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
    world.run_for(13ms);
    EXPECT_EQ(times_to(world, luis).size(), 1U) << "another person's does not";
    world.run_for(4s);
    EXPECT_EQ(times_to(world, ana), (std::vector{start, start + 3s}));
}

TEST(PaceTest, AfterABurstAPersonGetsOneMessageInSixSeconds) {
    World world;
    world.latency = 1ms;
    for (int i = 0; i < 45; ++i) {
        world.enter(ana);
        world.run_for(20ms);
    }
    EXPECT_EQ(world.sent.size(), 45U);
    const auto burst_end = world.now;
    world.enter(ana), world.enter(ana), world.enter(ana);
    const auto beyond = world.enter(ana);
    ASSERT_TRUE(std::holds_alternative<Pace::Refusal>(beyond)) << "the fourth waits over 20 s";
    EXPECT_GT(std::get<Pace::Refusal>(beyond).wait, 20s);
    EXPECT_LE(std::get<Pace::Refusal>(beyond).wait, 24s);
    world.run_for(20s);
    EXPECT_EQ(world.sent.size(), 48U);
    EXPECT_GE(world.sent[45].at, start + 6s);
    EXPECT_LE(world.sent[47].at, burst_end + 18s);
}

TEST(PaceTest, ALineSendsEightyASecond) {
    World world;
    for (int i = 0; i < 1'000; ++i) world.enter({"1", std::to_string(i)});
    world.run_for(20s);
    EXPECT_EQ(world.sent.size(), 1'000U);
    std::vector<Moment> times;
    for (const auto& one : world.sent) times.push_back(one.at);
    EXPECT_EQ(most_within(times, 1s), 80U);
}

TEST(PaceTest, LinesTakeTurns) {
    World world;
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::fine, kapso::Budget::Said{}, {}};
    };
    for (int i = 0; i < 200; ++i) world.enter({"1", std::to_string(i)});
    world.enter({"2", "1"});
    world.run_for(100ms);
    const auto of_two = std::ranges::count_if(world.sent, [](const World::Sent& one) {
        return one.pair.line == "2";
    });
    EXPECT_EQ(of_two, 1) << "a line with a queue holds up no other";
}

TEST(PaceTest, AConflictWaitsASecondAndAPairLimitFourToThePowerOfX) {
    World world;
    world.latency = 1ms;
    world.enter(ana);
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::in_flight, kapso::Budget::Said{}, {}};
    };
    world.run_for(1s);
    world.enter(ana);
    world.run_for(10ms);
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::pair_limit, kapso::Budget::Said{}, {}};
    };
    world.enter(ana);
    world.run_for(10s);
    ASSERT_EQ(world.sent.size(), 3U);
    EXPECT_GE(world.sent[2].at - world.sent[1].at, 1s);
    std::vector<Span> waits;  // before further ones, which are told the same
    for (int i = 0; i < 3; ++i) {
        auto answer = world.enter(ana);
        while (const auto* refusal = std::get_if<Pace::Refusal>(&answer)) {
            world.run_for(refusal->wait);
            answer = world.enter(ana);
        }
        const auto before = world.sent.size();
        while (world.sent.size() == before) world.run_for(100ms);
        world.run_for(5ms);
        waits.push_back(world.sent.back().at - world.sent[world.sent.size() - 2].at);
    }
    EXPECT_GE(waits[0], 6s) << "the bucket is empty at the other end";
    EXPECT_GE(waits[1], 4s);
    EXPECT_GE(waits[2], 16s);
}

TEST(PaceTest, A429StopsTheWholeKeyUntilItsRetryAfter) {
    World world;
    world.enter(ana);
    world.kapso = [](const Pair&) {
        return Heard{Heard::Kind::key_limit, kapso::Budget::Said{100, 0}, 15s};
    };
    world.run_for(1s);
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

// ---- For all arrivals --------------------------------------------------------------------------

/// Kapso and Meta, as far as they count, by a clock that Hilo doesn't know.
class Counting {
public:
    Counting(std::int64_t limit, Span phase) : limit_(limit), phase_(phase) {}

    Heard take(const Pair& pair, Moment at) {
        const auto minute = (at.time_since_epoch() + phase_) / 60s;
        auto& used = used_[minute];
        if (used >= limit_) {
            ++refused;
            return {Heard::Kind::key_limit, kapso::Budget::Said{limit_, 0}, 60s};
        }
        ++used;
        auto& full = full_at_[pair];
        full = std::max(full, at) + 6s;
        if (full > at + 45 * 6s) ++over_pair;
        return {Heard::Kind::fine, kapso::Budget::Said{limit_, limit_ - used}, {}};
    }
    int refused = 0, over_pair = 0;

private:
    std::int64_t limit_;
    Span phase_;
    std::map<std::int64_t, std::int64_t> used_;
    std::map<Pair, Moment> full_at_;
};

void keep_every_limit_and_starve_nobody() {
    const auto limit = *rc::gen::inRange(20, 300);
    Counting outside(limit, std::chrono::milliseconds(*rc::gen::inRange(0, 60'000)));
    World world;
    world.latency = std::chrono::milliseconds(*rc::gen::inRange(1, 3'000));
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
    EXPECT_TRUE(rc::check("whatever arrives", keep_every_limit_and_starve_nobody));
}

// ---- What an answer says -----------------------------------------------------------------------

TEST(HeardTest, ReadsEveryKindOfAnswer) {
    using enum Heard::Kind;
    const auto code = [](int number) {
        return R"({"error":{"code":)" + std::to_string(number) + "}}";
    };
    struct Row {
        int status;
        std::string body;
        Heard::Kind kind;
    };
    for (const auto& [status, body, kind] :
         {Row{200, "", fine}, Row{201, "{}", fine}, Row{409, "", in_flight},
          Row{429, R"({"error":"Rate limit exceeded"})", key_limit}, Row{400, code(131056), pair_limit},
          Row{400, code(130429), line_limit}, Row{429, code(130429), line_limit},
          Row{400, code(80007), line_limit}, Row{400, code(4), line_limit},
          Row{422, code(131047), other}, Row{500, "", other}, Row{402, "", other}}) {
        EXPECT_EQ(kapso::heard_in(net::Response{status, {}, body}).kind, kind) << status << body;
    }
    EXPECT_FALSE(kapso::heard_in(net::Failure{true, "reset"}).said);
    const auto heard = kapso::heard_in(net::Response{
        429, {{"x-ratelimit-limit", "100"}, {"x-ratelimit-remaining", "0"}, {"retry-after", "7"}}, ""});
    EXPECT_EQ(heard.said->limit, 100);
    EXPECT_EQ(heard.said->remaining, 0);
    EXPECT_EQ(heard.wait, 7s);
    const auto odd = kapso::heard_in(net::Response{
        200, {{"x-ratelimit-limit", "many"}, {"x-ratelimit-remaining", "-3"}}, ""});
    EXPECT_EQ(odd.said->limit, std::nullopt);
    EXPECT_EQ(odd.said->remaining, std::nullopt);
}

}  // namespace
