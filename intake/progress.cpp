#include "intake/progress.hpp"

#include <algorithm>

namespace intake {
namespace {

constexpr std::size_t bodies = 64;

}  // namespace

Progress::Stored Progress::of(const std::string& body) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(entries_, body, &Entry::body);
    return found == entries_.end() ? Stored() : found->stored;
}

void Progress::note(const std::string& body, Stored stored) {
    if (std::ranges::find(stored, true) == stored.end()) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.body == body; });
    if (entries_.size() >= bodies) entries_.pop_front();
    entries_.push_back({body, std::move(stored)});
}

void Progress::forget(const std::string& body) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.body == body; });
}

}  // namespace intake
