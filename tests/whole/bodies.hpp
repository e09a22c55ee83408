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
