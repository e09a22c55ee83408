#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

inline double milliseconds_since(Clock::time_point then) {
    return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

/// The value below which `share` of the sample lies (nearest rank); NaN for an empty one.
inline double quantile(std::vector<double> sample, double share) {
    if (sample.empty()) return std::nan("");
    const auto rank = std::ceil(share * static_cast<double>(sample.size()));
    const auto place = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(sample.begin(), sample.begin() + place, sample.end());
    return sample[static_cast<std::size_t>(place)];
}

}  // namespace bench
