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

}  // namespace paced
