#include "kapso/payload.hpp"

#include <nlohmann/json.hpp>

#include "kapso/shapes.hpp"

namespace kapso {
namespace {

/// The event that an entry names itself. Names have a dot, which tells them from a message's type.
std::string event_in(const Json& entry) {
    for (const auto* key : {"event", "type", "event_type"}) {
        auto name = text(entry, key);
        if (name.find('.') != std::string::npos) return name;
    }
    return {};
}

bool is_meta(const Json& body) {
    return body.contains("entry") || at(body, "object") == "whatsapp_business_account";
}

bool is_value(const Json& body) {
    return at(body, "messages").is_array() || at(body, "statuses").is_array();
}

void read_one(const Json& body, const std::string& event, Items& items);

/// A batch's entries, each judged alone; an entry's own event counts before the batch's.
void read_each(const Json& entries, const std::string& event, Items& items) {
    if (entries.empty()) items.ignore("an empty list");
    for (const auto& entry : entries) {
        const auto own = first({event_in(entry), event});
        const auto whole = [&] {
            Json out = entry;
            if (out.is_object() && !own.empty()) out["event"] = own;
            return out;
        };
        items.entry(whole, [&] { read_one(entry, own, items); });
    }
}

void read_one(const Json& body, const std::string& event, Items& items) {
    if (!body.is_object()) throw Malformed{"an event must be a JSON object"};
    if (is_meta(body)) return read_meta(body, items);
    if (at(body, "data").is_array()) return read_each(body["data"], event, items);
    if (is_value(body)) return read_value(body, "messages", items);
    if (at(body, "batch") == true && list(body, "data").is_null()) {
        throw Malformed{"a batch without \"data\""};
    }
    read_kapso(body, event, items);
}

}  // namespace

std::vector<Item> read_payload(std::string_view body, const Headers& headers) {
    Items items(body);
    try {
        const auto json = parse_json(body);
        const auto event = headers.event.empty() ? event_in(json) : headers.event;
        if (json.is_array()) {
            read_each(json, event, items);
        } else {
            read_one(json, event, items);
        }
    } catch (const Malformed& malformed) {
        items.keep_body(malformed.reason);
    } catch (const Items::GiveUp&) {
        // The body is kept whole, with whatever it may still hold.
    }
    if (items.empty()) items.keep_body("the body tells nothing that Hilo knows");
    return std::move(items).take();
}

}  // namespace kapso
