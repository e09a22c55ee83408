#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "kapso/bucket.hpp"

namespace kapso {

/// The calls that Kapso grants one API key in each fixed minute, as far as its answers tell
/// (reference/kapso.md 2.3: X-RateLimit-Limit and -Remaining; 100 to 2,000 by plan). Others may use
/// the same key, and where the minute begins is not said, so that every answer is believed. Before
/// the first one, and after a minute has passed without one, only a few calls go out to ask.
/// Where several processes use the key, none of them makes more calls in any minute, wherever that
/// begins, than its part: so all together keep to the limit, once each knows how many they are.
class Budget {
public:
    static constexpr Span minute = std::chrono::seconds(60);
    static constexpr Span ask_again = std::chrono::seconds(1);  // where no moment can be named
    static constexpr std::size_t probes = 4;
    static constexpr Span longest_stop = std::chrono::minutes(10);

    /// One call that went out.
    enum class For { send, list };
    struct Charge {
        For what = For::send;
        std::int64_t number = 0;
        std::int64_t left = 0;    // of the minute, as it was believed after this call
        std::int64_t others = 0;  // that were out when it went
    };
    /// So many processes use the key from now on, this one included.
    void share(int among) { among_ = among; }
    /// When a call may go out: `now`, later, or Moment::max() where an answer has to come first.
    Moment earliest(Moment now);
    /// The same for what can wait: it leaves a third of each minute to sends, and lets `waiting`
    /// ones go first. Where several processes use the key, whose parts begin no fresh minute, a
    /// tenth of the part is kept for it while it is asked for, or it would never have its turn.
    Moment earliest_for_lists(Moment now, std::size_t waiting);
    /// When a call may go out that `ahead` others go before; never Moment::max().
    Moment estimate(Moment now, std::size_t ahead);

    /// What an answer's headers say.
    struct Said {
        std::optional<std::int64_t> limit, remaining;
    };

    Charge charge(Moment now, For what = For::send);
    /// Every call that was charged ends here once; std::nullopt where no answer came.
    void answered(const Charge& charge, const std::optional<Said>& said, Moment now);
    /// Kapso refused a call, and takes none until then; beyond `longest_stop` it is asked again.
    void stop(Moment now, Moment until);

    std::optional<std::int64_t> limit() const { return limit_; }
    /// Calls that this process may make in a minute; means nothing without a limit.
    std::int64_t part() const { return std::max<std::int64_t>(limit_.value_or(0) / among_, 1); }
    /// Calls that may still go out in this minute; means nothing without a limit.
    std::int64_t left() const;
    std::size_t out() const { return out_.size(); }

private:
    std::int64_t left_of_part() const;
    std::int64_t kept_for_lists(Moment now) const;
    Moment by_limit(Moment now);
    Moment by_answers(std::int64_t place, Moment from, Moment now) const;
    Moment by_part(std::int64_t place, Moment from, Moment now) const;
    void roll(Moment now);
    void forget_first_ended();
    void learn_limit(std::int64_t limit, Moment now);
    void believe(const Charge& charge, std::int64_t remaining, Moment now);

    std::optional<std::int64_t> limit_;
    std::int64_t left_ = 0;  // by the answers; means nothing without a limit
    Moment ends_{};          // of the minute, at the latest
    Moment stopped_until_{};
    bool proven_ = false;  // an answer has told of this minute
    std::int64_t sent_ = 0;
    std::int64_t minute_began_ = 0;  // calls up to this number belong to earlier minutes
    std::set<std::int64_t> out_;     // calls without an answer
    int among_ = 1;
    struct Ended {
        Moment at;
        For what;
    };
    std::deque<Ended> ended_;      // the calls that ended within the last minute
    std::int64_t lists_used_ = 0;  // of these, and of those that are out
    Moment lists_wait_until_{};    // one was asked for, and had to wait, less than a minute ago
};

}  // namespace kapso
