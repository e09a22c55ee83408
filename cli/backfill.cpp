#include "cli/backfill.hpp"

#include <spdlog/spdlog.h>

#include "actors/ports.hpp"
#include "cli/lines.hpp"
#include "db/first_line.hpp"
#include "projections/projection.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto overlap = 10min;  // what comes into the list so late is found all the same
constexpr auto slack = 1min;     // of this, what clocks may differ by
constexpr auto least = 24h, most = 24h * 30;
constexpr auto before_first = 1min;  // a new user's first message came in a moment before it

// Webhooks that were refused, or may have been among what was.
constexpr std::string_view refused[] = {
    R"(hilo_http_requests_total{route="POST /api/whatsapp/webhook",status="5xx"})",
    R"(hilo_http_requests_total{route="no room",status="5xx"})"};

/// All that the provider lists of the line before it is in the log.
std::string mark_of(const std::string& line) { return "listed/" + line; }

}  // namespace

events::Time backfill_from(const std::optional<KnownTimes>& known,
                           const std::optional<events::Time>& taken_to, events::Time now) {
    if (!known) return now - before_first;
    const auto from = taken_to ? std::min(*taken_to, now) - overlap
                               : std::min(known->last - overlap, now - least);
    return std::max({from, now - most, known->first - before_first});
}

Backfill::Backfill(Parts parts, BackfillPauses pauses)
    : parts_(std::move(parts)), pauses_(pauses), began_(actors::wall_now()) {
    try {
        note_where_lines_stand();
    } catch (const std::exception& error) {
        say("the store", db::first_line(error.what()));
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Backfill::~Backfill() {
    thread_.request_stop();
    thread_.join();
}

void Backfill::run(const std::stop_token& stop) {
    auto next = Clock::now();
    auto retry = pauses_.retry;
    std::uint64_t refusals = 0;
    while (!stop.stop_requested()) {
        if (Clock::now() >= next) {
            const bool fine = round(stop);
            next = Clock::now() + (fine ? pauses_.round : retry);
            retry = fine ? pauses_.retry : std::min(2 * retry, pauses_.round);
        }
        std::uint64_t now = 0;
        for (const auto& series : refused) now += parts_.counters.sum(series);
        if (std::exchange(refusals, now) != now) {
            next = std::min(next, Clock::now() + pauses_.after_5xx);
        }
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, stop, std::min(next, Clock::now() + pauses_.look),
                            [] { return false; });
    }
}

void Backfill::note_where_lines_stand() {
    for (const auto& line : lines_of(parts_.store.views(), parts_.line)) since(line);
}

/// False where something is left to be read again soon.
bool Backfill::round(const std::stop_token& stop) {
    bool fine = true;
    try {
        for (const auto& line : lines_of(parts_.store.views(), parts_.line)) {
            if (stop.stop_requested()) return false;
            look_at_webhook(line, stop);
            fine = take(line, stop) && fine;
        }
        say("the store", "");
    } catch (const std::exception& error) {
        say("the store", db::first_line(error.what()));
        fine = false;
    }
    const std::string result = fine ? "complete" : "incomplete";
    parts_.counters.add("hilo_backfill_rounds_total{result=\"" + result + "\"}");
    return fine;
}

/// From when on a line is to be read: since the last reading that was complete, with an overlap.
events::Time Backfill::since(const std::string& line) {
    const auto found = from_.find(line);
    if (found != from_.end()) return found->second;
    std::optional<KnownTimes> known;
    if (const auto times = times_of(parts_.store.views(), line)) {
        known = {times->first, times->last};
    } else if (tables_lag()) {
        known = {began_ - least, began_};  // it may be known, and not in the tables yet
    }
    const auto taken_to = parts_.store.marks().get(mark_of(line));
    const auto from = backfill_from(known, taken_to, began_);
    if (taken_to) fresh_from_[line] = std::max(from, std::min(*taken_to, began_) - slack);
    from_[line] = from;
    return from;
}

bool Backfill::tables_lag() const {
    const auto& messages = *projections::projection_named("messages");
    const auto told = parts_.store.views().checkpoint(messages, projections::Copy::live).position;
    return told < parts_.store.log().head();
}

/// What is new since the last time comes first; then, once more, what may have come into the list
/// late.
bool Backfill::take(const std::string& line, const std::stop_token& stop) {
    const auto now = actors::wall_now();
    const auto from = since(line);
    // Another process may take the webhooks.
    if (intake::has_foreign_ids(parts_.store.log(), std::max(looked_at_past_, from - 1h))) {
        parts_.intake.note_foreign_ids();
    }
    looked_at_past_ = now - 1min;
    const auto fresh = fresh_from_.contains(line) ? fresh_from_.at(line) : from;
    std::optional<events::Time> all_to;
    const auto reached = [&](events::Time time) {
        all_to = std::max(time, now - most);
        fresh_from_[line] = *all_to - slack;
        parts_.store.marks().advance(mark_of(line), time);
    };
    if (!read(line, fresh, now, stop, reached)) return false;
    if (from < fresh && !read(line, from, fresh, stop, [](events::Time) {})) return false;
    if (all_to) from_[line] = *all_to - overlap;
    return true;
}

bool Backfill::read(const std::string& line, events::Time since, events::Time until,
                    const std::stop_token& stop, const intake::Backfill::Reached& reached) {
    intake::Backfill backfill(parts_.intake,
                              [&](const kapso::Listing& listing, const std::string& after) {
                                  return parts_.history.read(listing, after, stop);
                              });
    const auto result = backfill.take(line, since, until, reached);
    count(result.receipt);
    if (result.receipt.appended > 0) {
        spdlog::info("{} facts that no webhook brought were found in Kapso's list",
                     result.receipt.appended);
    }
    if (result.stopped) return false;
    say("Kapso's list of the messages of line " + line, result.why);
    return result.complete();
}

void Backfill::count(const intake::Receipt& receipt) {
    const auto add = [&](const std::string& what, std::size_t number) {
        parts_.counters.add("hilo_backfill_items_total{what=\"" + what + "\"}", number);
    };
    add("appended", receipt.appended);
    add("repeated", receipt.repeated);
    add("kept", receipt.kept);
    add("ignored", receipt.ignored);
}

/// Trouble is said when it comes, and its end, and not with each round.
void Backfill::say(const std::string& about, const std::string& trouble) {
    auto& said = troubles_[about];
    if (!trouble.empty() && said.empty()) {
        spdlog::warn(
            "{} can't be read, and messages that no webhook brought are missing until then: {}",
            about, trouble);
    } else if (trouble.empty() && !said.empty()) {
        spdlog::info("{} can be read again", about);
    }
    said = trouble;
}

}  // namespace cli
