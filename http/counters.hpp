#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace http {

/// How often things happened since the start, for /metrics. A series is a name with its labels as
/// Prometheus writes them: `hilo_things_total{what="good"}`. May be used from any thread.
class Counters {
public:
    void add(const std::string& series, std::uint64_t count = 1) {
        const std::lock_guard lock(mutex_);
        counts_[series] += count;
    }
    std::map<std::string, std::uint64_t> all() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> counts_;
};

}  // namespace http
