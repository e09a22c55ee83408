#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "intake/intake.hpp"
#include "kapso/history.hpp"

namespace intake {

/// Takes in what the provider lists, through the same intake as webhooks: what was told before is
/// known by its id, and what was missed is appended, marked as backfill.
class Backfill {
public:
    /// One page of a listing, after a cursor; blocks.
    using Read =
        std::function<kapso::History::Page(const kapso::Listing&, const std::string& after)>;
    struct Bounds {
        std::size_t messages = 2'000;       // held in memory at a time
        std::size_t bytes = 16 << 20;       // the same; with the page that goes beyond
        std::size_t pages = 500;            // of one `take`
        std::size_t pages_of_look_up = 20;  // of one `outbound`
    };
    Backfill(Intake& intake, Read read, Bounds bounds);
    Backfill(Intake& intake, Read read) : Backfill(intake, std::move(read), Bounds{}) {}

    struct Span {
        events::Time since, until;
    };
    struct Result {
        Receipt receipt;
        std::size_t pages = 0;
        std::string why;  // it is not complete; empty where it is
        bool stopped = false;
        std::optional<Span> unreadable;  // seconds of which it isn't, though others can be read
        bool complete() const { return why.empty(); }
    };
    using Reached = std::function<void(events::Time)>;
    /// All messages of a line from `since` to `until`, both ways, the oldest first, so that a
    /// conversation goes on as it went: a person's answer is known before it could be asked for.
    /// `reached` is called whenever all before a later time is in the log. Seconds that can't be
    /// read, and that touch what was `given_up`, are passed over where others can be read. Blocks.
    Result take(
        const std::string& line, events::Time since, events::Time until,
        const Reached& reached = [](events::Time) {}, std::vector<Span> given_up = {});
    /// What was sent from a line, as far as it was read, the newest first.
    struct Outbound {
        /// All of it since then is in the log: the time that was asked for, or later where the list
        /// was too long or broke off; std::nullopt where nothing is known.
        std::optional<events::Time> back_to;
        /// Streams that an entry was not put into though one of its names leads there.
        std::set<events::StreamId> passed_by;
        /// Whether what was sent to the stream's person since then is in the stream now, as far as
        /// this list tells.
        bool is_complete(events::Time since, const events::StreamId& stream) const;
    };
    /// Takes that in. Blocks.
    Outbound outbound(const std::string& line, events::Time since);

private:
    struct Range;
    void take(const Range& range, std::vector<Range>& ranges, Result& result,
              const Reached& reached);
    static void halve(const Range& range, std::vector<Range>& ranges);
    void cant_read(const Range& range, std::vector<Range>& ranges, Result& result,
                   const std::string& reason, const Reached& reached);
    void feed(std::vector<kapso::Item> items, Result& result);

    Intake& intake_;
    Read read_;
    Bounds bounds_;
    std::vector<Span> given_up_;  // of the present `take`
};

/// Whether what is listed of a person under each of these names alone (a phone, or a
/// business-scoped id) goes to the stream. It may not where two streams proved to be one person
/// (docs/decisions/0002): then that the stream has nothing of it says nothing. Blocks; throws where
/// the store is away.
bool lead_to(events::Log& log, const std::string& line, const std::vector<std::string>& names,
             const events::StreamId& stream);

/// Puts one listing's items, which come the newest first, in the order of their messages; what
/// belongs to one message stays as it is. Pure.
std::vector<kapso::Item> in_order(std::vector<kapso::Item> items);

/// The last webhook's message that has an id of Kapso's own (see Intake::knows_foreign_ids).
struct ForeignIds {
    events::Time last;  // when it was recorded
    bool over = false;  // the webhook brought one with WhatsApp's id since
};
/// Of those that were recorded since then; std::nullopt where there is none. Reads the log's end;
/// blocks, and throws where the store is away.
std::optional<ForeignIds> foreign_ids(events::Log& log, events::Time since);

}  // namespace intake
