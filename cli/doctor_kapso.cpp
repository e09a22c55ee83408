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

/// False where Kapso can't be asked: it could not of another line either, or only much later.
bool look_at(Findings& findings, const kapso::WebhookWatch& watch, const std::string& line) {
    using State = kapso::WebhookWatch::State;
    const auto check = "webhook of line " + line;
    const auto answer = watch.look(line, {});
    if (const auto* why = std::get_if<std::string>(&answer)) {
        findings.warn(check, "Kapso can't be asked about it: " + *why);
        return false;
    }
    switch (std::get<kapso::WebhookWatch::Seen>(answer).state) {
        case State::delivers:
            findings.ok(check, "Kapso delivers");
            break;
        case State::paused:
            findings.error(check,
                           "Kapso has paused it, and nothing comes: switch it on again in "
                           "Kapso, or let hilo serve do it: hilo settings set "
                           "mendPausedWebhook=true");
            break;
        case State::none:
            findings.warn(check,
                          "Kapso has none with the secret of KAPSO_WEBHOOK_SECRET, and not "
                          "just one that ends in /api/whatsapp/webhook: is it on another "
                          "line?");
            break;
    }
    return true;
}

}  // namespace

void look_at_kapso_webhooks(Findings& findings, const Config& config) {
    if (config.kapso_api_key.empty()) return;
    const auto client = net::make_client();
    kapso::Turnstile turnstile;
    const kapso::WebhookWatch watch(*client, turnstile, config.kapso_base_url, config.kapso_api_key,
                                    config.webhook_secrets);
    for (const auto& line : known_lines(config)) {
        if (!look_at(findings, watch, line)) return;
    }
}

}  // namespace cli
