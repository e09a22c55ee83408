#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "db/listeners.hpp"
#include "db/pg_connection.hpp"
#include "db/stored.hpp"

namespace db::pg {

/// Wakes the followers of this process when another one has appended, and theirs when we have: one
/// coalesced NOTIFY per 10 ms at most. What tells the truth is the head, asked once a second.
class Bell {
public:
    /// All must outlive the bell.
    Bell(std::string url, Rows& rows, Listeners& listeners);
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell();
    /// We have appended up to here.
    void ring(std::int64_t head);

private:
    void run();
    void serve(Connection& db);
    void announce(Connection& db);
    void wait(int socket, std::chrono::milliseconds longest);

    const std::string url_;
    Rows& rows_;
    Listeners& listeners_;
    const int wake_;  // an eventfd
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> ours_{0};
    std::int64_t announced_ = 0;
    std::thread thread_;
};

}  // namespace db::pg
