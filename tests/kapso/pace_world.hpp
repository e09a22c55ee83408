#pragma once

#include <functional>
#include <map>
#include <vector>

#include "kapso/pace.hpp"

namespace paced {

using namespace std::chrono_literals;
using kapso::Heard;
using kapso::Moment;
using kapso::Pace;
using kapso::Pair;
using kapso::Span;

inline constexpr Moment start{1h};

/// A pace, a virtual clock, and an outside that takes each call after a while and answers it after
/// another.
class World {
public:
    Pace pace;
    Moment now = start;
    std::function<Span()> way_there = [] { return Span{0}; };
    Span latency = 100ms;  // of the way back
    std::function<Heard(const Pair&)> kapso = [](const Pair&) { return fine(); };

    struct Sent {
        Moment at;
        Pair pair;
        Pace::Ticket ticket = 0;
    };
    std::vector<Sent> sent;
    std::map<Pace::Ticket, Pace::Refusal> refused;
    std::map<Pace::Ticket, Moment> entered;
    bool reads_lists = false;  // one after the other, whenever it may
    std::vector<Moment> lists;

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
            if (reads_lists) next = std::min(next, list_at_);
            if (!calls_.empty()) next = std::min(next, calls_.begin()->first);
            now = std::max(now, next);
            while (!calls_.empty() && calls_.begin()->first <= now) {
                const auto call = std::move(calls_.begin()->second);
                calls_.erase(calls_.begin());
                call();
            }
            step();
            if (now >= end) return;
        }
    }
    void run_for(Span span) { run_until(now + span); }

private:
    void step() {
        const auto step = pace.step(now);
        for (const auto ticket : step.go) {
            sent.push_back({now, pairs_.at(ticket), ticket});
            call(ticket, [] {});
        }
        for (const auto& [ticket, refusal] : step.refused) refused[ticket] = refusal;
        if (reads_lists && now >= list_at_) ask_for_list();
    }
    void ask_for_list() {
        const auto answer = pace.list(now);
        if (const auto* later = std::get_if<Moment>(&answer)) {
            list_at_ = *later;
            return;
        }
        list_at_ = Moment::max();
        lists.push_back(now);
        const auto ticket = std::get<Pace::Ticket>(answer);
        pairs_[ticket] = {"list", std::to_string(ticket)};
        call(ticket, [this] { list_at_ = now; });
    }
    void call(Pace::Ticket ticket, std::function<void()> done) {
        calls_.emplace(now + way_there(), [this, ticket, done] {
            const auto heard = kapso(pairs_.at(ticket));
            calls_.emplace(now + latency, [this, ticket, heard, done] {
                pace.answered(ticket, heard, now);
                done();
            });
        });
    }
    Moment list_at_ = start;
    std::map<Pace::Ticket, Pair> pairs_;
    std::multimap<Moment, std::function<void()>> calls_;
};

/// The most that happened within any span of that length.
inline std::size_t most_within(const std::vector<Moment>& times, Span span) {
    std::size_t most = 0, from = 0;
    for (std::size_t to = 0; to < times.size(); ++to) {
        while (times[to] - times[from] >= span) ++from;
        most = std::max(most, to - from + 1);
    }
    return most;
}

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

}  // namespace paced
