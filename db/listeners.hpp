#pragma once

#include <functional>
#include <mutex>
#include <vector>

namespace db {

/// Who wants to hear of a new head. Safe for several threads; tells each head once at most, and
/// never an older one.
class Listeners {
public:
    void add(std::function<void(std::int64_t head)> heard) {
        const std::lock_guard lock(mutex_);
        heard_.push_back(std::move(heard));
    }
    void tell(std::int64_t head) {
        // Held while telling, so that heads are told in order.
        const std::lock_guard lock(mutex_);
        if (head <= told_) return;
        told_ = head;
        for (const auto& heard : heard_) heard(head);
    }

private:
    std::mutex mutex_;
    std::vector<std::function<void(std::int64_t)>> heard_;
    std::int64_t told_ = 0;
};

}  // namespace db
