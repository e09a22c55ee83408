#include "cli/transcript.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/output.hpp"
#include "events/time.hpp"

namespace cli {
namespace {

template <class T>
Json optional(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}
Json optional(const std::optional<events::Time>& time) {
    return time ? Json(events::iso8601(*time)) : Json();
}

/// OWASP, CSV injection.
std::string no_formula(std::string text) {
    constexpr std::string_view begins_one = "=+-@\t\r";
    if (!text.empty() && begins_one.find(text.front()) != std::string_view::npos) {
        text.insert(text.begin(), '\'');
    }
    return text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// Of a JSON object, where it is there.
std::string field(const Json& row, const char* name) {
    const auto& value = row.at(name);
    if (value.is_null()) return "";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

constexpr std::string_view page_begins = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Conversation</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.4 system-ui, sans-serif; max-width: 46em; margin: 2em auto; color: #222 }
.m { margin: .6em 0; padding: .5em .8em; border: 1px solid #ccc; border-radius: .6em;
     white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid }
.agent { margin-left: 20%; background: #eef7ee } .client { margin-right: 20% }
.about { color: #666; font-size: 85% }
</style></head><body>
)";

std::string line_about(const Json& row) {
    std::string out = field(row, "createdAt") + " \u00b7 " + field(row, "sender");
    for (const auto* name : {"author", "deliveryStatus", "suppressed", "errorCode", "errorText"}) {
        if (const auto value = field(row, name); !value.empty()) out += " \u00b7 " + value;
    }
    return out;
}

}  // namespace

Json readable(const projections::Talk& talk) {
    const auto& one = talk.conversation;
    const auto client = talk.client.value_or(projections::Client{});
    return {{"id", one.id},
            {"name", optional(client.name)},
            {"phone", optional(client.phone)},
            {"bsuid", optional(client.bsuid)},
            {"group", optional(client.group_id)},
            {"line", optional(one.line)},
            {"stream", one.stream.text()},
            {"status", events::name_of(one.status)},
            {"holdUntil", optional(one.hold_until)},
            {"unanswered", one.unanswered},
            {"createdAt", events::iso8601(one.created_at)},
            {"lastMessageAt", events::iso8601(one.last_message_at)},
            {"lastMessageText", optional(one.last_message_text)}};
}

Json readable(const projections::Message& message) {
    return {
        {"id", message.id},
        {"createdAt", events::iso8601(message.created_at)},
        {"sender", events::name_of(message.sender)},
        {"author", optional(message.author)},
        {"content", message.content},
        {"deliveryStatus", message.status ? Json(events::name_of(*message.status)) : Json()},
        {"suppressed", message.suppressed ? Json(events::name_of(*message.suppressed)) : Json()},
        {"messageId", optional(message.message_id)},
        {"errorCode", optional(message.error_code)},
        {"errorText", optional(message.error_text)}};
}

std::string sheet_of(const std::vector<projections::Message>& messages) {
    std::vector<Json> rows;
    for (const auto& message : messages) {
        auto& row = rows.emplace_back(readable(message));
        for (const auto* name : {"content", "author", "errorText"}) {
            if (row[name].is_string()) row[name] = no_formula(row[name].get<std::string>());
        }
    }
    std::ostringstream out;
    print_list(out, "csv",
               {"id", "createdAt", "sender", "author", "content", "deliveryStatus", "suppressed",
                "messageId", "errorCode", "errorText"},
               rows);
    return out.str();
}

std::string page_of(const projections::Talk& talk,
                    const std::vector<projections::Message>& messages) {
    const auto about = readable(talk);
    std::string out(page_begins);
    out += "<h1>Conversation " + field(about, "id") + "</h1>\n<p class=\"about\">";
    for (const auto* name : {"name", "phone", "bsuid", "group", "line", "stream"}) {
        const auto value = field(about, name);
        if (!value.empty()) out += std::string(name) + ": " + escaped(value) + "<br>\n";
    }
    out += std::to_string(messages.size()) + " messages; times are UTC</p>\n";
    for (const auto& message : messages) {
        const auto row = readable(message);
        out += "<div class=\"m " + field(row, "sender") + "\">" + escaped(field(row, "content")) +
               "<div class=\"about\">" + escaped(line_about(row)) + "</div></div>\n";
    }
    return out + "</body></html>\n";
}

}  // namespace cli
