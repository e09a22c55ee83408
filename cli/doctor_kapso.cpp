#include "cli/doctor.hpp"
#include "cli/lines.hpp"
#include "cli/stores.hpp"
#include "kapso/webhook_watch.hpp"

namespace cli {
namespace {

/// Of the tables where there are any; a database that can't be opened has a finding of its own.
std::vector<std::string> known_lines(const Config& config) {
    try {
        return lines_of(open_for_reading(config)->views(), config.line);
    } catch (const std::exception&) {
        if (config.line.empty()) return {};
        return {config.line};
    }
}

void look_at(Findings& findings, const kapso::WebhookWatch& watch, const std::string& line) {
    using State = kapso::WebhookWatch::State;
    const auto check = "webhook of line " + line;
    const auto answer = watch.look(line, {});
    if (const auto* why = std::get_if<std::string>(&answer)) {
        return findings.warn(check, "Kapso can't be asked about it: " + *why);
    }
    switch (std::get<kapso::WebhookWatch::Seen>(answer).state) {
        case State::delivers:
            return findings.ok(check, "Kapso delivers");
        case State::paused:
            return findings.error(check,
                                  "Kapso has paused it, and nothing comes: switch it on again in "
                                  "Kapso, or let hilo serve do it: hilo settings set "
                                  "mendPausedWebhook=true");
        case State::none:
            return findings.warn(check,
                                 "Kapso has none that ends in /api/whatsapp/webhook or has the "
                                 "secret of KAPSO_WEBHOOK_SECRET: is it on another line?");
    }
}

}  // namespace

void look_at_kapso_webhooks(Findings& findings, const Config& config) {
    if (config.kapso_api_key.empty()) return;
    const auto client = net::make_client();
    kapso::Turnstile turnstile;
    const kapso::WebhookWatch watch(*client, turnstile, config.kapso_base_url, config.kapso_api_key,
                                    config.webhook_secrets);
    for (const auto& line : known_lines(config)) look_at(findings, watch, line);
}

}  // namespace cli
