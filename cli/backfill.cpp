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

// Webhooks that were refused, or may have been among what was.
constexpr std::string_view refused[] = {
    R"(hilo_http_requests_total{route="POST /api/whatsapp/webhook",status="5xx"})",
    R"(hilo_http_requests_total{route="no room",status="5xx"})"};

constexpr int rounds_to_give_up = 5;  // over seven minutes, by the pauses between them

/// Names of what is kept beside the log (cli/reach.hpp).
std::string fresh_mark(const std::string& line) { return "listed/" + line; }
std::string late_mark(const std::string& line) { return "listed twice/" + line; }

}  // namespace

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
    for (const auto& line : lines_of(parts_.store.views(), parts_.line)) reach_of(line);
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

Reach& Backfill::reach_of(const std::string& line) {
    const auto found = reach_.find(line);
    if (found != reach_.end()) return found->second;
    const auto fresh = parts_.store.marks().get(fresh_mark(line));
    const auto late = parts_.store.marks().get(late_mark(line));
    const auto before = fresh && late ? std::optional(Reach{*fresh, *late}) : std::nullopt;
    return reach_.emplace(line, reach_at_start(before, known_times(line), began_)).first->second;
}

std::optional<LineTimes> Backfill::known_times(const std::string& line) const {
    if (auto times = times_of(parts_.store.views(), line)) return times;
    if (!tables_lag()) return std::nullopt;
    return LineTimes{began_ - 24h, began_};  // it may be known, and not in the tables yet
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
    auto& reach = reach_of(line);
    heed_foreign_ids(line, reach, now);
    const auto fresh = new_part(reach, now);
    const auto late = late_part(reach, fresh);
    const auto in_new = [&](events::Time to) { took_new(reach, fresh, to), store(line, reach); };
    const auto in_late = [&](events::Time to) { took_late(reach, to), store(line, reach); };
    return read(line, fresh, stop, in_new) && read(line, late, stop, in_late);
}

void Backfill::store(const std::string& line, const Reach& reach) {
    parts_.store.marks().advance(fresh_mark(line), reach.fresh);
    parts_.store.marks().advance(late_mark(line), reach.late);
}

/// Another process may take the webhooks. What came while they named messages otherwise can't be
/// told from what is known.
void Backfill::heed_foreign_ids(const std::string& line, Reach& reach, events::Time now) {
    auto& looked_at_past = looked_at_past_[line];
    const auto since = std::max(looked_at_past, reach.late - 1h);
    const auto found = intake::foreign_ids(parts_.store.log(), since);
    looked_at_past = now - pauses_.twice;
    if (!found) return;
    if (!found->over) return parts_.intake.note_foreign_ids();
    const auto before = reach;
    begin_behind(reach, found->last);
    if (before == reach) return;
    spdlog::warn(
        "the webhook named messages by other ids than Kapso's list until {}: what it missed of "
        "line {} before can't be taken in",
        events::iso8601(found->last), line);
}

bool Backfill::read(const std::string& line, const ListRange& part, const std::stop_token& stop,
                    const intake::Backfill::Reached& reached) {
    if (part.since >= part.until) return true;
    intake::Backfill backfill(parts_.intake,
                              [&](const kapso::Listing& listing, const std::string& after) {
                                  return parts_.history.read(listing, after, stop);
                              });
    const auto result = backfill.take(line, part.since, part.until, reached, stuck_[line].given_up);
    note_unreadable(line, result);
    count(result.receipt);
    if (result.receipt.appended > 0) {
        spdlog::info("{} facts that no webhook brought were found in Kapso's list",
                     result.receipt.appended);
    }
    if (result.stopped) return false;
    say("Kapso's list of the messages of line " + line, result.why);
    return result.complete();
}

/// That the same seconds can't be read, round after round, while others can, is no trouble that
/// passes.
void Backfill::note_unreadable(const std::string& line, const intake::Backfill::Result& result) {
    if (!result.unreadable) return;
    const auto [since, until] = *result.unreadable;
    auto& [at, rounds, given_up] = stuck_[line];
    if (since > at.until || until < at.since) at = {since, until}, rounds = 0;
    at = {std::max(since, at.since), std::min(until, at.until)};
    if (++rounds < rounds_to_give_up) return;
    given_up.push_back(std::exchange(at, {}));
    parts_.counters.add("hilo_backfill_items_total{what=\"unreadable\"}");
    spdlog::error(
        "Kapso's list of the messages of line {} can't be read at {}: what no webhook brought of "
        "these seconds is missing",
        line, events::iso8601(given_up.back().since));
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
