#include "crypto/hash.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "intake/talk.hpp"
#include "kapso/signature.hpp"

namespace http::handlers {
namespace {

std::string query_value(const Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? "" : found->second;
}

/// Kapso's header, or Meta's where a `meta` webhook is forwarded (kapso.md 1.10).
std::string_view signature_in(const Request& request) {
    const auto kapso = request.header("x-webhook-signature");
    return kapso.empty() ? request.header("x-hub-signature-256") : kapso;
}

Response receipt_of(const intake::Receipt& receipt) {
    if (!receipt.stored) {
        auto refusal = error(503, "not_stored", "the log is busy or away; please send it again");
        refusal.headers.emplace_back("Retry-After", "10");
        return refusal;
    }
    return answer({{"status", "ok"},
                   {"processed", true},
                   {"appended", receipt.appended},
                   {"repeated", receipt.repeated},
                   {"ignored", receipt.ignored},
                   {"kept", receipt.kept}});
}

}  // namespace

Handler verify_webhook(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto mode = query_value(request, "hub.mode");
        const bool asked = mode.empty() || mode == "subscribe";
        const bool fits = !app.verify_token.empty() &&
                          crypto::equal_in_constant_time(query_value(request, "hub.verify_token"),
                                                         app.verify_token);
        if (!asked || !fits) {
            return respond(
                error(403, "wrong_verify_token", "hub.verify_token is not KAPSO_WEBHOOK_TOKEN"));
        }
        respond(text(query_value(request, "hub.challenge")));
    };
}

Handler take_webhook(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto signature = signature_in(request);
        if (!app.webhook_secrets.empty() &&
            !kapso::signature_fits(signature, request.body, app.webhook_secrets)) {
            intake::talk::warn(signature.empty() ? "Webhook without a signature refused"
                                                 : "Webhook with an invalid signature refused");
            return respond(error(401, "invalid_signature",
                                 signature.empty() ? "X-Webhook-Signature is missing"
                                                   : "X-Webhook-Signature does not fit the body"));
        }
        kapso::Headers headers{std::string(request.header("x-webhook-event")),
                               std::string(request.header("x-idempotency-key")),
                               std::string(request.header("x-webhook-batch"))};
        app.intake.take(
            request.body, std::move(headers),
            [respond](const intake::Receipt& receipt) { respond(receipt_of(receipt)); });
    };
}

}  // namespace http::handlers
