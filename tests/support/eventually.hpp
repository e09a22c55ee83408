#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace support {

/// Waits for a condition; false where it doesn't come about in time. The bound is generous: it is
/// waited for only where a test fails.
inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::milliseconds at_most = std::chrono::minutes(1)) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace support
