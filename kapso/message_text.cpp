#include "kapso/message_text.hpp"

#include <nlohmann/json.hpp>

#include "events/names.hpp"

namespace kapso {
namespace {

using events::Kind;

std::string labelled(std::string_view label, std::string_view detail) {
    auto out = "[" + std::string(label) + "]";
    if (!detail.empty()) out.append(" ").append(detail);
    return out;
}

void join(std::string& to, std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    if (!to.empty()) to += separator;
    to += part;
}

std::string joined(std::initializer_list<std::string> parts) {
    std::string out;
    for (const auto& part : parts) join(out, ", ", part);
    return out;
}

/// Kapso's own rendering. Its media addresses open without a credential, so they are left out.
std::string rendering(const Json& message) {
    const auto whole = first({text(message, "kapso", "content"), text(message, "content")});
    std::string out;
    for (std::size_t from = 0; from < whole.size();) {
        const auto address = std::min(whole.find(" URL: http", from), whole.size());
        out.append(whole, from, address - from);
        from = std::min(whole.find('\n', address), whole.size());
    }
    return out;
}

std::string transcript(const Json& message) {
    const auto own = text(message, "kapso", "transcript", "text");
    if (!own.empty()) return own;
    constexpr std::string_view mark = "Transcript: ";
    const auto content = rendering(message);
    const auto at = content.find(mark);
    return at == std::string::npos ? std::string() : content.substr(at + mark.size());
}

// ---- One function per kind --------------------------------------------------------------------

Wording text_message(const Json& message) {
    const auto& own = at(message, "text");
    const auto body =
        first({own.is_string() ? text(own) : exact_text(own, "body"), rendering(message)});
    return {Kind::text, body, body};
}

Wording media(Kind kind, const std::string& label, const Json& own, const Json& message) {
    if (own.is_object()) {
        const auto caption = text(own, "caption");
        return {kind, labelled(label, caption), caption};
    }
    const auto caption = first({text(message, "kapso", "message_type_data", "caption"),
                                text(message, "message_type_data", "caption")});
    return {kind, labelled(label, first({caption, rendering(message)})), caption};
}

Wording document(const Json& own, const Json& message) {
    const auto name = text(own, "filename");
    return media(Kind::document, name.empty() ? "document" : "document: " + name, own, message);
}

Wording audio(const Json& own, const Json& message, bool voice) {
    const auto heard = transcript(message);
    const auto detail = own.is_object() ? heard : first({heard, rendering(message)});
    return {Kind::audio, labelled(voice ? "voice note" : "audio", detail), {}};
}

Wording location(const Json& own) {
    auto place = joined({text(own, "name"), text(own, "address")});
    const auto point = joined({text(own, "latitude"), text(own, "longitude")});
    if (!point.empty()) join(place, " ", "(" + point + ")");
    return {Kind::location, labelled("location", place), {}};
}

std::string one_contact(const Json& contact) {
    auto out =
        first({text(contact, "name", "formatted_name"), text(contact, "name", "first_name")});
    for (const auto& phone : list(contact, "phones")) {
        join(out, " ", first({text(phone, "phone"), text(phone, "wa_id")}));
    }
    return out;
}

Wording contacts(const Json& message) {
    std::string all;
    for (const auto& contact : list(message, "contacts")) join(all, "; ", one_contact(contact));
    return {Kind::contacts, labelled("contact", all), {}};
}

/// A flow's answers, "field: value" each, in the order of their names.
std::string answers(const Json& form) {
    Json fields = at(form, "response_json");
    try {
        if (fields.is_string()) fields = parse_json(fields.get_ref<const std::string&>());
    } catch (const Malformed&) {
        return text(form, "response_json");
    }
    if (!fields.is_object()) return text(form, "body");
    std::string out;
    for (const auto& [name, value] : fields.items()) {
        if (name == "flow_token") continue;  // the flow's key, not an answer
        join(out, "; ", name + ": " + (value.is_string() ? text(value) : compact(value)));
    }
    return out;
}

Wording interactive(const Json& own, const Json& message) {
    const auto reply = [](std::string shown, std::string typed) {
        return Wording{Kind::interactive, std::move(shown), std::move(typed)};
    };
    if (const auto& button = at(own, "button_reply"); button.is_object()) {
        return reply(text(button, "title"), text(button, "title"));
    }
    if (const auto& row = at(own, "list_reply"); row.is_object()) {
        return reply(joined({text(row, "title"), text(row, "description")}), text(row, "title"));
    }
    if (const auto& form = at(own, "nfm_reply"); form.is_object()) {
        const auto typed = answers(form);
        return reply(labelled("form", typed), typed);
    }
    const auto shown = first({text(own, "body", "text"), rendering(message)});
    return shown.empty() ? reply(labelled("interactive message", text(own, "type")), {})
                         : reply(shown, shown);
}

Wording button(const Json& own, const Json& message) {
    const auto shown = first({text(own, "text"), text(own, "payload"), rendering(message)});
    return {Kind::button, shown.empty() ? "[button]" : shown, shown};
}

Wording reaction(const Json& own, const Json& message) {
    const auto emoji = own.is_object() ? text(own, "emoji") : rendering(message);
    return {Kind::reaction, emoji.empty() ? "[reaction removed]" : labelled("reaction", emoji),
            emoji};
}

Wording order(const Json& own) {
    std::string items;
    for (const auto& item : list(own, "product_items")) {
        auto one = text(item, "quantity") + " x " + text(item, "product_retailer_id");
        const auto price = text(item, "item_price");
        if (!price.empty()) one += " at " + price + " " + text(item, "currency");
        join(items, ", ", one);
    }
    const auto note = text(own, "text");
    join(items, ": ", note);
    return {Kind::order, labelled("order", items), note};
}

Wording unsupported(const std::string& type, const Json& message) {
    const bool vague = type == "unsupported" || type == "unknown";
    const auto which = vague ? text(message, "unsupported", "type") : type;
    return {Kind::unsupported,
            which.empty() ? "[unsupported message]" : "[unsupported message: " + which + "]",
            {}};
}

// ---- Which kind -------------------------------------------------------------------------------

/// The type; without one, that of the object which the message has, else text.
std::string type_of(const Json& message) {
    const auto named = first({exact_text(message, "type"), exact_text(message, "message_type")});
    if (!named.empty()) return named;
    for (const auto kind : events::Names<Kind>::all) {
        if (at(message, kind).is_structured()) return std::string(kind);
    }
    return "text";
}

Wording of_kind(Kind kind, const std::string& type, const Json& message) {
    const auto& own = at(message, type);
    switch (kind) {
        case Kind::text:
            return text_message(message);
        case Kind::image:
        case Kind::video:
        case Kind::sticker:
            return media(kind, type, own, message);
        case Kind::audio:
            return audio(own, message, at(own, "voice") == true);
        case Kind::document:
            return document(own, message);
        case Kind::location:
            return location(own);
        case Kind::contacts:
            return contacts(message);
        case Kind::interactive:
            return interactive(own, message);
        case Kind::button:
            return button(own, message);
        case Kind::reaction:
            return reaction(own, message);
        case Kind::order:
            return order(own);
        case Kind::system:
            return {kind, labelled(type, text(own, "body")), {}};
        case Kind::unsupported:
            return unsupported(type, message);
    }
    return unsupported(type, message);
}

}  // namespace

Wording wording_of(const Json& message) {
    const auto type = type_of(message);
    // Types that are no kind of their own.
    if (type == "voice") return audio(at(message, "voice"), message, true);
    if (type == "revoke") return {Kind::system, "[message deleted]", {}};
    if (type == "edit") {
        auto edited = wording_of(at(message, "edit", "message"));
        edited.text = labelled("edited", edited.text);
        return edited;
    }
    if (type == "template") {
        const auto shown = rendering(message);
        const auto name = "[template: " + text(message, "template", "name") + "]";
        return {Kind::unsupported, first({shown, name}), {}};
    }
    return of_kind(events::named<Kind>(type).value_or(Kind::unsupported), type, message);
}

}  // namespace kapso
