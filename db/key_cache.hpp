#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "db/request.hpp"

namespace db {

/// Keys that are known to be stored, by addressee; the one unused for longest goes first. Safe for
/// several threads.
class KeyCache {
public:
    explicit KeyCache(std::size_t limit) : limit_(limit) {}

    /// std::nullopt where none is known for this month.
    std::optional<StreamKey> find(const std::string& addressee, std::int32_t month) {
        const std::lock_guard lock(mutex_);
        const auto found = places_.find(addressee);
        if (found == places_.end() || found->second->second.month != month) return std::nullopt;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->second;
    }
    void put(const std::string& addressee, const StreamKey& key) {
        const std::lock_guard lock(mutex_);
        if (const auto found = places_.find(addressee); found != places_.end()) {
            entries_.erase(found->second);
            places_.erase(found);
        }
        entries_.emplace_front(addressee, key);
        places_.emplace(addressee, entries_.begin());
        if (entries_.size() <= limit_) return;
        places_.erase(entries_.back().first);
        entries_.pop_back();
    }

private:
    using Entries = std::list<std::pair<std::string, StreamKey>>;
    std::size_t limit_;
    std::mutex mutex_;
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> places_;
};

}  // namespace db
