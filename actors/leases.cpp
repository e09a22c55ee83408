#include "actors/leases.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace actors {

using std::chrono::nanoseconds;

HeldLeases::HeldLeases(Clock clock) : clock_(std::move(clock)) {}

HeldLeases::Clock HeldLeases::steady_clock() {
    return [] {
        timespec now{};
        clock_gettime(CLOCK_BOOTTIME, &now);
        return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
    };
}

std::optional<std::int64_t> HeldLeases::epoch(const events::StreamId& stream) const {
    const auto now = clock_();
    const std::lock_guard lock(mutex_);
    const auto& held = held_[static_cast<std::size_t>(events::slice_of(stream))];
    return held.until > now ? std::optional(held.epoch) : std::nullopt;
}

nanoseconds HeldLeases::remaining(const events::StreamId& stream, std::int64_t epoch) const {
    const auto now = clock_();
    const std::lock_guard lock(mutex_);
    const auto& held = held_[static_cast<std::size_t>(events::slice_of(stream))];
    return held.epoch == epoch ? std::max(held.until - now, nanoseconds(0)) : nanoseconds(0);
}

void HeldLeases::lost(const events::StreamId& stream, std::int64_t epoch) {
    const std::lock_guard lock(mutex_);
    auto& held = held_[static_cast<std::size_t>(events::slice_of(stream))];
    if (held.epoch == epoch) held = {};
}

bool HeldLeases::renewed(const std::vector<db::Lease>& leases, nanoseconds asked) {
    const auto now = clock_();
    const std::lock_guard lock(mutex_);
    const auto before = std::exchange(held_, {});
    bool any_new = false;
    for (const auto& lease : leases) {
        const auto slice = static_cast<std::size_t>(lease.slice);
        held_.at(slice) = {lease.epoch, asked + db::lease_time};
        const auto& known = before.at(slice);
        any_new = any_new || known.epoch != lease.epoch || known.until <= now;
    }
    return any_new;
}

void HeldLeases::drop(const std::vector<int>& slices) {
    const std::lock_guard lock(mutex_);
    for (const int slice : slices) held_.at(static_cast<std::size_t>(slice)) = {};
}

std::vector<int> HeldLeases::slices() const {
    const auto now = clock_();
    std::vector<int> slices;
    const std::lock_guard lock(mutex_);
    for (int slice = 0; slice < events::slice_count; ++slice) {
        if (held_[static_cast<std::size_t>(slice)].until > now) slices.push_back(slice);
    }
    return slices;
}

}  // namespace actors
