#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "db/store.hpp"
#include "projections/follow.hpp"

namespace db {

/// Keeps every projection's live tables up with the log, on a thread of its own: woken by commits,
/// and once a second all the same. Where the store fails it says so once and goes on trying.
class ViewsRunner {
public:
    /// The store must outlive the runner.
    explicit ViewsRunner(Store& store);
    ViewsRunner(const ViewsRunner&) = delete;
    ViewsRunner& operator=(const ViewsRunner&) = delete;
    /// Ends after the batch at hand, and every rebuild with it.
    ~ViewsRunner();

    /// Waits until a projection's tables hold everything up to a position; false where they don't
    /// in time. For an answer that must show what was just written.
    bool wait(std::string_view projection, std::int64_t position,
              std::chrono::milliseconds patience);
    /// Every projection has reached the head that the log had at some moment of the last second.
    bool caught_up();

    /// How a rebuild ended; `error` is empty where the tables were exchanged.
    struct Ended {
        events::Time at;
        std::string error;
    };
    struct State {
        projections::Status status;
        std::string error;  // of the last try; empty where it went well
        /// How far a rebuild of this projection has come, while one runs.
        std::optional<std::int64_t> rebuilding;
        std::optional<Ended> last_rebuild;  // of this projection, by this runner
    };
    std::vector<State> states();

    enum class Rebuilt { done, unknown_projection, one_is_running, stopped };
    /// Builds a projection's tables anew beside the live ones, on the caller's thread, and
    /// exchanges them. Throws where the store is away or the live tables stay in use.
    Rebuilt rebuild(std::string_view projection);

    enum class Started { yes, unknown_projection, one_is_running };
    /// The same on a thread of its own, for it may take long; `states` tells how far it has come
    /// and how it ended.
    Started start_rebuild(std::string_view projection);

private:
    /// Shared with the store's listener, which may be called after the runner has gone.
    struct Bell {
        std::mutex mutex;
        std::condition_variable rung;
        std::int64_t head = 0;
        bool stopping = false;
    };

    void run();
    Rebuilt carry_out(const projections::Projection& projection);
    void rebuild_ended(const projections::Projection& projection, std::string error);
    bool step_all();
    projections::Follower::Step step(const projections::Projection& projection);
    void note(std::string_view projection, const std::string& error);
    void sleep(std::chrono::milliseconds time, std::int64_t known_head);
    bool stopping();

    Store& store_;
    std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
    std::mutex mutex_;
    std::condition_variable moved_;
    std::map<std::string_view, std::string> errors_;
    std::map<std::string_view, std::int64_t> rebuilding_;
    std::map<std::string_view, Ended> last_rebuilds_;
    std::map<std::string_view, std::thread> rebuilders_;
    std::thread thread_;  // last, so that it starts when all else is there
};

}  // namespace db
