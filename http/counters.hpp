#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace http {

/// How often things happened since the start, and how things stand, for /metrics. A series is a
/// name with its labels as Prometheus writes them: `hilo_things_total{what="good"}`. May be used
/// from any thread.
class Counters {
public:
    void add(const std::string& series, std::uint64_t count = 1) {
        const std::lock_guard lock(mutex_);
        counts_[series] += count;
    }
    /// For what goes up and down: a name that doesn't end in _total.
    void set(const std::string& series, std::uint64_t value) {
        const std::lock_guard lock(mutex_);
        counts_[series] = value;
    }
    using Series = std::map<std::string, std::uint64_t>;
    /// Asked for further series whenever all are read. It must live as long as somebody reads.
    void ask_also(std::function<Series()> source) {
        const std::lock_guard lock(mutex_);
        sources_.push_back(std::move(source));
    }
    Series all() const {
        const std::lock_guard lock(mutex_);
        auto series = counts_;
        for (const auto& source : sources_) series.merge(source());
        return series;
    }
    /// The sum of the series that begin so.
    std::uint64_t sum(std::string_view prefix) const {
        const std::lock_guard lock(mutex_);
        std::uint64_t sum = 0;
        for (auto one = counts_.lower_bound(std::string(prefix));
             one != counts_.end() && one->first.starts_with(prefix); ++one) {
            sum += one->second;
        }
        return sum;
    }

private:
    mutable std::mutex mutex_;
    Series counts_;
    std::vector<std::function<Series()>> sources_;
};

}  // namespace http
