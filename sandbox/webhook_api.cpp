#include <nlohmann/json.hpp>

#include "crypto/uuid.hpp"
#include "sandbox/bodies.hpp"
#include "sandbox/kapso_api.hpp"
#include "sandbox/send_faults.hpp"

namespace sandbox {
namespace {

std::string id_of(const Webhooks::Target& target) {
    return crypto::derived_uuid({}, "webhook/" + target.line).text();
}

/// As docs.kapso.ai shows it.
Json shown(const Webhooks& webhooks) {
    const auto& target = webhooks.target();
    return {{"id", id_of(target)},
            {"url", target.url},
            {"kind", "kapso"},
            {"events",
             {"whatsapp.message.received", "whatsapp.message.sent", "whatsapp.message.delivered",
              "whatsapp.message.read", "whatsapp.message.failed"}},
            {"active", webhooks.active()},
            {"secret_key", target.secret},
            {"headers", Json::object()},
            {"payload_version", "v2"},
            {"phone_number_id", target.line},
            {"created_at", bodies::iso(0)},
            {"updated_at", bodies::iso(0)}};
}

}  // namespace

void KapsoApi::list_webhooks(const http::Request& request, const http::Respond& unlimited) {
    const auto admitted = admit(request, unlimited);
    if (const auto* no = std::get_if<http::Response>(&admitted)) return unlimited(*no);
    const Json body{{"data", Json::array({shown(webhooks_)})},
                    {"meta", {{"page", 1}, {"per_page", 20}, {"total_pages", 1}}}};
    std::get<http::Respond>(admitted)(http::json(body.dump()));
}

void KapsoApi::change_webhook(const http::Request& request, const http::Respond& unlimited) {
    const auto admitted = admit(request, unlimited);
    if (const auto* no = std::get_if<http::Response>(&admitted)) return unlimited(*no);
    const auto& respond = std::get<http::Respond>(admitted);
    if (request.params.at("webhook") != id_of(webhooks_.target())) {
        return respond(kapso_error(404, "Webhook not found"));
    }
    const auto body = read_json(request.body);
    const Json::json_pointer place("/whatsapp_webhook/active");
    if (!body.is_object() || !body.contains(place) || !body.at(place).is_boolean()) {
        return respond(kapso_error(422, "whatsapp_webhook.active must be true or false"));
    }
    webhooks_.set_active(body.at(place).get<bool>());
    respond(http::json(Json{{"data", shown(webhooks_)}}.dump()));
}

}  // namespace sandbox
