#pragma once

#include <functional>
#include <span>

#include "events/acts.hpp"
#include "projections/views.hpp"

namespace projections {

using Batch = std::span<const events::Recorded>;

/// A batch is one job of the thread that writes on SQLite, where an append waits for it
/// (docs/decisions/0004).
inline constexpr std::size_t batch_limit = 100;

/// The same of one stream that is caught up with, which no page of the log bounds by its bytes.
inline constexpr std::size_t catch_up_limit = 20;
/// Rows that one save changes at most, unless one event changes more: a silence may close hundreds
/// of messages.
inline constexpr std::size_t rows_limit = 500;
/// Of the parked streams, so many are told one by one.
inline constexpr std::size_t parked_shown = 100;

/// Keeps one copy of a projection's tables up with the log, a batch at a time. A stream with an
/// event that can't be read or taken is parked, and the others go on; where a person has it tried
/// again, or goes on without that event, it catches up beside them (docs/decisions/0010).
class Follower {
public:
    /// `skipped` are positions to pass over: a rebuild knows them before it begins.
    Follower(events::Log& log, Views& views, const Projection& projection, Copy copy,
             std::size_t batch = batch_limit, std::set<std::int64_t> skipped = {})
        : log_(log),
          views_(views),
          projection_(projection),
          copy_(copy),
          batch_(batch),
          skipped_(std::move(skipped)) {}

    enum class Step {
        nothing,  // the tables are up with the log
        saved,
        refused  // another follower was faster, or the tables were exchanged; the next step reads
                 // anew
    };
    /// Folds and saves the next events, in one transaction or, where they change many rows, in
    /// several; and before them some of a stream that is caught up with, in one of its own.
    Step step();
    /// What the last step parked.
    const std::vector<Parked>& newly_parked() const { return newly_parked_; }

private:
    Step follow();
    bool take(Batch batch, Checkpoint from);
    Step catch_up();
    std::unique_ptr<Fold> fold(Batch batch, std::vector<Parked>& parked) const;
    void heed_acts(Batch batch, std::vector<Parked>& parked) const;

    events::Log& log_;
    Views& views_;
    const Projection& projection_;
    Copy copy_;
    std::size_t batch_;
    std::set<std::int64_t> skipped_;
    std::vector<Parked> newly_parked_;
};

/// Builds a projection's tables anew beside the live ones, catches up with the log, and exchanges
/// them; nothing is sent and no model is asked. `going_on` is asked after each batch; where it says
/// no, the rebuild ends and the live tables stay as they are. Returns whether they were exchanged.
/// An event that can't be taken parks its stream, as it does in the live tables
/// (docs/decisions/0005); one that a person had skipped is passed over, as it is there.
bool rebuild(events::Log& log, Views& views, const Projection& projection,
             const std::function<bool(std::int64_t position)>& going_on);

/// How a projection stands.
struct Status {
    std::string_view name;
    std::int64_t position = 0;
    std::int64_t head = 0;
    std::int64_t lag = 0;           // events that it has still to take
    std::vector<Parked> parked;     // the first `parked_shown`
    std::int64_t parked_count = 0;  // of all
};
std::vector<Status> statuses(events::Log& log, Views& views);

/// SHA-256, in hexadecimal, over all rows of a table in the order of their keys. The same rows have
/// the same hash on every store.
std::string content_hash(Views& views, const TableInfo& table, Copy copy);

}  // namespace projections
