#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "actors/settings_book.hpp"
#include "cli/reach.hpp"
#include "db/store.hpp"
#include "http/counters.hpp"
#include "intake/backfill.hpp"
#include "kapso/webhook_watch.hpp"

namespace cli {

struct BackfillPauses {
    std::chrono::milliseconds round = std::chrono::minutes(5);
    std::chrono::milliseconds retry = std::chrono::seconds(30);  // after a failure, doubling
    std::chrono::milliseconds after_5xx = std::chrono::minutes(1);
    std::chrono::milliseconds look = std::chrono::seconds(5);  // at the counters
    /// What is looked at twice of the log's end, for what was recorded while it was looked at.
    std::chrono::milliseconds twice = std::chrono::minutes(1);
};

/// Pages through what Kapso lists of every line and takes in what was missed: at the start, every
/// five minutes, and a minute after a webhook was answered 5xx, or a connection found no room, for
/// the last time; on a thread of its own. Looks, on the same round, whether Kapso has paused the
/// webhook. Every process does this by itself: what several take in is one fact.
class Backfill {
public:
    struct Parts {
        db::Store& store;
        intake::Intake& intake;
        const kapso::History& history;
        const kapso::WebhookWatch& webhooks;
        actors::SettingsBook& settings;
        http::Counters& counters;
        std::string line;  // of the configuration
    };
    /// Notes where each line stands, before anything new comes in; blocks for it.
    explicit Backfill(Parts parts, BackfillPauses pauses = {});
    /// Ends at once, or with the append at hand.
    ~Backfill();
    Backfill(const Backfill&) = delete;
    Backfill& operator=(const Backfill&) = delete;

private:
    void run(const std::stop_token& stop);
    void note_where_lines_stand();
    bool round(const std::stop_token& stop);
    bool take(const std::string& line, const std::stop_token& stop);
    bool read(const std::string& line, const ListRange& part, const std::stop_token& stop,
              const intake::Backfill::Reached& reached);
    void note_unreadable(const std::string& line, const intake::Backfill::Result& result);
    Reach& reach_of(const std::string& line);
    std::optional<LineTimes> known_times(const std::string& line) const;
    void store(const std::string& line, const Reach& reach);
    void heed_foreign_ids(const std::string& line, Reach& reach, events::Time now);
    bool tables_lag() const;
    void count(const intake::Receipt& receipt);
    void say(const std::string& about, const std::string& trouble);
    void look_at_webhook(const std::string& line, const std::stop_token& stop);
    void mend(const std::string& line, const kapso::Webhook& webhook, const std::stop_token& stop);

    Parts parts_;
    const BackfillPauses pauses_;
    const events::Time began_;
    // For messages with other ids than those of the list, by line.
    std::map<std::string, events::Time> looked_at_past_;
    std::map<std::string, Reach> reach_;  // by line
    struct Stuck {
        intake::Backfill::Span at;  // that could not be read in so many rounds
        int rounds = 0;
        std::vector<intake::Backfill::Span> given_up;
    };
    std::map<std::string, Stuck> stuck_;           // by line
    std::map<std::string, std::string> troubles_;  // that were said, by what they are about
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::jthread thread_;  // last, so that it starts when all else is there
};

}  // namespace cli
