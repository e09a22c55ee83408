#include <nlohmann/json.hpp>
#include <set>

#include "kapso/message.hpp"
#include "kapso/other_events.hpp"
#include "kapso/shapes.hpp"

namespace kapso {
namespace {

using events::Source;
using events::Via;

/// One message event, its parts found wherever this version keeps them.
struct Entry {
    const Json& root;
    const Json& message;
    const Json& conversation;
    std::string verb;  // received, sent, delivered, read, played, failed
};

/// "whatsapp.message.sent" and the older "message.sent" -> "sent"; empty for other events.
std::string verb_of(std::string_view event) {
    for (const std::string_view prefix : {"whatsapp.", "message."}) {
        if (event.starts_with(prefix)) {
            event.remove_prefix(prefix.size());
        } else if (prefix == "message.") {
            return {};
        }
    }
    return event == "received" || status_named(event) ? std::string(event) : std::string();
}

std::string direction_of(const Json& message) {
    return first({text(message, "kapso", "direction"), text(message, "direction")});
}

/// What the message itself says where no event is named; inbound where it says nothing.
std::string verb_in(const Json& message) {
    const auto direction = direction_of(message);
    const bool ours =
        direction == "outbound" || (direction.empty() && !at(message, "kapso", "statuses").empty());
    return ours ? first({text(message, "kapso", "status"), text(message, "status"), "sent"})
                : "received";
}

Contact contact_of(const Entry& entry) {
    const auto& [root, message, conversation, verb] = entry;
    const std::string own = verb == "received" ? "from" : "to";
    const auto& statuses = at(message, "kapso", "statuses");
    const auto& told =
        statuses.is_array() && !statuses.empty() ? statuses.front() : at(statuses, "");
    auto number = phone(exact_text(message, own));
    auto group = first({text(message, "group_id"), text(conversation, "group_id")});
    if (group.empty() && at(message, "recipient_type") == "group") group.swap(number);
    return bounded(
        {.line = first({text(root, "phone_number_id"), text(conversation, "phone_number_id"),
                        text(message, "kapso", "phone_number_id"),
                        text(root, "whatsapp_config", "phone_number_id")}),
         .phone = first({number, phone(text(conversation, "phone_number")),
                         phone(text(message, "kapso", "phone_number")),
                         phone(text(message, "phone_number")),
                         phone(text(message, "conversation_phone_number")),
                         phone(text(told, "recipient_id"))}),
         .bsuid = first(
             {exact_text(message, own + "_user_id"), text(message, "business_scoped_user_id"),
              text(conversation, "business_scoped_user_id"), text(told, "recipient_user_id")}),
         .group = std::move(group),
         .name =
             first({text(conversation, "contact_name"), text(conversation, "kapso", "contact_name"),
                    text(message, "kapso", "contact_name"), text(message, "contact_name")})});
}

/// The person of the business who surely wrote this, by where it came from.
std::optional<Via> person_behind(const std::string& origin) {
    if (origin == "business_app") return Via::phone_app;
    if (origin == "inbox" || origin == "user") return Via::inbox;
    return std::nullopt;
}

/// An outbound message's event: the message itself, once it is known to be sent, in the place of
/// that status, and every other status that the event or its statuses[] tell, once each. What the
/// provider lists, it has taken, however far it has come since: that is evidence of a send.
class Sent {
public:
    Sent(const Entry& entry, Items& items)
        : message_(entry.message),
          contact_(contact_of(entry)),
          kind_(status_named(entry.verb)),
          listed_(&entry.root == &entry.message),
          out_(outbound(message_, contact_)),
          items_(items) {
        const auto origin = text(message_, "kapso", "origin");
        out_.via = person_behind(origin);
        out_.history = origin == "history_sync";
        for (const auto& one : list(at(message_, "kapso"), "statuses")) {
            items_.entry([&] { return one; }, [&] { note(one); });
        }
        if (out_.mark.empty()) out_.mark = text(message_, "biz_opaque_callback_data");
    }

    void add() {
        const bool sent = kind_ == Status::Kind::sent || seen(Status::Kind::sent);
        if (sent || listed_ || out_.via || out_.history) items_.add(out_);
        for (auto& one : told_) {
            if (!sent_is(one.kind)) items_.add(std::move(one));
        }
        if (kind_ && !sent_is(*kind_) && !seen(*kind_)) add_event(*kind_);
    }

private:
    static bool sent_is(Status::Kind kind) { return kind == Status::Kind::sent; }
    bool seen(Status::Kind kind) const { return seen_.contains({out_.wamid, kind}); }

    void note(const Json& one) {
        auto told = status(one, contact_);
        if (!told) return items_.ignore("status " + text(one, "status"));
        if (out_.mark.empty()) out_.mark = told->mark;
        // A person's message has one time, whatever its statuses tell later.
        if (sent_is(told->kind) && told->at && !out_.via && !out_.history) out_.at = told->at;
        if (seen_.emplace(told->wamid, told->kind).second) told_.push_back(std::move(*told));
    }
    void add_event(Status::Kind kind) {
        Status own{.contact = contact_,
                   .kind = kind,
                   .wamid = out_.wamid,
                   .mark = out_.mark,
                   .code = 0,
                   .reason = {},
                   .at = time(at(message_, "timestamp"))};
        if (kind == Status::Kind::failed) add_error(own, at(message_, "errors"));
        items_.add(std::move(own));
    }

    const Json& message_;
    Contact contact_;
    std::optional<Status::Kind> kind_;
    const bool listed_;
    Outbound out_;
    Items& items_;
    std::vector<Status> told_;
    std::set<std::pair<std::string, Status::Kind>> seen_;
};

void read_entry(const Entry& entry, Items& items) {
    if (entry.verb == "received") {
        const bool old = text(entry.message, "kapso", "origin") == "history_sync";
        items.add(
            inbound(entry.message, contact_of(entry), old ? Source::history : Source::webhook));
    } else {
        Sent(entry, items).add();
    }
}

/// What happened to the message. Where its event and its direction disagree, nothing of the
/// business's is taken for a customer's words; of a customer's there is no status.
std::string verb_for(const std::string& told, const Json& message) {
    const auto direction = direction_of(message);
    if (told.empty() || (told == "received" && direction == "outbound")) return verb_in(message);
    if (told != "received" && direction == "inbound") {
        throw Malformed{"the event says \"" + told + "\" of a customer's message"};
    }
    return told;
}

/// The message: a member, or, as in the provider's list, the entry itself. Null where there is
/// none.
const Json& message_in(const Json& entry) {
    const auto& member = at(entry, "message");
    if (!member.is_null()) return member;
    const bool itself = entry.contains("kapso") || (entry.contains("id") && entry.contains("from"));
    return itself ? entry : member;
}

/// Seed 2's envelope: the message is its payload, and the id stands beside it.
Json unwrapped(const Json& entry) {
    auto out = at(entry, "payload");
    if (out.contains("message")) return out;
    if (!out.contains("id") && entry.contains("message_id")) out["id"] = entry["message_id"];
    return {{"message", std::move(out)},
            {"conversation", at(entry, "conversation")},
            {"phone_number_id", at(entry, "phone_number_id")}};
}

}  // namespace

void read_kapso(const Json& entry, const std::string& event, Items& items) {
    const auto verb = verb_of(event);
    if (!event.empty() && verb.empty()) {
        if (is_documented_elsewhere(event)) return items.ignore(event);
        throw Malformed{"an unknown event: " + event.substr(0, longest_name)};
    }
    if (at(entry, "payload").is_object()) return read_kapso(unwrapped(entry), event, items);
    const auto& message = message_in(entry);
    if (message.is_null()) {
        throw Malformed{event.empty() ? "neither an event's name nor a message"
                                      : "the event has no message"};
    }
    if (!message.is_object()) throw Malformed{"\"message\" must be an object"};
    read_entry({entry, message, at(entry, "conversation"), verb_for(verb, message)}, items);
}

}  // namespace kapso
