#pragma once

#include <map>
#include <string>
#include <vector>

#include "db/store.hpp"
#include "events/codec.hpp"
#include "tests/load/traffic.hpp"
#include "tests/support/postgres.hpp"
#include "tests/whole/tables.hpp"

namespace load {

enum class Kind { sqlite, postgresql };

inline std::string name_of(Kind kind) { return kind == Kind::sqlite ? "Sqlite" : "Postgresql"; }

/// Everything that the log holds, counted.
struct Told {
    std::map<std::string, int> received;                  // wamid -> how many events
    std::map<std::string, events::EventId> received_id;   // of the last one
    std::map<events::EventId, int> closed;                // how often a message was closed
    std::map<events::StreamId, std::vector<int>> opened;  // versions of ConversationOpened
    std::set<events::StreamId> conversations;
    std::map<events::AttemptId, int> intents, accepted;
    /// What became of a reply, as far as the log knows. All replies of these tests have one part.
    enum class Fate { intended, sent, unknown, tried_again, refused };
    std::map<events::EventId, events::TurnId> answered_by;
    std::map<events::EventId, std::string> silences;  // messages that are not answered, and why
    std::map<events::TurnId, Fate> fates;
    std::map<events::TurnId, std::string> refusals;  // why a reply was not sent, try by try
    std::string last;                                // the type of the last conversation's event
    std::int64_t position = 0;
    int kept = 0;  // deliveries

    /// What stands in the streams whose last reply has no end, for whoever looks for the reason.
    std::string owed() const {
        std::string text;
        for (const auto& [stream, turn] : last_turn) {
            const auto fate = fates.at(turn);
            if (fate != Fate::intended && fate != Fate::tried_again) continue;
            text += stream.text() + ":\n" + told.at(stream);
        }
        return text;
    }
    static std::string tried_again_at(const events::Event& body) {
        const auto* event = std::get_if<events::ConversationEvent>(&body);
        const auto* refused = event ? std::get_if<events::SendRejected>(event) : nullptr;
        const auto* found = event ? std::get_if<events::SendSettled>(event) : nullptr;
        const auto at = refused ? refused->retry_at : found ? found->retry_at : std::nullopt;
        return at ? ", again at " + events::iso8601(*at) : "";
    }
    std::map<events::StreamId, events::TurnId> last_turn;
    std::map<events::StreamId, std::string> told;

    void add(const events::Recorded& recorded) {
        position = recorded.position;
        if (!std::holds_alternative<events::SystemEvent>(recorded.body)) {
            told[recorded.stream] += "  " + events::iso8601(recorded.recorded) + " " +
                                     std::string(events::type_of(recorded.body).name) +
                                     tried_again_at(recorded.body) + "\n";
        }
        if (const auto* system = std::get_if<events::SystemEvent>(&recorded.body)) {
            kept += std::holds_alternative<events::DeliveryKept>(*system);
            return;
        }
        conversations.insert(recorded.stream);
        last = events::type_of(recorded.body).name;
        const auto& event = std::get<events::ConversationEvent>(recorded.body);
        if (const auto* send = std::get_if<events::SendRequested>(&event)) {
            last_turn[recorded.stream] = send->turn;
        }
        if (const auto* message = std::get_if<events::MessageReceived>(&event)) {
            ++received[message->wamid];
            received_id[message->wamid] = recorded.clear.id;
        } else if (std::holds_alternative<events::ConversationOpened>(event)) {
            opened[recorded.stream].push_back(recorded.version);
        } else {
            add_decision(event);
        }
    }
    void add_decision(const events::ConversationEvent& event) {
        if (const auto* suppressed = std::get_if<events::ReplySuppressed>(&event)) {
            for (const auto& id : suppressed->answers) {
                ++closed[id];
                silences[id] = events::name_of(suppressed->reason);
            }
        } else if (const auto* send = std::get_if<events::SendRequested>(&event)) {
            ++intents[send->attempt];
            for (const auto& id : send->answers) {
                ++closed[id];
                answered_by[id] = send->turn;
            }
            fates[send->turn] = Fate::intended;
        } else if (const auto* taken = std::get_if<events::SendAccepted>(&event)) {
            ++accepted[taken->attempt];
            fates[taken->turn] = Fate::sent;
        } else if (const auto* unknown = std::get_if<events::SendUncertain>(&event)) {
            fates[unknown->turn] = Fate::unknown;
        } else if (const auto* refused = std::get_if<events::SendRejected>(&event)) {
            fates[refused->turn] = refused->retry_at ? Fate::tried_again : Fate::refused;
            refusals[refused->turn] +=
                refused->reason + " (" + std::to_string(refused->code) + "); ";
        } else if (const auto* found = std::get_if<events::SendSettled>(&event)) {
            const auto not_sent = found->retry_at ? Fate::tried_again : Fate::refused;
            fates[found->turn] = found->sent ? Fate::sent : not_sent;
            if (!found->sent) refusals[found->turn] += found->evidence + "; ";
        }
    }
    bool has_closed(const std::string& wamid) const {
        const auto id = received_id.find(wamid);
        return id != received_id.end() && closed.contains(id->second);
    }
};

/// A fresh database of either store, which `hilo serve` makes its own.
class Database {
public:
    explicit Database(Kind kind)
        : url_(kind == Kind::postgresql ? support::Postgres::instance().fresh()
                                        : "sqlite:" + (folder_.path() / "hilo.db").string()) {}
    /// Any other one that is fresh.
    explicit Database(std::string url) : url_(std::move(url)) {}

    const std::string& url() const { return url_; }
    std::unique_ptr<db::Store> read_only() const {
        return db::open_store({url_, master_key, true, false});
    }
    /// As the one process that appends, where no server runs.
    std::unique_ptr<db::Store> writing() const {
        return db::open_store({url_, master_key, false, true});
    }
    /// All that the log holds now. Beside a server that runs, too.
    Told told() const {
        Told told;
        follow(told);
        return told;
    }
    /// The same of what came since.
    void follow(Told& told) const {
        const auto store = read_only();
        for (bool more = true; more;) {
            const auto page = store->log().read_all(told.position, 1000);
            for (const auto& recorded : page) told.add(recorded);
            more = !page.empty();
        }
    }
    /// The rows that a query gives.
    tests::Rows rows(const std::string& sql) const {
        constexpr std::string_view sqlite = "sqlite:";
        return url_.starts_with(sqlite) ? tests::sqlite_rows(url_.substr(sqlite.size()), sql)
                                        : tests::postgres_rows(url_, sql);
    }
    /// Empty where every digest and seal is as it was written.
    std::string defect() const {
        const auto found = read_only()->verify();
        return found ? std::to_string(found->position) + ": " + found->what : "";
    }
    /// The environment of a server on it.
    Environment environment() const {
        return {{"DATABASE_URL", url_},
                {"HILO_MASTER_KEY", master_key},
                {"KAPSO_WEBHOOK_SECRET", secret},
                {"KAPSO_PHONE_NUMBER_ID", line},
                {"KAPSO_API_KEY", "made-up"},
                {"DEEPSEEK_API_KEY", "made-up"},
                {"KAPSO_API_BASE_URL", "http://127.0.0.1:1/nobody"}};
    }

private:
    static constexpr const char* master_key =
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    Folder folder_;
    std::string url_;
};

}  // namespace load
