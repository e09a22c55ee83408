#pragma once

#include <mutex>
#include <unordered_set>

#include "events/ids.hpp"

namespace actors {

/// The conversations in memory, as the directory has them; looked at by others. Safe from any
/// thread.
class Residents {
public:
    void add(const events::StreamId& stream) {
        const std::lock_guard lock(mutex_);
        streams_.insert(stream);
    }
    void remove(const events::StreamId& stream) {
        const std::lock_guard lock(mutex_);
        streams_.erase(stream);
    }
    bool contain(const events::StreamId& stream) const {
        const std::lock_guard lock(mutex_);
        return streams_.contains(stream);
    }

private:
    mutable std::mutex mutex_;
    std::unordered_set<events::StreamId> streams_;
};

}  // namespace actors
