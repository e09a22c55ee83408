#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "kapso/bucket.hpp"

namespace kapso {

/// The calls that Kapso grants one API key in each fixed minute, as far as its answers tell
/// (reference/kapso.md 2.3: X-RateLimit-Limit and -Remaining; 100 to 2,000 by plan). Others may use
/// the same key, and where the minute begins is not said, so that every answer is believed. Before
/// the first one, and after a minute has passed without one, only a few calls go out to ask.
class Budget {
public:
    static constexpr Span minute = std::chrono::seconds(60);
    static constexpr std::size_t probes = 4;
    static constexpr Span longest_stop = std::chrono::minutes(10);

    /// One call that went out.
    struct Charge {
        std::int64_t number = 0;
        std::int64_t left = 0;    // of the minute, as it was believed after this call
        std::int64_t others = 0;  // that were out when it went
    };
    /// When a call may go out: `now`, later, or Moment::max() where an answer has to come first.
    Moment earliest(Moment now);
    /// The same for what can wait: it leaves a third of each minute to others.
    Moment earliest_for_lists(Moment now);
    /// When a call may go out that `ahead` others go before; never Moment::max().
    Moment estimate(Moment now, std::size_t ahead);

    /// What an answer's headers say.
    struct Said {
        std::optional<std::int64_t> limit, remaining;
    };

    Charge charge(Moment now);
    /// Every call that was charged ends here once; std::nullopt where no answer came.
    void answered(const Charge& charge, const std::optional<Said>& said, Moment now);
    /// Kapso refused a call, and takes none until then; beyond `longest_stop` it is asked again.
    void stop(Moment now, Moment until);

    std::optional<std::int64_t> limit() const { return limit_; }
    std::int64_t left() const { return left_; }
    std::size_t out() const { return out_.size(); }

private:
    void roll(Moment now);
    void learn_limit(std::int64_t limit, Moment now);
    void believe(const Charge& charge, std::int64_t remaining, Moment now);

    std::optional<std::int64_t> limit_;
    std::int64_t left_ = 0;  // means nothing without a limit
    Moment ends_{};          // of the minute, at the latest
    Moment stopped_until_{};
    bool proven_ = false;  // an answer has told of this minute
    std::int64_t sent_ = 0;
    std::int64_t minute_began_ = 0;  // calls up to this number belong to earlier minutes
    std::set<std::int64_t> out_;     // calls without an answer
};

}  // namespace kapso
