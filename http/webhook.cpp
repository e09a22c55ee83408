#include "crypto/hash.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "intake/talk.hpp"
#include "kapso/signature.hpp"

namespace http::handlers {
namespace {

// Of the 10 s that Kapso waits; what then remains is for storing it (DESIGN 7, Limits).
constexpr std::chrono::seconds longest_wait{7};

std::string query_value(const Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? "" : found->second;
}

/// Kapso's header, or Meta's where a `meta` webhook is forwarded (kapso.md 1.10).
std::string_view signature_in(const Request& request) {
    const auto kapso = request.header("x-webhook-signature");
    return kapso.empty() ? request.header("x-hub-signature-256") : kapso;
}

Response not_now(std::string_view code, std::string_view message) {
    auto refusal = error(503, code, message);
    refusal.headers.emplace_back("Retry-After", "10");
    return refusal;
}

void count(Counters& counters, const intake::Receipt& receipt) {
    const auto add = [&](const std::string& what, std::size_t number) {
        counters.add("hilo_webhook_items_total{what=\"" + what + "\"}", number);
    };
    add("appended", receipt.appended);
    add("repeated", receipt.repeated);
    add("ignored", receipt.ignored);
    add("kept", receipt.kept);
    if (!receipt.stored) counters.add("hilo_webhooks_not_stored_total");
}

Response receipt_of(const intake::Receipt& receipt) {
    if (!receipt.stored) {
        return not_now("not_stored", "the log is busy or away; please send it again");
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
        if (std::chrono::steady_clock::now() - request.arrived > longest_wait) {
            app.counters.add("hilo_webhooks_not_stored_total");
            return respond(not_now("busy", "too much is waiting already; please send it again"));
        }
        kapso::Headers headers{std::string(request.header("x-webhook-event")),
                               std::string(request.header("x-idempotency-key")),
                               std::string(request.header("x-webhook-batch"))};
        app.intake.take(
            request.body, std::move(headers),
            [&counters = app.counters, respond](const intake::Receipt& receipt) {
                count(counters, receipt);
                respond(receipt_of(receipt));
            },
            request.arrived);
    };
}

}  // namespace http::handlers
