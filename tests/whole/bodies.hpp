#pragma once

#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

/// Webhook bodies as Kapso sends them.
namespace tests::bodies {

using Json = nlohmann::json;

inline const std::string received = "whatsapp.message.received";
inline const std::string sent = "whatsapp.message.sent";

inline std::string now() { return std::to_string(std::time(nullptr)); }

inline Json conversation(const std::string& phone, const std::string& line) {
    return {{"id", "conv-" + phone},
            {"phone_number", "+" + phone},
            {"status", "active"},
            {"phone_number_id", line},
            {"kapso", {{"contact_name", "Ana"}}}};
}

inline Json message(const std::string& wamid, const std::string& phone, const std::string& text,
                    const std::string& status = "received") {
    return {{"id", wamid},
            {"from", phone},
            {"timestamp", now()},
            {"type", "text"},
            {"text", {{"body", text}}},
            {"kapso",
             {{"direction", "inbound"},
              {"status", status},
              {"origin", "cloud_api"},
              {"content", text}}}};
}

inline Json event(const Json& message, const std::string& phone, const std::string& line) {
    return {{"message", message},
            {"conversation", conversation(phone, line)},
            {"is_new_conversation", false},
            {"phone_number_id", line}};
}

/// The same message as Kapso's first version of its webhooks tells it.
inline Json v1(const Json& message, const std::string& phone, const std::string& line) {
    const std::time_t at = std::stol(message["timestamp"].get<std::string>());
    char created[] = "2026-01-01T00:00:00Z";
    std::strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&at));
    return {{"message",
             {{"id", "6b1f0d7a-523e-4c19-9a44-68696c6f0001"},
              {"whatsapp_message_id", message["id"]},
              {"message_type", "text"},
              {"content", message["text"]["body"]},
              {"direction", "inbound"},
              {"status", "received"},
              {"phone_number", phone},
              {"created_at", created}}},
            {"conversation", {{"id", "conv-" + phone}, {"phone_number", phone}}},
            {"whatsapp_config", {{"phone_number_id", line}}}};
}

/// As Meta tells it.
inline Json bare(const Json& message) {
    auto out = message;
    out.erase("kapso");
    return out;
}
inline Json meta(const Json& message, const std::string& phone, const std::string& line) {
    const Json contact{{"profile", {{"name", "Ana"}}}, {"wa_id", phone}};
    const Json value{{"messaging_product", "whatsapp"},
                     {"metadata", {{"phone_number_id", line}}},
                     {"contacts", Json::array({contact})},
                     {"messages", Json::array({bare(message)})}};
    const Json change{{"field", "messages"}, {"value", value}};
    const Json account{{"id", "1"}, {"changes", Json::array({change})}};
    return {{"object", "whatsapp_business_account"}, {"entry", Json::array({account})}};
}

/// As the two set-up guides tell it: without a line, and in an envelope of its own.
inline Json seed1(const Json& message) { return {{"messages", Json::array({bare(message)})}}; }
inline Json seed2(const Json& message, const std::string& phone) {
    return {{"event_type", received},
            {"conversation_id", "conv-" + phone},
            {"message_id", message["id"]},
            {"payload",
             {{"content", message["text"]["body"]},
              {"from", "+" + phone},
              {"timestamp", message["timestamp"]}}}};
}

inline Json batch(const Json& events) {
    return {{"type", received},
            {"batch", true},
            {"data", events},
            {"batch_info", {{"size", events.size()}, {"window_ms", 5000}}}};
}

/// What the phone app tells when somebody of the business wrote on it.
inline Json echo(const std::string& wamid, const std::string& phone, const std::string& text,
                 const std::string& line) {
    auto out = message(wamid, phone, text, "sent");
    out.erase("from");
    out["to"] = phone;
    out["kapso"]["direction"] = "outbound";
    out["kapso"]["origin"] = "business_app";
    return event(out, phone, line);
}

}  // namespace tests::bodies
