#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "domain/identity.hpp"
#include "kapso/message.hpp"
#include "kapso/other_events.hpp"
#include "kapso/shapes.hpp"

namespace kapso {
namespace {

using domain::digits_of;
using events::Source;
using events::Via;

Json envelope_of(const Json& entry) {
    return {{"object", "whatsapp_business_account"}, {"entry", Json::array({entry})}};
}

Json thread_of(const std::string& customer, const Json& message) {
    const Json thread{{"id", customer}, {"messages", Json::array({message})}};
    return {{"threads", Json::array({thread})}};
}

/// The value's contacts[], found by phone or user id.
class People {
public:
    explicit People(const Json& value) {
        const auto& all = list(value, "contacts");
        for (const auto& one : all) {
            const auto person = person_of(one);
            by_id_.emplace(person.phone, person);
            by_id_.emplace(person.bsuid, person);
        }
        by_id_.erase("");
        // One person and one message belong together, however their numbers are spelled.
        const auto things = list(value, "messages").size() + list(value, "statuses").size();
        if (all.size() == 1 && things == 1) only_ = person_of(all.front());
    }
    const Contact& find(const std::string& phone, const std::string& bsuid) const {
        for (const auto& id : {bsuid, phone}) {
            if (const auto found = by_id_.find(id); found != by_id_.end()) return found->second;
        }
        return only_;
    }

private:
    static Contact person_of(const Json& one) {
        return bounded({.line = {},
                        .phone = phone(text(one, "wa_id")),
                        .bsuid = text(one, "user_id"),
                        .group = {},
                        .name = text(one, "profile", "name")});
    }

    std::unordered_map<std::string, Contact> by_id_;
    Contact only_;
};

std::string line_of(const Json& value) {
    return bounded({.line = first({text(value, "metadata", "phone_number_id"),
                                   text(value, "phone_number_id")}),
                    .phone = {},
                    .bsuid = {},
                    .group = {},
                    .name = {}})
        .line;
}

/// Reads one change's value.
class Value {
public:
    Value(const Json& value, const std::string& field, Items& items)
        : value_(value),
          field_(field),
          items_(items),
          people_(value),
          line_(line_of(value)),
          business_(digits_of(text(value, "metadata", "display_phone_number"))) {}

    void messages() {
        const bool old = field_ == "history";
        each("messages", [&](const Json& message) {
            // Only a history has both sides' messages under one name.
            if (old && from_business(message)) return add_old(message, contact(message, "to"));
            items_.add(inbound(message, contact(message, "from"),
                               old ? Source::history : Source::webhook));
        });
    }
    void statuses() {
        each("statuses", [&](const Json& one) {
            auto told = status(one, contact(one, "recipient"));
            if (told) return items_.add(std::move(*told));
            items_.ignore("status " + text(one, "status"));
        });
    }
    void echoes() {
        each("message_echoes", [&](const Json& echo) {
            auto out = outbound(echo, contact(echo, "to"));
            out.via = Via::phone_app;
            items_.add(std::move(out));
        });
    }
    void history() {
        each("history", [&](const Json& chunk) {
            for (const auto& thread : list(chunk, "threads")) old_thread(thread);
        });
    }

private:
    template <class Read>
    void each(const char* key, Read read) {
        for (const auto& one : list(value_, key)) {
            items_.entry([&] { return alone(key, one); }, [&] { read(one); });
        }
    }
    /// The envelope with this one entry, so that what is not understood can be posted again.
    Json alone(const char* key, const Json& one) const {
        Json value{{"metadata", at(value_, "metadata")}, {key, Json::array({one})}};
        if (const auto& people = at(value_, "contacts"); people.size() == 1) {
            value["contacts"] = people;
        }
        const Json change{{"field", field_}, {"value", std::move(value)}};
        return envelope_of({{"changes", Json::array({change})}});
    }
    /// A thread is one customer's, named by the number; whoever else writes in it is the business.
    void old_thread(const Json& thread) {
        const auto customer = bounded({.line = line_,
                                       .phone = phone(exact_text(thread, "id")),
                                       .bsuid = {},
                                       .group = {},
                                       .name = {}});
        for (const auto& message : list(thread, "messages")) {
            const auto whole = [&] { return alone("history", thread_of(customer.phone, message)); };
            items_.entry(whole, [&] {
                if (digits_of(exact_text(message, "from")) != digits_of(customer.phone)) {
                    return add_old(message, customer);
                }
                items_.add(inbound(message, customer, Source::history));
            });
        }
    }
    void add_old(const Json& message, Contact to) {
        auto out = outbound(message, std::move(to));
        out.history = true;
        items_.add(std::move(out));
    }
    bool from_business(const Json& message) const {
        return !business_.empty() && digits_of(text(message, "from")) == business_;
    }
    /// `role` is from, to, or a status's recipient.
    Contact contact(const Json& message, const std::string& role) const {
        auto number = phone(exact_text(message, role == "recipient" ? "recipient_id" : role));
        const auto bsuid = exact_text(message, role + "_user_id");
        auto group = text(message, "group_id");
        if (group.empty() && at(message, "recipient_type") == "group") {
            group = text(message, role == "recipient" ? "recipient_id" : role);
            number.clear();
        }
        const auto& person = people_.find(number, bsuid);
        return bounded({.line = line_,
                        .phone = first({number, person.phone}),
                        .bsuid = first({bsuid, person.bsuid}),
                        .group = std::move(group),
                        .name = person.name});
    }

    const Json& value_;
    const std::string& field_;
    Items& items_;
    People people_;
    std::string line_, business_;
};

void read_change(const Json& entry, const Json& change, Items& items) {
    const auto& value = at(change, "value");
    // Some of the documentation's examples have the field one level too high or too deep.
    const auto field =
        first({exact_text(change, "field"), text(entry, "field"), text(value, "field")});
    constexpr std::string_view ours[] = {"messages", "smb_message_echoes", "history"};
    if (std::ranges::find(ours, field) == std::end(ours)) {
        if (field.empty()) throw Malformed{"a change without \"field\""};
        if (is_documented_elsewhere(field)) return items.ignore(field);
        throw Malformed{"an unknown field: " + field.substr(0, longest_name)};
    }
    if (!value.is_object()) throw Malformed{"\"value\" must be an object"};
    read_value(value, field, items);
}

}  // namespace

void read_meta(const Json& body, Items& items) {
    for (const auto& entry : list(body, "entry")) {
        items.entry([&] { return envelope_of(entry); },
                    [&] {
                        const auto& changes = list(entry, "changes");
                        if (changes.empty()) throw Malformed{"an entry without \"changes\""};
                        for (const auto& change : changes) {
                            items.entry(
                                [&] {
                                    return envelope_of({{"changes", Json::array({change})}});
                                },
                                [&] { read_change(entry, change, items); });
                        }
                    });
    }
}

void read_value(const Json& value, const std::string& field, Items& items) {
    const auto before = items.size();
    Value read(value, field, items);
    read.messages();
    read.statuses();
    read.echoes();
    read.history();
    const auto told = {"messages", "statuses", "message_echoes", "history"};
    if (std::ranges::none_of(told, [&](const char* key) { return value.contains(key); })) {
        items.ignore(value.contains("errors") ? "errors" : field);
    } else if (items.size() == before) {
        items.ignore("an empty list");
    }
}

}  // namespace kapso
