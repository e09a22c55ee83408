#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "events/ids.hpp"

namespace db {

/// A slice that this process decides for, and the epoch that fences it: higher than every one
/// under which anybody decided for the slice before, and never 0.
struct Lease {
    int slice = 0;
    std::int64_t epoch = 0;
    bool operator==(const Lease&) const = default;
};

/// What a process has after a renewal.
struct Leases {
    std::vector<Lease> held;  // by slice
    int deciders = 1;         // processes that are alive, this one included
};

/// From the database's clock at a renewal on (DESIGN 3, Several processes).
inline constexpr std::chrono::seconds lease_time{10};

/// How many slices each of so many processes decides for, at most.
constexpr int fair_share(int deciders, int slices = events::slice_count) {
    return (slices + deciders - 1) / deciders;
}

}  // namespace db
