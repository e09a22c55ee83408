#pragma once

#include <mutex>

#include "actors/messages.hpp"

namespace actors {

/// Where the outside leaves its outcomes, and turns to send, from any thread and however late: once
/// closed, for the actors end, what is posted is dropped, and whoever decides next finds the effect
/// unsettled.
class Postbox {
public:
    void open(Directory directory) {
        const std::lock_guard lock(mutex_);
        directory_ = std::move(directory);
    }
    void close() {
        const std::lock_guard lock(mutex_);
        directory_ = nullptr;
    }
    void post(const auto& what) {
        const std::lock_guard lock(mutex_);
        if (directory_) caf::anon_send(directory_, what);
    }

private:
    std::mutex mutex_;
    Directory directory_;
};

}  // namespace actors
