#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "db/lease.hpp"

namespace actors {

/// For which streams this process decides. From any thread; never blocks.
class Leases {
public:
    virtual ~Leases() = default;
    /// The epoch that fences decisions about a stream; std::nullopt where this process doesn't hold
    /// its slice now. A life belongs to the epoch that it began under, and ends with it.
    virtual std::optional<std::int64_t> epoch(const events::StreamId& stream) const = 0;
    /// For how long the lease with that epoch surely still lasts; zero where it was lost or ran
    /// out, also where the slice was taken again since. Never optimistic.
    virtual std::chrono::nanoseconds remaining(const events::StreamId& stream,
                                               std::int64_t epoch) const = 0;
    /// An append was fenced: another process has taken the slice.
    virtual void lost(const events::StreamId& stream, std::int64_t epoch) = 0;
};

/// The leases of one process, as its renewals have them.
class HeldLeases final : public Leases {
public:
    /// Of a clock that never stands still while the process does.
    using Clock = std::function<std::chrono::nanoseconds()>;
    explicit HeldLeases(Clock clock = steady_clock());
    /// Time since the machine started, its sleep included.
    static Clock steady_clock();

    std::optional<std::int64_t> epoch(const events::StreamId& stream) const override;
    std::chrono::nanoseconds remaining(const events::StreamId& stream,
                                       std::int64_t epoch) const override;
    void lost(const events::StreamId& stream, std::int64_t epoch) override;

    std::chrono::nanoseconds now() const { return clock_(); }
    /// Takes in the answer of a renewal that was asked for at `asked`, by `now`: the leases last
    /// from then on, for the database can't have begun sooner. Returns whether any is held that
    /// wasn't, be it only for a moment.
    bool renewed(const std::vector<db::Lease>& held, std::chrono::nanoseconds asked);
    /// Gives slices up, before others are told.
    void drop(const std::vector<int>& slices);
    /// The slices held now, in order.
    std::vector<int> slices() const;

private:
    struct Held {
        std::int64_t epoch = 0;
        std::chrono::nanoseconds until{0};
    };

    Clock clock_;
    mutable std::mutex mutex_;
    std::array<Held, events::slice_count> held_{};  // by slice
};

}  // namespace actors
