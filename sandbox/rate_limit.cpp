#include "sandbox/rate_limit.hpp"

#include <algorithm>

namespace sandbox {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 6s;
constexpr auto burst = interval * 45;
constexpr std::size_t peers_at_most = 20'000;  // as many as there are messages

}  // namespace

std::optional<RateLimit::Minute> RateLimit::call(int limit, Clock::time_point now) {
    if (limit <= 0) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    if (seconds / 60 != minute_) calls_ = 0;
    minute_ = seconds / 60;
    ++calls_;
    return Minute{limit, std::max(limit - calls_, 0), static_cast<int>(60 - seconds % 60),
                  calls_ > limit};
}

bool RateLimit::message_to(const std::string& peer, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (full_at_.size() >= peers_at_most) {
        std::erase_if(full_at_, [now](const auto& one) { return one.second <= now; });
    }
    auto& full_at = full_at_[peer];
    const auto then = std::max(full_at, now) + interval;
    if (then > now + burst) return false;
    full_at = then;
    return true;
}

}  // namespace sandbox
