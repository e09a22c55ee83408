#include "cli/housekeeper.hpp"

#include <spdlog/spdlog.h>

#include "actors/ports.hpp"
#include "db/first_line.hpp"

namespace cli {

Housekeeper::Housekeeper(db::Deliveries& deliveries, std::chrono::milliseconds pause)
    : deliveries_(deliveries), thread_([this, pause] { run(pause); }) {}

Housekeeper::~Housekeeper() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Housekeeper::run(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        lock.unlock();
        clean();
        lock.lock();
        changed_.wait_for(lock, pause, [this] { return stop_; });
    }
}

bool Housekeeper::stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Housekeeper::clean() {
    try {
        const auto now = actors::wall_now();
        std::int64_t removed = 0;
        for (std::int64_t some = 1; some > 0 && !stopping(); removed += some) {
            some = deliveries_.remove_before(now - db::Deliveries::kept_for);
        }
        if (removed > 0) {
            spdlog::info("{} deliveries of more than {} days ago are removed", removed,
                         db::Deliveries::kept_for.count());
        }
    } catch (const std::exception& error) {
        spdlog::error("old deliveries are not removed: {}", db::first_line(error.what()));
    }
}

}  // namespace cli
