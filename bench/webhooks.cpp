#include "bench/webhooks.hpp"

#include <ctime>
#include <nlohmann/json.hpp>

#include "kapso/signature.hpp"

namespace bench {
namespace {

/// What a customer writes: the mark that makes it unique, and a few words more.
constexpr auto words =
    "Hello, I ordered a pair of shoes from you last week and would like to know when they will "
    "arrive, because the parcel has not moved since Monday. Could you please have a look?";

nlohmann::json body_for(std::uint64_t message) {
    const auto phone = std::to_string(34'600'000'000ULL + message % persons);
    const auto now = std::to_string(std::time(nullptr));
    return {{"event", "whatsapp.message.received"},
            {"phone_number_id", line},
            {"is_new_conversation", false},
            {"conversation",
             {{"id", "6f1c3c1e-7f0e-4b52-9a41-" + phone},
              {"phone_number", "+" + phone},
              {"phone_number_id", line},
              {"status", "active"},
              {"created_at", "2026-11-01T10:00:00Z"},
              {"updated_at", "2026-11-01T10:00:00Z"},
              {"metadata", nlohmann::json::object()},
              {"kapso", {{"contact_name", "Customer " + phone}, {"messages_count", 1}}}}},
            {"message",
             {{"id", "wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQUJFTkNI" + std::to_string(message)},
              {"from", phone},
              {"timestamp", now},
              {"type", "text"},
              {"text", {{"body", text_of(message) + " " + words}}},
              {"kapso",
               {{"direction", "inbound"},
                {"status", "received"},
                {"processing_status", "pending"},
                {"origin", "cloud_api"},
                {"has_media", false},
                {"content", text_of(message) + " " + words}}}}}};
}

}  // namespace

std::string text_of(std::uint64_t message) { return "(message " + std::to_string(message) + ")"; }

std::string request_for(std::uint64_t message) {
    const auto body = body_for(message).dump();
    return "POST /api/whatsapp/webhook HTTP/1.1\r\nHost: localhost\r\n"
           "Content-Type: application/json\r\nX-Webhook-Event: whatsapp.message.received\r\n"
           "X-Webhook-Payload-Version: v2\r\nX-Idempotency-Key: bench-" +
           std::to_string(message) +
           "\r\nX-Webhook-Signature: " + kapso::signature_of(body, secret) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace bench
