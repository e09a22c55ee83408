#include "sandbox/later.hpp"

#include <utility>

namespace sandbox {
namespace {

constexpr std::size_t jobs_at_most = 50'000;

}  // namespace

Later::Later() : thread_([this] { work(); }) {}

Later::~Later() { stop(); }

bool Later::after(std::chrono::milliseconds delay, std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || jobs_.size() >= jobs_at_most) return false;
        jobs_.emplace(Clock::now() + delay, std::move(job));
    }
    changed_.notify_one();
    return true;
}

void Later::stop() {
    decltype(jobs_) forgotten;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        forgotten.swap(jobs_);
    }
    changed_.notify_all();
    forgotten.clear();  // without the lock, for what they hold may call back
    if (thread_.joinable()) thread_.join();
}

void Later::work() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
        const auto first = jobs_.begin();
        if (first == jobs_.end()) {
            changed_.wait(lock);
        } else if (first->first > Clock::now()) {
            const auto when = first->first;
            changed_.wait_until(lock, when);
        } else {
            auto job = std::move(first->second);
            jobs_.erase(first);
            lock.unlock();
            job();
            job = nullptr;
            lock.lock();
        }
    }
}

}  // namespace sandbox
