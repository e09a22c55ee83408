#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "actors/system.hpp"
#include "db/store.hpp"
#include "http/app.hpp"

namespace cli {

/// Keeps trying to be the process that decides for the conversations, and lets go once it no
/// longer is. While it is, the actors run.
class LeaseHolder final : public http::Decider {
public:
    LeaseHolder(db::Store& store, actors::SettingsBook& settings, actors::Ports ports);
    /// Ends the actors.
    ~LeaseHolder() override;

    bool decides() const override;
    std::string why_not() const override;
    void reply(const events::StreamId& stream, domain::conversation::Reply reply,
               std::function<void(actors::ReplyResult)> done) override;

private:
    void run();
    bool try_to_start();
    /// Every conversation that may owe something soon.
    void wake_open_work(actors::System& system);

    /// The actors while they run; shared with the store's listener and with calls in progress.
    struct Current {
        std::mutex mutex;
        std::shared_ptr<actors::System> system;
    };
    std::shared_ptr<actors::System> current() const;
    /// Puts other actors (or none) in the place of the present ones, which end here.
    void replace(std::shared_ptr<actors::System> system);

    db::Store& store_;
    actors::SettingsBook& settings_;
    actors::Ports ports_;
    std::shared_ptr<Current> current_ = std::make_shared<Current>();
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace cli
