#pragma once

#include <functional>

#include "events/log.hpp"
#include "projections/views.hpp"

namespace projections {

/// A batch is one job of the thread that writes on SQLite, where an append waits for it
/// (docs/decisions/0004).
inline constexpr std::size_t batch_limit = 100;

/// Keeps one copy of a projection's tables up with the log, a batch at a time.
class Follower {
public:
    Follower(events::Log& log, Views& views, const Projection& projection, Copy copy,
             std::size_t batch = batch_limit)
        : log_(log), views_(views), projection_(projection), copy_(copy), batch_(batch) {}

    enum class Step {
        nothing,  // the tables are up with the log
        saved,
        refused  // another follower was faster, or the tables were exchanged; the next step reads
                 // anew
    };
    /// Folds and saves the next events.
    Step step();

private:
    std::unique_ptr<Fold> fold(const std::vector<events::Recorded>& batch,
                               std::vector<Parked>& parked);

    events::Log& log_;
    Views& views_;
    const Projection& projection_;
    Copy copy_;
    std::size_t batch_;
};

/// Builds a projection's tables anew beside the live ones, catches up with the log, and exchanges
/// them; nothing is sent and no model is asked. `going_on` is asked after each batch; where it says
/// no, the rebuild ends and the live tables stay as they are. Returns whether they were exchanged.
/// An event that can't be taken parks its stream, as it does in the live tables
/// (docs/decisions/0005).
bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t position)>& going_on);

/// How a projection stands.
struct Status {
    std::string_view name;
    std::int64_t position = 0;
    std::int64_t head = 0;
    std::int64_t lag = 0;  // events that it has still to take
    std::vector<Parked> parked;
};
std::vector<Status> statuses(events::Log& log, Views& views);

/// SHA-256, in hexadecimal, over all rows of a table in the order of their keys. The same rows have
/// the same hash on every store.
std::string content_hash(Views& views, const TableInfo& table, Copy copy);

}  // namespace projections
