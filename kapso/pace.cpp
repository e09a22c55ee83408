#include "kapso/pace.hpp"

#include <algorithm>
#include <utility>

namespace kapso {
namespace {

using namespace std::chrono_literals;

constexpr Span after_conflict = 1s;   // as Kapso's own clients wait (kapso.md 2.2)
constexpr Span after_no_word = 60s;   // a 429 without Retry-After: the minute will be over
constexpr Span rate_with_app = 50ms;  // 20 a second: a number that the Business app shares
constexpr int most_strikes = 4;       // 4^4 s; longer than that nobody waits for a reply

/// "4^X seconds, X = 0, 1, 2 ..." (Meta, on 131056).
Span pair_penalty(int strikes) { return 1s * (1 << (2 * std::min(strikes, most_strikes))); }
Span line_penalty(int strikes) { return 1s * (1 << std::min(strikes, 6)); }

}  // namespace

void Pace::share(int among) {
    among_ = std::max(among, 1);
    budget_.share(among_);
    for (auto& [name, line] : lines_) keep_to_part(line);
}

void Pace::keep_to_part(Line& line) const { line.bucket.go_at(line.interval * among_); }

/// When one more send to this person could leave, after all that wait already, and those who were
/// sent away and are due before it.
Pace::Estimate Pace::estimate(const Pair& pair, const Due& rank, Moment now) {
    const auto& towards = pairs_[pair];
    const auto [known, fresh] = lines_.try_emplace(pair.line);
    auto& line = known->second;
    if (fresh) keep_to_part(line);
    Estimate out;
    out.of_pair =
        towards.bucket.earliest(std::max(now, towards.blocked_until), towards.waiting.size());
    out.of_line = behind(places_.by_line(pair.line), rank.of_line, out.of_pair, line.waiting,
                         [&](std::size_t ahead) {
                             const auto from = std::max(now, line.blocked_until);
                             return line.bucket.earliest(from, ahead);
                         });
    out.of_key = behind(places_.by_key(), rank.of_key, out.of_line, waiting_.size(),
                        [&](std::size_t ahead) { return budget_.estimate(now, ahead); });
    return out;
}

/// He stays before who came later, by the key as by the line; but is due by what doesn't hold him
/// back when he comes again, and takes nobody's place until then.
Pace::Refusal Pace::send_away(const Pair& pair, Due rank, const Estimate& estimate, std::string why,
                              Moment now) {
    const auto until = std::max<Moment>(estimate.of_key, now + 1s);
    const auto told = Places::whole(until);
    rank = {std::min(told, rank.of_key), std::min(told, rank.of_line)};
    Due due{told, told};
    if (estimate.of_key > estimate.of_line) {
        due.of_key = rank.of_key;
    } else if (estimate.of_line > estimate.of_pair) {
        due.of_line = rank.of_line;
    }
    places_.give(pair, rank, due, told, now);
    return {std::move(why), until - now};
}

std::variant<Pace::Ticket, Pace::Refusal> Pace::enter(const Pair& pair, std::size_t bytes,
                                                      Moment now) {
    forget_idle(now);
    places_.forget_late(now);
    auto rank = places_.rank_of(pair);
    auto when = estimate(pair, rank, now);
    if (when.of_key > now + longest_wait) {
        return send_away(pair, rank, when, "Kapso's or WhatsApp's limit is reached", now);
    }
    if (waiting_.size() >= most_waiting || bytes_ + bytes > most_bytes) {
        when.of_key = now + longest_wait;  // those that wait have left by then, or are sent away
        return send_away(pair, rank, when, "too many sends are waiting", now);
    }
    places_.take_back(pair);
    const auto ticket = ++last_;
    auto& towards = pairs_[pair];
    last_entered_ = std::max<Moment>(now, last_entered_ + Span(1));  // no two have one rank
    rank = {std::min(rank.of_key, last_entered_), std::min(rank.of_line, last_entered_)};
    waiting_[ticket] = {pair, bytes, now + longest_wait, rank};
    bytes_ += bytes;
    ++lines_[pair.line].waiting;
    towards.waiting.push_back(ticket);
    if (towards.waiting.size() == 1) hook(pair, towards, now);
    return ticket;
}

/// Puts the first that waits for this person among the heads of the line, where it may leave.
void Pace::hook(const Pair& pair, Towards& towards, Moment now) {
    if (towards.busy || towards.waiting.empty()) return;
    towards.eligible = std::max(towards.blocked_until, towards.bucket.earliest(now));
    lines_[pair.line].heads.emplace(towards.eligible, towards.waiting.front());
}

void Pace::unhook(const Pair& pair, const Towards& towards) {
    if (towards.busy || towards.waiting.empty()) return;
    lines_[pair.line].heads.erase({towards.eligible, towards.waiting.front()});
}

Pace::Step Pace::step(Moment now) {
    Step step;
    refuse_late(step, now);
    while (let_next_line_go(step, now)) {
    }
    forget_idle(now);
    return step;
}

/// Beginning behind the line that was served last, so that one with a queue holds up no other.
bool Pace::let_next_line_go(Step& step, Moment now) {
    auto at = lines_.upper_bound(served_);
    for (std::size_t i = 0; i < lines_.size(); ++i, ++at) {
        if (at == lines_.end()) at = lines_.begin();
        if (!let_one_go(at->second, step, now)) continue;
        served_ = at->first;
        return true;
    }
    return false;
}

/// The oldest first, and none of them waits any more when the first is told.
void Pace::refuse_late(Step& step, Moment now) {
    std::vector<std::pair<Ticket, Waiting>> late;
    while (!waiting_.empty() && waiting_.begin()->second.until <= now) {
        const auto& [ticket, waiting] = late.emplace_back(*waiting_.begin());
        auto& towards = pairs_[waiting.pair];
        unhook(waiting.pair, towards);
        leave(ticket);
        hook(waiting.pair, towards, now);
    }
    std::ranges::sort(late, {}, [](const auto& one) { return one.second.rank.of_key; });
    for (const auto& [ticket, waiting] : late) {
        const auto when = estimate(waiting.pair, waiting.rank, now);
        step.refused.emplace_back(
            ticket, send_away(waiting.pair, waiting.rank, when, "its turn did not come", now));
    }
}

/// When the first of a line may leave.
Moment Pace::ready(const Line& line, Moment now) {
    if (line.heads.empty()) return Moment::max();
    return std::max({line.heads.begin()->first, line.blocked_until, line.bucket.earliest(now),
                     budget_.earliest(now)});
}

bool Pace::let_one_go(Line& line, Step& step, Moment now) {
    if (ready(line, now) > now) return false;
    const auto ticket = line.heads.begin()->second;
    const auto pair = waiting_.at(ticket).pair;
    auto& towards = pairs_[pair];
    unhook(pair, towards);
    leave(ticket);
    towards.busy = true;
    towards.bucket.take(now);
    line.bucket.take(now);
    out_[ticket] = {budget_.charge(now), pair};
    step.go.push_back(ticket);
    return true;
}

/// It no longer waits; always the first of its pair.
void Pace::leave(Ticket ticket) {
    const auto found = waiting_.find(ticket);
    bytes_ -= found->second.bytes;
    --lines_[found->second.pair.line].waiting;
    pairs_[found->second.pair].waiting.pop_front();
    waiting_.erase(found);
}

Moment Pace::next(Moment now) {
    auto soonest = waiting_.empty() ? Moment::max() : waiting_.begin()->second.until;
    for (const auto& [name, line] : lines_) soonest = std::min(soonest, ready(line, now));
    return soonest;
}

std::variant<Pace::Ticket, Moment> Pace::list(Moment now) {
    const auto at = budget_.earliest_for_lists(now, waiting_.size());
    if (at == Moment::max()) return now + Budget::ask_again;  // the first answers are on their way
    if (at > now) return std::min(at, now + Budget::minute);
    const auto ticket = ++last_;
    out_[ticket] = {budget_.charge(now, Budget::For::list), std::nullopt};
    return ticket;
}

Span Pace::answered(Ticket ticket, const Heard& heard, Moment now) {
    const auto found = out_.find(ticket);
    if (found == out_.end()) return {};
    const auto [charge, pair] = std::move(found->second);
    out_.erase(found);
    budget_.answered(charge, heard.said, now);
    if (heard.kind == Heard::Kind::key_limit) {
        budget_.stop(now, now + heard.wait.value_or(after_no_word));
    }
    if (!pair) return budget_.estimate(now, 0) - now;
    auto& towards = pairs_[*pair];
    auto& line = lines_[pair->line];
    towards.busy = false;
    heard_of_pair(towards, heard, now);
    heard_of_line(line, heard, now);
    hook(*pair, towards, now);
    return std::max({towards.blocked_until, towards.bucket.earliest(now), line.blocked_until,
                     budget_.estimate(now, 0)}) -
           now;
}

void Pace::heard_of_pair(Towards& towards, const Heard& heard, Moment now) {
    using enum Heard::Kind;
    if (heard.kind == fine) towards.strikes = 0;
    if (heard.kind == in_flight) {
        towards.blocked_until = now + heard.wait.value_or(after_conflict);
    } else if (heard.kind == pair_limit) {
        const auto penalty = pair_penalty(towards.strikes++);
        towards.blocked_until = now + std::max(penalty, heard.wait.value_or(penalty));
        towards.bucket.drain(now);
    }
}

void Pace::heard_of_line(Line& line, const Heard& heard, Moment now) {
    using enum Heard::Kind;
    if (heard.kind == fine) line.strikes = 0;
    if (heard.kind != line_limit) return;
    const auto penalty = line_penalty(line.strikes++);
    line.blocked_until = now + std::max(penalty, heard.wait.value_or(penalty));
    line.interval = rate_with_app;
    keep_to_part(line);
}

std::vector<Pace::Ticket> Pace::clear() {
    std::vector<Ticket> tickets;
    for (const auto& [ticket, waiting] : waiting_) tickets.push_back(ticket);
    while (!waiting_.empty()) leave(waiting_.begin()->first);
    for (auto& [name, line] : lines_) line.heads.clear();
    return tickets;
}

Pace::Figures Pace::figures() const {
    return {waiting_.size(), bytes_, out_.size(), pairs_.size(), budget_.limit(), budget_.left()};
}

/// A pair whose bucket is full again is as good as one that was never written to. Looked through
/// when there are twice as many as the last time, so that it costs next to nothing.
void Pace::forget_idle(Moment now) {
    if (pairs_.size() < sweep_at_) return;
    std::erase_if(pairs_, [&](const auto& one) {
        const auto& [pair, towards] = one;
        return !towards.busy && towards.waiting.empty() && towards.bucket.is_full(now) &&
               towards.blocked_until <= now;
    });
    sweep_at_ = std::max<std::size_t>(1'024, 2 * pairs_.size());
}

}  // namespace kapso
