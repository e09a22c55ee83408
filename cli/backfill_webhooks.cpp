#include <spdlog/spdlog.h>

#include "cli/backfill.hpp"

namespace cli {

void Backfill::look_at_webhook(const std::string& line, const std::stop_token& stop) {
    using State = kapso::WebhookWatch::State;
    const auto answer = parts_.webhooks.look(line, stop);
    const auto* seen = std::get_if<kapso::WebhookWatch::Seen>(&answer);
    if (seen == nullptr) return;  // the list of messages will say the same of the API
    const auto series = "hilo_kapso_webhook_paused{line=\"" + line + "\"}";
    const bool paused = seen->state == State::paused;
    parts_.counters.set(series, paused ? 1 : 0);
    auto& said = troubles_[series];
    if (!paused) {
        if (!said.empty()) spdlog::info("Kapso delivers the messages of line {} again", line);
        said.clear();
        return;
    }
    if (said.empty()) {
        spdlog::warn(
            "Kapso has paused the webhook of line {}, as it does when deliveries fail too often: "
            "nothing comes until it is switched on again in Kapso, or by the setting "
            "mendPausedWebhook",
            line);
        said = "paused";
    }
    if (!parts_.settings.now().settings.mend_paused_webhook) return;
    for (const auto& webhook : seen->paused) mend(line, webhook, stop);
}

void Backfill::mend(const std::string& line, const kapso::Webhook& webhook,
                    const std::stop_token& stop) {
    const auto why_not = parts_.webhooks.mend(line, webhook, stop);
    if (!why_not.empty()) {
        spdlog::warn("the webhook of line {} could not be switched on again: {}", line, why_not);
        return;
    }
    spdlog::info("the webhook of line {} was switched on again (mendPausedWebhook)", line);
    parts_.counters.add("hilo_kapso_webhooks_mended_total");
    parts_.counters.set("hilo_kapso_webhook_paused{line=\"" + line + "\"}", 0);
}

}  // namespace cli
