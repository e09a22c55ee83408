#include "sandbox/bodies.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/uuid.hpp"

namespace sandbox::bodies {
namespace {

bool has_media(const Message& message) {
    static const std::set<std::string> kinds{"image", "audio", "video", "document", "sticker"};
    return kinds.contains(message.kind);
}

std::string event_status(const Message& message) {
    return message.history.empty() ? message.status : message.history.back().first;
}

std::int64_t event_time(const Message& message) {
    return message.history.empty() ? message.at : message.history.back().second;
}

Json failure(const Message& message) {
    return {{"code", message.code},
            {"title", "Message undeliverable"},
            {"message", "The sandbox was told to fail this message"}};
}

Json status_object(const Message& message, const std::string& status, std::int64_t at,
                   const Line& line) {
    Json out{{"id", message.wamid},
             {"status", status},
             {"timestamp", std::to_string(at)},
             {"recipient_id", message.peer}};
    if (line.echo_key && !message.mark.empty()) out["biz_opaque_callback_data"] = message.mark;
    if (status == "failed") out["errors"] = Json::array({failure(message)});
    return out;
}

Json statuses(const Message& message, const Line& line) {
    auto out = Json::array();
    for (const auto& [status, at] : message.history) {
        out.push_back(status_object(message, status, at, line));
    }
    return out;
}

void add_person(Json& out, const Message& message) {
    const std::string side = message.inbound ? "from" : "to";
    out[is_bsuid(message.peer) ? side + "_user_id" : side] = message.peer;
}

/// What Meta's and Kapso's forms of a message have in common.
Json common(const Message& message) {
    Json out{{"id", message.wamid},
             {"timestamp", std::to_string(message.at)},
             {"type", message.kind},
             {message.kind, Json::parse(message.object)}};
    if (message.kind == "unsupported") {
        out["errors"] = Json::array({{{"code", 131051}, {"title", "Unsupported message type"}}});
    }
    add_person(out, message);
    return out;
}

Json v2_message(const Message& message, const Line& line) {
    auto out = common(message);
    out["kapso"] = {{"direction", message.inbound ? "inbound" : "outbound"},
                    {"status", event_status(message)},
                    {"processing_status", message.inbound ? "pending" : "completed"},
                    {"origin", "cloud_api"},
                    {"has_media", has_media(message)},
                    {"content", message.text}};
    if (!message.history.empty()) out["kapso"]["statuses"] = statuses(message, line);
    return out;
}

Json v2_conversation(const Entry& entry, const Line& line) {
    const auto& [message, count] = entry;
    const auto now = iso(event_time(message));
    Json out{{"id", conversation_id(line.id, message.peer)},
             {"contact_name", message.name},
             {"status", "active"},
             {"last_active_at", now},
             {"updated_at", now},
             {"metadata", Json::object()},
             {"phone_number_id", line.id},
             {"kapso",
              {{"contact_name", message.name},
               {"messages_count", count},
               {"last_message_id", message.wamid},
               {"last_message_type", message.kind},
               {"last_message_timestamp", iso(message.at)},
               {"last_message_text", message.text}}}};
    if (is_bsuid(message.peer)) {
        out["business_scoped_user_id"] = message.peer;
    } else {
        out["phone_number"] = "+" + message.peer;
    }
    return out;
}

Json meta_value(const Message& message, const Line& line) {
    Json value{{"messaging_product", "whatsapp"},
               {"metadata", {{"display_phone_number", line.phone}, {"phone_number_id", line.id}}}};
    if (!message.inbound) {
        value["statuses"] =
            Json::array({status_object(message, event_status(message), event_time(message), line)});
        return value;
    }
    Json contact{{"profile", {{"name", message.name}}}};
    contact[is_bsuid(message.peer) ? "user_id" : "wa_id"] = message.peer;
    value["contacts"] = Json::array({contact});
    value["messages"] = Json::array({common(message)});
    return value;
}

Json media(const char* type, const std::string& caption) {
    Json out{{"id", "900100200300"}, {"mime_type", type}, {"sha256", std::string(43, 'A') + "="}};
    if (!caption.empty()) out["caption"] = caption;
    return out;
}

}  // namespace

Json v2(const Entry& entry, const Line& line) {
    return {{"message", v2_message(entry.message, line)},
            {"conversation", v2_conversation(entry, line)},
            {"is_new_conversation", entry.count == 1},
            {"phone_number_id", line.id}};
}

Json v1(const Entry& entry, const Line& line) {
    const auto& message = entry.message;
    const auto conversation = conversation_id(line.id, message.peer);
    const auto id = crypto::derived_uuid({}, message.wamid).text();
    return {{"message",
             {{"id", id},
              {"whatsapp_message_id", message.wamid},
              {"message_type", message.kind},
              {"content", message.text},
              {"direction", message.inbound ? "inbound" : "outbound"},
              {"status", event_status(message)},
              {"phone_number", message.peer},
              {"has_media", has_media(message)},
              {"contact_name", message.name},
              {"created_at", iso(message.at)}}},
            {"conversation",
             {{"id", conversation}, {"phone_number", message.peer}, {"status", "active"}}},
            {"whatsapp_config",
             {{"id", crypto::derived_uuid({}, line.id).text()},
              {"display_phone_number", line.phone},
              {"phone_number_id", line.id}}}};
}

Json meta(const Entry& entry, const Line& line) {
    const Json change{{"field", "messages"}, {"value", meta_value(entry.message, line)}};
    const Json account{{"id", "100200300400"}, {"changes", Json::array({change})}};
    return {{"object", "whatsapp_business_account"}, {"entry", Json::array({account})}};
}

Json batch(const std::vector<Entry>& entries, const Line& line, int window_ms) {
    auto data = Json::array();
    for (const auto& entry : entries) data.push_back(v2(entry, line));
    const auto& first = entries.front().message;
    const auto& last = entries.back().message;
    return {{"type", "whatsapp.message.received"},
            {"batch", true},
            {"data", std::move(data)},
            {"batch_info",
             {{"size", entries.size()},
              {"window_ms", window_ms},
              {"first_sequence", first.number},
              {"last_sequence", last.number},
              {"conversation_id", conversation_id(line.id, first.peer)}}}};
}

Json listed(const Message& message, const Line& line) {
    auto out = v2_message(message, line);
    out["kapso"]["status"] = message.status;
    out["kapso"]["phone_number"] = message.peer;
    out["kapso"]["phone_number_id"] = line.id;
    out["kapso"]["whatsapp_conversation_id"] = conversation_id(line.id, message.peer);
    out["kapso"]["contact_name"] = message.name;
    return out;
}

Json object_of(const std::string& kind, const std::string& text) {
    if (kind == "text") return {{"body", text}};
    if (kind == "image") return media("image/jpeg", text);
    if (kind == "video") return media("video/mp4", text);
    if (kind == "sticker") return media("image/webp", "");
    if (kind == "unsupported") return {{"type", "unknown"}};
    if (kind == "button") return {{"payload", "button-1"}, {"text", text}};
    if (kind == "audio") {
        auto out = media("audio/ogg; codecs=opus", "");
        out["voice"] = true;
        return out;
    }
    if (kind == "document") {
        auto out = media("application/pdf", text);
        out["filename"] = "document.pdf";
        return out;
    }
    if (kind == "location") {
        return {{"latitude", 40.4168}, {"longitude", -3.7038}, {"name", text}};
    }
    if (kind == "interactive") {
        return {{"type", "button_reply"}, {"button_reply", {{"id", "choice-1"}, {"title", text}}}};
    }
    if (kind == "contacts") {
        return Json::array({{{"name", {{"formatted_name", text}}},
                             {"phones", Json::array({{{"phone", "+34600100200"}}})}}});
    }
    return nullptr;
}

std::string text_of(const std::string& kind, const Json& object) {
    const auto field = [](const Json& of, const char* name) -> std::string {
        const bool there = of.is_object() && of.contains(name) && of[name].is_string();
        return there ? of[name].get<std::string>() : "";
    };
    for (const auto* name : {"body", "text", "caption", "emoji", "title"}) {
        if (auto text = field(object, name); !text.empty()) return text;
    }
    for (const auto* name : {"body", "button_reply"}) {
        if (!object.is_object() || !object.contains(name)) continue;
        const auto& inner = object[name];
        const auto text = field(inner, "text");
        if (const auto shown = text.empty() ? field(inner, "title") : text; !shown.empty()) {
            return shown;
        }
    }
    return "[" + kind + "]";
}

std::string iso(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string conversation_id(const std::string& line, const std::string& peer) {
    return crypto::derived_uuid({}, line + "/" + peer).text();
}

bool is_bsuid(const std::string& peer) {
    return !std::ranges::all_of(peer, [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace sandbox::bodies
