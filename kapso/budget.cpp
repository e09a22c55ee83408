#include "kapso/budget.hpp"

#include <iterator>

namespace kapso {

Moment Budget::earliest(Moment now) {
    roll(now);
    if (now < stopped_until_) return stopped_until_;
    if (!proven_ && out_.size() >= probes) return Moment::max();
    if (!limit_) return now;
    if (left_ <= 0) return ends_;
    if (left_of_part() > 0) return now;
    return ended_.empty() ? Moment::max() : ended_.front() + minute;
}

std::int64_t Budget::left() const { return limit_ ? std::min(left_, left_of_part()) : left_; }

/// A call counts at Kapso at some moment before its end, so until a minute after that.
std::int64_t Budget::left_of_part() const {
    return among_ == 1 ? left_ : part() - static_cast<std::int64_t>(out_.size() + ended_.size());
}

Moment Budget::earliest_for_lists(Moment now) {
    const auto at = earliest(now);
    if (at > now || !limit_) return at;
    return left() > (part() + 2) / 3 ? now : ends_;
}

Moment Budget::estimate(Moment now, std::size_t ahead) {
    roll(now);
    const auto from = std::max(now, stopped_until_);
    if (!limit_) return from;
    const auto place = static_cast<std::int64_t>(ahead);
    return std::max(by_answers(place, from, now), by_part(place, from));
}

/// Those that a stop holds up have a fresh minute before them; else this one ends first.
Moment Budget::by_answers(std::int64_t place, Moment from, Moment now) const {
    const bool stopped = from > now;
    const auto beyond = place - (stopped ? 0 : std::max<std::int64_t>(left_, 0));
    if (beyond < 0) return from;
    return (stopped ? from : ends_) + minute * (beyond / part());
}

/// However much more than its part a process has used, it has all of it back in a minute.
Moment Budget::by_part(std::int64_t place, Moment from) const {
    if (among_ == 1) return from;
    const auto beyond = place - left_of_part();
    if (beyond < 0) return from;
    if (beyond < std::ssize(ended_)) {
        return std::max(from, ended_[static_cast<std::size_t>(beyond)] + minute);
    }
    return from + minute * (1 + (beyond - std::ssize(ended_)) / part());
}

Budget::Charge Budget::charge(Moment now) {
    roll(now);
    const auto others = static_cast<std::int64_t>(out_.size());
    out_.insert(++sent_);
    return {sent_, --left_, others};
}

void Budget::answered(const Charge& charge, const std::optional<Said>& said, Moment now) {
    roll(now);
    out_.erase(charge.number);
    ended_.push_back(now);
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
    ended_.clear();  // they count in the minute that is used up, and not in the one after it
}

/// The minute is surely over: it began, at the latest, when its first answer was heard.
void Budget::roll(Moment now) {
    while (!ended_.empty() && ended_.front() + minute <= now) ended_.pop_front();
    if (!limit_ || now < ends_) return;
    left_ = *limit_ - static_cast<std::int64_t>(out_.size());
    ends_ = now + minute;
    proven_ = false;
    minute_began_ = sent_;
}

}  // namespace kapso
