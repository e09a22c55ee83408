#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "tests/kapso/pace_world.hpp"

namespace paced {

/// Kapso's count of each minute.
struct Minutes {
    std::int64_t limit = 100;
    std::map<std::int64_t, std::int64_t> used{};
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

/// One process and its sends. Who is sent away comes again when it was told to, as the rules do
/// (domain/conversation_sends): in whole seconds, not before a pause that grows, a moment later,
/// and after fifteen minutes at most.
class Burst {
public:
    struct Send {
        Pair pair;
        Moment born;
        Span lasts;  // when it is older than that, and comes again, it doesn't
        int refusals = 0;
        std::optional<Moment> sent{};
    };
    World world;
    std::vector<Send> sends;
    Span lasts = 100h;  // of those that are added

    void add(Pair pair) {
        due_.emplace(world.now, sends.size());
        sends.push_back({std::move(pair), world.now, lasts});
    }
    void run_until(Moment end) {
        while (world.now < end) step(std::min<Moment>(world.now + 100ms, end));
        step(end);
    }
    void step(Moment now) {
        world.run_until(now);
        for (bool more = true; more;) {
            more = !world.refused.empty() || (!due_.empty() && due_.begin()->first <= now);
            for (const auto& [ticket, refusal] : std::exchange(world.refused, {})) {
                goes_away(tickets_.at(ticket), refusal);
            }
            while (!due_.empty() && due_.begin()->first <= now) {
                const auto number = due_.begin()->second;
                due_.erase(due_.begin());
                comes(number);
            }
        }
        for (; heard_ < world.sent.size(); ++heard_) {
            const auto& one = world.sent[heard_];
            sends[tickets_.at(one.ticket)].sent = one.at;
        }
    }
    int most_refusals() const {
        int most = 0;
        for (const auto& send : sends) most = std::max(most, send.refusals);
        return most;
    }
    int all_refusals() const {
        int sum = 0;
        for (const auto& send : sends) sum += send.refusals;
        return sum;
    }

private:
    void comes(std::size_t number) {
        auto& send = sends[number];
        if (send.refusals > 0 && send.born + send.lasts < world.now) return;
        const auto answer = world.enter(send.pair);
        if (const auto* refusal = std::get_if<Pace::Refusal>(&answer)) {
            goes_away(number, *refusal);
        } else {
            tickets_[std::get<Pace::Ticket>(answer)] = number;
        }
    }
    void goes_away(std::size_t number, const Pace::Refusal& refusal) {
        const auto pause = std::min(1s * (1 << std::min(sends[number].refusals++, 3)), 8s);
        const Span told =
            std::clamp<Span>(std::chrono::ceil<std::chrono::seconds>(refusal.wait), pause, 15min);
        due_.emplace(world.now + told + 300ms, number);
    }

    std::multimap<Moment, std::size_t> due_;
    std::map<Pace::Ticket, std::size_t> tickets_;
    std::size_t heard_ = 0;
};

/// `rate` sends in each tenth of a second, of as many persons of these lines.
inline void pour(Burst& burst, Span span, int rate, int lines = 1) {
    for (const auto end = burst.world.now + span; burst.world.now < end;) {
        for (int i = 0; i < rate; ++i) {
            const auto number = burst.sends.size();
            burst.add(
                {std::to_string(number % static_cast<std::size_t>(lines)), std::to_string(number)});
        }
        burst.run_until(burst.world.now + 100ms);
    }
}

/// The sends that went out in each minute.
inline std::map<std::int64_t, int> by_minute(const Burst& burst) {
    std::map<std::int64_t, int> counts;
    for (const auto& one : burst.world.sent) ++counts[(one.at - start) / 60s];
    return counts;
}

}  // namespace paced
