#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace intake {

/// How far the log has the bodies that were not stored as a whole. They are brought again, and one
/// that is too large for the time of one try gets further with each. Of the last 64 such bodies, in
/// memory: a restart, or another process, begins anew. Safe to use from any thread.
class Progress {
public:
    /// By an item's index in its body: whether the log surely has its fact, or that it is kept.
    using Stored = std::vector<bool>;

    /// Of the body of this name; empty where nothing is known.
    Stored of(const std::string& body) const;
    /// Instead of what was noted before. Where nothing is stored there is nothing to note.
    void note(const std::string& body, Stored stored);
    void forget(const std::string& body);

private:
    struct Entry {
        std::string body;
        Stored stored;
    };
    mutable std::mutex mutex_;
    std::deque<Entry> entries_;  // the oldest first
};

}  // namespace intake
