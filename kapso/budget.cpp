#include "kapso/budget.hpp"

#include <iterator>

namespace kapso {

/// Without regard to the part.
Moment Budget::by_limit(Moment now) {
    roll(now);
    if (now < stopped_until_) return stopped_until_;
    if (!proven_ && out_.size() >= probes) return Moment::max();
    return limit_ && left_ <= 0 ? ends_ : now;
}

Moment Budget::earliest(Moment now) {
    const auto at = by_limit(now);
    if (at > now || !limit_ || left_of_part() > kept_for_lists(now)) return at;
    return ended_.empty() ? Moment::max() : ended_.front().at + minute;
}

std::int64_t Budget::left() const { return limit_ ? std::min(left_, left_of_part()) : left_; }

/// A call counts at Kapso at some moment before its end, so until a minute after that.
std::int64_t Budget::left_of_part() const {
    return among_ == 1 ? left_ : part() - static_cast<std::int64_t>(out_.size() + ended_.size());
}

/// A part that is too small to be divided is for sends.
std::int64_t Budget::kept_for_lists(Moment now) const {
    if (among_ == 1 || now >= lists_wait_until_ || part() < 2) return 0;
    return std::max<std::int64_t>(std::max<std::int64_t>(part() / 10, 1) - lists_used_, 0);
}

Moment Budget::earliest_for_lists(Moment now, std::size_t waiting) {
    const auto at = by_limit(now);
    if (at > now || !limit_) return at;
    const bool beyond_a_third = left() > (part() + 2) / 3;
    if (beyond_a_third && left() > static_cast<std::int64_t>(waiting)) return now;
    if (among_ == 1) return beyond_a_third ? now + ask_again : ends_;
    lists_wait_until_ = now + minute;
    return kept_for_lists(now) > 0 && left_of_part() > 0 ? now : now + ask_again;
}

Moment Budget::estimate(Moment now, std::size_t ahead) {
    roll(now);
    const auto from = std::max(now, stopped_until_);
    if (!limit_) return from;
    const auto place = static_cast<std::int64_t>(ahead);
    return std::max(by_answers(place, from, now), by_part(place, from, now));
}

/// Those that a stop holds up have a fresh minute before them; else this one ends first.
Moment Budget::by_answers(std::int64_t place, Moment from, Moment now) const {
    const bool stopped = from > now;
    const auto beyond = place - (stopped ? 0 : std::max<std::int64_t>(left_, 0));
    if (beyond < 0) return from;
    return (stopped ? from : ends_) + minute * (beyond / part());
}

/// However much more than its part a process has used, it has all of it back in a minute.
Moment Budget::by_part(std::int64_t place, Moment from, Moment now) const {
    if (among_ == 1) return from;
    const auto beyond = place - (left_of_part() - kept_for_lists(now));
    if (beyond < 0) return from;
    if (beyond < std::ssize(ended_)) {
        return std::max(from, ended_[static_cast<std::size_t>(beyond)].at + minute);
    }
    return from + minute * (1 + (beyond - std::ssize(ended_)) / part());
}

Budget::Charge Budget::charge(Moment now, For what) {
    roll(now);
    const auto others = static_cast<std::int64_t>(out_.size());
    out_.insert(++sent_);
    if (what == For::list) ++lists_used_;
    return {what, sent_, --left_, others};
}

void Budget::answered(const Charge& charge, const std::optional<Said>& said, Moment now) {
    roll(now);
    out_.erase(charge.number);
    ended_.push_back({now, charge.what});
    if (!said) return;
    if (said->limit && *said->limit > 0) learn_limit(*said->limit, now);
    if (charge.number <= minute_began_) return;  // of an earlier minute, perhaps
    if (limit_ && said->remaining) believe(charge, *said->remaining, now);
    proven_ = true;
}

void Budget::learn_limit(std::int64_t limit, Moment now) {
    if (!limit_) ends_ = now + minute;
    left_ = limit_ ? left_ + limit - *limit_ : limit - sent_;
    limit_ = limit;
}

/// An answer that leaves more than the calls so far can have left tells of a new minute. Else it
/// may say that others have used some too.
void Budget::believe(const Charge& charge, std::int64_t remaining, Moment now) {
    const auto left = remaining - (sent_ - charge.number);
    if (!proven_ || remaining <= charge.left + charge.others) {
        left_ = std::min(left_, left);
        return;
    }
    left_ = left - std::distance(out_.begin(), out_.lower_bound(charge.number));
    ends_ = now + minute;
    minute_began_ = sent_;
}

void Budget::stop(Moment now, Moment until) {
    stopped_until_ = std::max(stopped_until_, std::min(until, now + longest_stop));
    left_ = std::min<std::int64_t>(left_, 0);
    ends_ = stopped_until_;
    proven_ = false;
    // They count in the minute that is used up, and not in the one after it.
    while (!ended_.empty()) forget_first_ended();
}

void Budget::forget_first_ended() {
    if (ended_.front().what == For::list) --lists_used_;
    ended_.pop_front();
}

/// The minute is surely over: it began, at the latest, when its first answer was heard.
void Budget::roll(Moment now) {
    while (!ended_.empty() && ended_.front().at + minute <= now) forget_first_ended();
    if (!limit_ || now < ends_) return;
    left_ = *limit_ - static_cast<std::int64_t>(out_.size());
    ends_ = now + minute;
    proven_ = false;
    minute_began_ = sent_;
}

}  // namespace kapso
