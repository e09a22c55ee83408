#include "http/app.hpp"
#include "http/handlers.hpp"

namespace http {

std::vector<Route> routes(App& app) {
    using namespace handlers;
    using enum Access;
    constexpr bool waits = true;
    constexpr std::chrono::seconds kapso_waits{9};  // 10 s, and then it counts a failure
    const auto sender = app.webhook_secrets.empty() ? local : webhook;
    return {
        {"GET", "/api/whatsapp/webhook", webhook, verify_webhook(app)},
        {"POST", "/api/whatsapp/webhook", sender, take_webhook(app), waits, kapso_waits},

        {"POST", "/api/ai/test-chat", admin, test_chat(app)},
        {"POST", "/api/ai/chat", admin, chat(app), waits},

        {"GET", "/api/settings", admin, get_settings(app)},
        {"PUT", "/api/settings", admin, put_settings(app), waits},

        {"GET", "/api/conversations", admin, list_conversations(app), waits},
        {"GET", "/api/conversations/{id}", admin, get_conversation(app), waits},
        {"POST", "/api/conversations/{id}/reply", admin, reply_to_conversation(app), waits},
        {"POST", "/api/messages/{id}/settle", admin, settle_message(app), waits},

        {"GET", "/api/events", admin, list_events(app), waits},
        {"GET", "/api/projections", admin, list_projections(app), waits},
        {"POST", "/api/projections/{name}/rebuild", admin, rebuild_projection(app), waits},
        {"GET", "/api/parked", admin, list_parked(app), waits},
        {"POST", "/api/parked/{consumer}/{stream}", admin, act_on_parked(app), waits},
        {"GET", "/api/deliveries", admin, list_deliveries(app), waits},
        {"POST", "/api/deliveries/{id}/replay", admin, replay_delivery(app), waits},

        {"GET", "/livez", open, live(app)},
        {"GET", "/readyz", open, ready(app), waits},
        {"GET", "/healthz", open, ready(app), waits},
        {"GET", "/metrics", admin, metrics(app), waits},
        {"GET", "/version", open, version(app)},
    };
}

}  // namespace http
