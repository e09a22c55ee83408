#include "actors/settings_book.hpp"
#include "cli/doctor.hpp"
#include "db/pending.hpp"
#include "db/store.hpp"
#include "projections/follow.hpp"
#include "projections/queries.hpp"

namespace cli {
namespace {

/// False where there is nothing to look at yet.
bool look_at_schema(Findings& findings, const Config& config) {
    const auto pending = db::pending_migrations(config.database_url);
    if (pending.empty()) {
        findings.ok("schema", "up to date");
        return true;
    }
    findings.warn("schema", std::to_string(pending.size()) +
                                " migrations are missing: hilo migrate applies them, and hilo "
                                "serve at its start");
    return false;
}

void look_at_log(Findings& findings, db::Store& store, std::int64_t verify) {
    const auto head = store.log().head();
    const auto events = std::to_string(head) + " events";
    if (head > verify) {
        return findings.warn("log", events + ", not verified; to do it: hilo doctor --verify " +
                                        std::to_string(head));
    }
    if (const auto defect = store.verify()) {
        return findings.error("log", "position " + std::to_string(defect->position) + ": " +
                                         defect->what +
                                         "; the database was changed from outside: restore a "
                                         "backup and compare");
    }
    findings.ok("log", events + ", as they were written");
}

void look_at_projections(Findings& findings, db::Store& store) {
    for (const auto& status : projections::statuses(store.log(), store.views())) {
        const auto name = std::string(status.name);
        const auto check = "projection " + name;
        if (status.parked_count > 0) {
            findings.error(check, std::to_string(status.parked_count) +
                                      " streams are parked (hilo parked shows why, and lets them "
                                      "go on); after an upgrade: hilo projections rebuild " +
                                      name);
        } else if (status.lag > 0) {
            findings.warn(check, std::to_string(status.lag) +
                                     " events behind; a running hilo serve catches up");
        } else {
            findings.ok(check, "up with the log");
        }
    }
}

void look_at_replies(Findings& findings, db::Store& store) {
    constexpr std::size_t counted = 1'000;
    const auto unknown = projections::unknown_replies(store.views(), counted);
    if (unknown.empty()) return findings.ok("replies", "of each it is known what became of it");
    const auto oldest = std::to_string(unknown.front().id);
    findings.warn("replies", (unknown.size() == counted ? "over " : "") +
                                 std::to_string(unknown.size()) +
                                 " may or may not have gone out; Hilo looks for a new one for some "
                                 "minutes, then a person has to say, of the oldest: hilo message " +
                                 oldest + " settle sent");
}

void look_at_settings(Findings& findings, db::Store& store, const Config& config) {
    actors::SettingsBook book(store.log());
    book.refresh();
    const auto settings = book.now().settings;
    for (const auto& warning : domain::warnings(settings)) findings.warn("settings", warning);
    if (!settings.chatbot_enabled || !settings.ai_enabled) {
        return findings.warn("settings",
                             "customers get no answer: hilo settings set chatbotEnabled=true "
                             "aiEnabled=true");
    }
    if (!ai::with_key(config.providers).contains(settings.ai_provider)) {
        return findings.error("settings", "aiProvider is " + settings.ai_provider +
                                              ", which has no key: set one, or choose another "
                                              "(hilo settings set aiProvider=...)");
    }
    findings.ok("settings", settings.ai_provider + " answers with " + settings.ai_model);
}

}  // namespace

void look_at_database(Findings& findings, const Config& config, std::int64_t verify) {
    try {
        if (!look_at_schema(findings, config)) return;
        const auto store = db::open_store({config.database_url, config.master_key, true, false});
        findings.ok("database", "opened for reading; the master key fits");
        look_at_log(findings, *store, verify);
        look_at_projections(findings, *store);
        look_at_replies(findings, *store);
        look_at_settings(findings, *store, config);
    } catch (const std::exception& error) {
        findings.error("database", error.what());
    }
}

}  // namespace cli
