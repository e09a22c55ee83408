#pragma once

#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "kapso/budget.hpp"
#include "kapso/places.hpp"
#include "net/client.hpp"

namespace kapso {

/// What the end of a call to Kapso says about pace.
struct Heard {
    enum class Kind {
        fine,        // it went through
        in_flight,   // another send to this person is in progress: 409
        pair_limit,  // too many to this person: 131056
        line_limit,  // too many of this line: 130429, 4, 80007
        key_limit,   // too many calls with this key: 429
        other        // nothing about pace: another refusal, or no answer
    };
    Kind kind = Kind::other;
    std::optional<Budget::Said> said;  // std::nullopt without an answer
    std::optional<Span> wait;          // Retry-After
};
Heard heard_in(const net::Result& result);

/// When calls to Kapso may leave, so that its limits and Meta's are kept and not bumped into
/// (reference/kapso.md 2.2, 2.3, 3.4): one send to a person at a time; to one person 1 in 6 s, with
/// bursts of 45; of one line 80 a second; in all what the key's plan grants a minute. One less of
/// each burst and a little less a second, since what leaves apart may arrive together. A plain
/// state machine: time comes in, and nothing is called. What has to wait, waits here for at most
/// `longest_wait`, and is refused at once where it would have to wait longer, with a place to come
/// again. In turn within a pair; among the pairs of a line, whose turn came first; the lines one
/// after the other.
class Pace {
public:
    static constexpr std::chrono::seconds longest_wait{20};
    static constexpr std::size_t most_waiting = 2'000;  // sends
    static constexpr std::size_t most_bytes = 8 << 20;  // of their texts

    using Ticket = std::uint64_t;
    /// It never left.
    struct Refusal {
        std::string why;
        Span wait{};  // before another try makes sense
    };

    /// So many processes, this one included, send from now on, with one key and of the same lines:
    /// each has its part of what these grant. A person is written to by one of them alone.
    void share(int among);
    /// A send wants to leave: it waits under a ticket for `step` to call it, or is refused.
    std::variant<Ticket, Refusal> enter(const Pair& pair, std::size_t bytes, Moment now);
    struct Step {
        std::vector<Ticket> go;  // leave now
        std::vector<std::pair<Ticket, Refusal>> refused;
    };
    Step step(Moment now);
    /// When `step` has something to do, if nothing happens before; Moment::max() for never.
    Moment next(Moment now);
    /// A list wants to be read: its ticket, leaving now, or when to ask again. It leaves a third of
    /// each minute to sends, and lets waiting ones go first.
    std::variant<Ticket, Moment> list(Moment now);
    /// The call of a ticket that left has ended. Returns how long its person has to wait now.
    Span answered(Ticket ticket, const Heard& heard, Moment now);
    /// Takes everybody off who waits; returns whom.
    std::vector<Ticket> clear();

    struct Figures {
        std::size_t waiting = 0, bytes = 0, out = 0, pairs = 0;
        std::optional<std::int64_t> limit;  // of calls in a minute, once it is known
        std::int64_t left = 0;
    };
    Figures figures() const;

private:
    struct Waiting {
        Pair pair;
        std::size_t bytes = 0;
        Moment until;
        Due rank;
    };
    struct Towards {  // one person
        Bucket bucket{std::chrono::seconds(6), 44};
        Moment blocked_until{};
        int strikes = 0;
        bool busy = false;
        std::deque<Ticket> waiting;
        Moment eligible{};  // of the first that waits, while not busy
    };
    struct Line {  // never forgotten: there are as many as the business has numbers
        Span interval = std::chrono::milliseconds(14);  // of all processes together
        Bucket bucket{interval, 1};
        Moment blocked_until{};
        int strikes = 0;
        std::size_t waiting = 0;
        std::set<std::pair<Moment, Ticket>> heads;  // of each pair, when it may leave
    };
    struct Out {
        Budget::Charge charge;
        std::optional<Pair> pair;  // none: a list
    };

    struct Estimate {
        Moment of_pair, of_line, of_key;  // each not before the one before it
    };
    Estimate estimate(const Pair& pair, const Due& rank, Moment now);
    Refusal send_away(const Pair& pair, Due rank, const Estimate& estimate, std::string why,
                      Moment now);
    void keep_to_part(Line& line) const;
    Moment ready(const Line& line, Moment now);
    void hook(const Pair& pair, Towards& towards, Moment now);
    void unhook(const Pair& pair, const Towards& towards);
    void refuse_late(Step& step, Moment now);
    bool let_next_line_go(Step& step, Moment now);
    bool let_one_go(Line& line, Step& step, Moment now);
    void leave(Ticket ticket);
    void heard_of_pair(Towards& towards, const Heard& heard, Moment now);
    void heard_of_line(Line& line, const Heard& heard, Moment now);
    void forget_idle(Moment now);

    int among_ = 1;
    Budget budget_;
    Ticket last_ = 0;
    std::size_t bytes_ = 0;
    std::map<Ticket, Waiting> waiting_;  // the oldest first
    std::map<Ticket, Out> out_;
    std::map<Pair, Towards> pairs_;
    std::map<std::string, Line> lines_;
    std::string served_;  // the line that was served last
    Places places_;       // of those that were refused
    Moment last_entered_{};
    std::size_t sweep_at_ = 1'024;
};

}  // namespace kapso
