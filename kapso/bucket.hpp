#pragma once

#include <algorithm>
#include <chrono>

namespace kapso {

/// A point of the steady clock. The pace never asks for it: it comes in.
using Moment = std::chrono::steady_clock::time_point;
using Span = Moment::duration;

/// A rate with a burst: one more each `interval`, and up to `burst` at once after a rest. It is
/// GCRA, which needs one number only: when it will be full again.
class Bucket {
public:
    Bucket(Span interval, int burst) : interval_(interval), tolerance_(interval * (burst - 1)) {}

    /// When one may be taken, were `ahead` others taken before; not before `now`.
    Moment earliest(Moment now, std::size_t ahead = 0) const {
        const auto queued = interval_ * static_cast<Span::rep>(ahead);
        return std::max(now, std::max(full_at_, now) + queued - tolerance_);
    }
    void take(Moment now) { full_at_ = std::max(full_at_, now) + interval_; }
    /// Nothing is left: whoever counts at the other end says so.
    void drain(Moment now) { full_at_ = std::max(full_at_, now + tolerance_ + interval_); }
    /// From now on one each `interval`, and without a burst.
    void go_at(Span interval) {
        interval_ = interval;
        tolerance_ = Span{0};
    }
    bool is_full(Moment now) const { return full_at_ <= now; }

private:
    Span interval_, tolerance_;
    Moment full_at_{};
};

}  // namespace kapso
