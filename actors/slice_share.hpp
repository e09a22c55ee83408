#pragma once

#include <chrono>
#include <vector>

#include "db/lease.hpp"

namespace actors {

/// One process's part in dealing the slices out (DESIGN 3, Several processes): what it holds above
/// its fair share it leaves, and gives back once nothing is being sent there. A plain state
/// machine: time comes in, and nothing is called.
class SliceShare {
public:
    using Time = std::chrono::nanoseconds;  // of any clock that only goes on
    /// Longer than a send may take with its outcome; what isn't over by then is settled by
    /// evidence.
    static constexpr std::chrono::seconds leave_bound{60};

    /// `slices`: how many there are in all.
    explicit SliceShare(int slices = events::slice_count) : slices_(slices) {}

    /// What the next renewal gives back.
    const std::vector<int>& to_give_back() const { return give_back_; }
    /// A renewal came back that gave these back: it holds those now, and so many decide.
    void renewed(const std::vector<int>& given_back, const std::vector<int>& held, int deciders);
    /// Slices in which nothing is to be begun: those that are being left, and those that are left
    /// and not given back yet.
    std::vector<int> closed() const;

    /// What is to be left now, of what it holds: ask whether anything is still being sent there.
    const std::vector<int>& leave(const std::vector<int>& held, Time now);
    bool leaves() const { return !leaving_.empty(); }
    /// They are waited for no longer, whatever is still being sent.
    bool waited_enough(Time now) const { return now >= leave_by_; }
    /// Nothing is left to wait for in these, which are given back. Returns those of them that were
    /// to be left.
    std::vector<int> left(std::vector<int> slices);

    int deciders() const { return deciders_; }

private:
    int slices_;
    int deciders_ = 0;
    std::vector<int> leaving_, give_back_;
    Time leave_by_{};
};

}  // namespace actors
