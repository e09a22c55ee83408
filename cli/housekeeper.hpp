#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "db/deliveries.hpp"

namespace cli {

/// Removes what is kept for a time only, at the start and once an hour, on a thread of its own.
/// Where the store fails it says so and tries again the next time.
class Housekeeper {
public:
    explicit Housekeeper(db::Deliveries& deliveries,
                         std::chrono::milliseconds pause = std::chrono::hours(1));
    /// Ends at once, or with the removal at hand.
    ~Housekeeper();
    Housekeeper(const Housekeeper&) = delete;
    Housekeeper& operator=(const Housekeeper&) = delete;

private:
    void run(std::chrono::milliseconds pause);
    void clean();
    bool stopping();

    db::Deliveries& deliveries_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_ = false;
    std::thread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
