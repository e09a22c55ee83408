#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/slice_share.hpp"
#include "actors/system.hpp"
#include "cli/open_work.hpp"
#include "db/store.hpp"
#include "http/app.hpp"

namespace cli {

/// Holds this process's share of the slices, and runs the actors that decide in them: renews the
/// leases, leaves in order what is above the share, and has open work in what it gains looked
/// through.
class LeaseHolder final : public http::Decider {
public:
    /// Told with each renewal how many processes decide, this one included.
    using Shared = std::function<void(int deciders)>;
    /// A send that has begun asks `leases` until its client ends, so they live longer than that.
    LeaseHolder(db::Store& store, actors::SettingsBook& settings, actors::HeldLeases& leases,
                actors::Ports ports, Shared shared);
    /// Leaves, ends the actors, and gives all slices back.
    ~LeaseHolder() override;

    /// Begins nothing more, and waits a bounded time for what is being sent.
    void leave();

    bool decides() const override;
    int slices() const override;
    std::string why_not() const override;
    void reply(const events::StreamId& stream, domain::conversation::Command command,
               std::function<void(actors::ReplyResult)> done) override;
    actors::ParkedConversations parked(std::size_t limit) const override {
        return system_->parked(limit);
    }

private:
    using Clock = std::chrono::steady_clock;

    void run();
    /// What is to be done now; throws where the store is away.
    void step();
    void renew();
    void take_in(const db::Leases& leases, const std::vector<int>& given_back,
                 std::chrono::nanoseconds asked);
    void leave_surplus();
    Clock::time_point next_step() const;
    /// Until then or the end; false at the end.
    bool wait_until(Clock::time_point time);
    void leave_all();
    void leave_within(std::chrono::milliseconds bound);

    /// Shared with the store's listener, which lives longer.
    struct Current {
        std::mutex mutex;
        actors::System* system = nullptr;
    };

    db::Store& store_;
    actors::SettingsBook& settings_;
    actors::HeldLeases& leases_;
    const Shared shared_;
    std::optional<actors::System> system_;
    std::optional<OpenWork> open_work_;
    std::shared_ptr<Current> current_ = std::make_shared<Current>();

    // Of the thread alone.
    bool follows_ = false;
    std::size_t told_ = 0;  // how many slices the log was told of
    actors::SliceShare share_;
    Clock::time_point renew_at_{};

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
