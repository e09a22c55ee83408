#pragma once

#include <mutex>
#include <unordered_set>

#include "events/ids.hpp"

namespace actors {

/// The conversations in memory, as the directory has them, and those that it is being told to wake;
/// looked at by others. Safe from any thread.
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

    /// A wake-up of the stream may go to the directory: false where one is on its way already.
    bool call(const events::StreamId& stream) {
        const std::lock_guard lock(mutex_);
        return called_.insert(stream).second;
    }
    /// It has come there.
    void heard(const events::StreamId& stream) {
        const std::lock_guard lock(mutex_);
        called_.erase(stream);
    }

private:
    mutable std::mutex mutex_;
    std::unordered_set<events::StreamId> streams_, called_;
};

}  // namespace actors
