#include "sandbox/pausing.hpp"

namespace sandbox {
namespace {

constexpr auto window = std::chrono::minutes(15);
constexpr std::size_t least_attempts = 40, least_failures = 10;
constexpr std::size_t most_attempts = 100'000;

}  // namespace

void Pausing::set_active(bool active) {
    const std::lock_guard lock(mutex_);
    active_ = active;
    attempts_.clear();
    failed_ = 0;
}

void Pausing::finished(bool well, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    attempts_.emplace_back(now, well);
    if (!well) ++failed_;
    while (attempts_.front().first < now - window || attempts_.size() > most_attempts) {
        if (!attempts_.front().second) --failed_;
        attempts_.pop_front();
    }
    const bool too_often = failed_ * 100 >= attempts_.size() * 85;
    if (attempts_.size() >= least_attempts && failed_ >= least_failures && too_often) {
        active_ = false;
    }
}

}  // namespace sandbox
