#include "kapso/message.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "domain/identity.hpp"
#include "kapso/message_text.hpp"

namespace kapso {
namespace {

/// The quoted message, or the one that a reaction or an edit is about.
std::string quoted(const Json& message) {
    return first({text(message, "context", "id"), text(message, "reaction", "message_id"),
                  text(message, "edit", "original_message_id"),
                  text(message, "revoke", "original_message_id")});
}

std::optional<events::Time> time_of(const Json& message) {
    const auto at_seconds = time(at(message, "timestamp"));
    return at_seconds ? at_seconds : time(at(message, "created_at"));
}

void require_sender(const Contact& contact) {
    if (contact.phone.empty() && contact.bsuid.empty() && contact.group.empty()) {
        throw Malformed{"the message names no sender: no phone number, user id or group"};
    }
}

}  // namespace

Inbound inbound(const Json& message, Contact contact, events::Source source) {
    require_sender(contact);
    auto wording = wording_of(message);
    if (wording.text.empty()) throw Malformed{"the message has neither a text nor a known type"};
    Inbound in;
    in.message = {.source = source,
                  .kind = wording.kind,
                  .wamid = wamid_of(message),
                  .text = wording.text,
                  .typed = {},
                  .name = contact.name,
                  .phone = contact.phone,
                  .bsuid = contact.bsuid,
                  .group = contact.group,
                  .reply_to = quoted(message),
                  .raw = compact(message)};
    if (wording.typed != wording.text) in.message.typed = std::move(wording.typed);
    in.contact = std::move(contact);
    in.at = time_of(message);
    return in;
}

Outbound outbound(const Json& message, Contact contact) {
    Outbound out;
    out.wamid = wamid_of(message);
    if (out.wamid.empty()) throw Malformed{"the business's message has no id"};
    auto wording = wording_of(message);
    if (wording.typed != wording.text) out.typed = std::move(wording.typed);
    out.text = std::move(wording.text);
    out.raw = compact(message);
    out.contact = std::move(contact);
    out.at = time_of(message);
    return out;
}

std::optional<Status> status(const Json& status, Contact contact) {
    if (!status.is_object()) throw Malformed{"a status must be an object"};
    Status out;
    const auto name = exact_text(status, "status");
    const auto kind = status_named(name);
    out.wamid = exact_text(status, "id");
    if (name.empty() || out.wamid.empty()) throw Malformed{"a status needs \"id\" and \"status\""};
    if (!kind) return std::nullopt;
    out.kind = *kind;
    out.mark = text(status, "biz_opaque_callback_data");
    out.at = time_of(status);
    out.contact = std::move(contact);
    if (out.kind == Status::Kind::failed) add_error(out, at(status, "errors"));
    return out;
}

std::optional<Status::Kind> status_named(std::string_view name) {
    constexpr std::array<std::string_view, 5> names{"sent", "delivered", "read", "played",
                                                    "failed"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<Status::Kind>(i);
    }
    return std::nullopt;
}

void add_error(Status& status, const Json& errors) {
    if (!errors.is_array() || errors.empty()) return;
    const auto& error = errors.front();
    const auto code = text(error, "code");
    std::from_chars(code.data(), code.data() + code.size(), status.code);
    status.reason =
        first({text(error, "error_data", "details"), text(error, "message"), text(error, "title")});
}

std::string wamid_of(const Json& message) {
    return first({exact_text(message, "whatsapp_message_id"), exact_text(message, "id")});
}

std::string phone(const std::string& written) {
    return domain::digits_of(written).empty() ? std::string() : written;
}

Contact bounded(Contact contact) {
    constexpr std::size_t longest = 256;
    for (const auto* id : {&contact.line, &contact.phone, &contact.bsuid, &contact.group}) {
        if (id->size() > longest) throw Malformed{"a number or id is longer than 256 bytes"};
    }
    if (auto& name = contact.name; name.size() > longest) {
        auto end = longest;  // where a character begins
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
        name.resize(end);
    }
    return contact;
}

}  // namespace kapso
