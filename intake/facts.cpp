#include "intake/facts.hpp"

#include "domain/identity.hpp"
#include "events/codec.hpp"
#include "events/fact_id.hpp"

namespace intake {
namespace {

using namespace events;
using Fact = std::variant<Append, Unplaced>;

std::string line_of(const kapso::Contact& contact, const Context& context) {
    return contact.line.empty() ? context.default_line : contact.line;
}

Person person_of(const kapso::Contact& contact, const std::string& line) {
    Person person{line, contact.bsuid, {}, contact.group, true};
    // A group's message belongs to the group, whoever wrote it (DESIGN 3, Who is it?).
    if (!contact.group.empty()) person.bsuid.clear();
    const auto phone = domain::canonical_phone(contact.phone);
    if (!phone.empty() && contact.group.empty()) person.phones = {phone};
    return person;
}

bool is_somebody(const Person& person) {
    return !person.bsuid.empty() || !person.phones.empty() || !person.group.empty();
}

constexpr auto no_line =
    "names no phone_number_id; set KAPSO_PHONE_NUMBER_ID to the line such bodies belong to";

/// The events of a fact about a person: who it is, where that is new, and what happened.
Append to_person(Person person, const kapso::Contact& contact, const std::string& line,
                 NewEvent fact) {
    const auto beside = [&](std::string_view name) { return crypto::derived_uuid(fact.id, name); };
    const auto at = fact.occurred;
    ConversationOpened opened{line, contact.phone, contact.bsuid, contact.group, contact.name};
    std::vector<NewEvent> events{{beside("ConversationOpened"),
                                  ConversationEvent(std::move(opened)),
                                  at,
                                  {},
                                  {},
                                  When::stream_is_new}};
    events.push_back(std::move(fact));
    if (!person.bsuid.empty() && !person.phones.empty()) {
        events.push_back({beside("AliasLearned"),
                          ConversationEvent(AliasLearned{contact.phone, contact.bsuid}),
                          at,
                          {},
                          {},
                          When::alias_is_new});
    }
    return {std::move(person), std::move(events), {}};
}

/// A message id; where the provider gave none, what else tells this message from any other.
std::string message_name(const std::string& wamid, const Context& context, std::size_t index) {
    if (!wamid.empty()) return wamid;
    const auto& request =
        context.idempotency_key.empty() ? context.body_sha256 : context.idempotency_key;
    return "unnamed/" + request + "/" + std::to_string(index);
}

struct Route {
    std::variant<StreamId, Person> to;
    std::optional<AttemptId> attempt;
};

/// By our own echoed key, else by what the wamid was learnt with, else by the person.
Route route_of(const kapso::Contact& contact, const std::string& line, const std::string& mark,
               const std::string& wamid, const Context& context) {
    if (const auto ours = context.keys.read_send_mark(mark)) return {ours->stream, ours->attempt};
    if (const auto known = context.log.find_message(wamid)) return {known->stream, known->attempt};
    return {person_of(contact, line), std::nullopt};
}

bool names_nobody(const Route& route) {
    const auto* person = std::get_if<Person>(&route.to);
    return person != nullptr && !is_somebody(*person);
}

bool has_our_key(const kapso::Status& item, const Context& context) {
    return context.keys.read_send_mark(item.mark).has_value();
}

ConversationEvent status_event(const kapso::Status& item, std::optional<AttemptId> attempt) {
    switch (item.kind) {
        case kapso::Status::Kind::delivered:
            return MessageDelivered{item.wamid, attempt};
        case kapso::Status::Kind::read:
            return MessageRead{item.wamid, attempt};
        case kapso::Status::Kind::played:
            return MessagePlayed{item.wamid, attempt};
        case kapso::Status::Kind::failed:
            return MessageFailed{item.wamid, attempt, item.code, item.reason};
        case kapso::Status::Kind::sent:
            break;
    }
    return MessageSent{item.wamid, attempt, "", ""};
}

/// That somebody's message was sent, and no more, is another fact than the same with its text,
/// which the provider's list may tell later: it must not stand in its way.
std::string_view name_of(const Event& event) {
    const auto* told = std::get_if<ConversationEvent>(&event);
    const auto* sent = told ? std::get_if<MessageSent>(told) : nullptr;
    const bool bare = sent && !sent->attempt && sent->text.empty() && sent->raw.empty();
    return bare ? "MessageSent of somebody" : type_of(event).name;
}

NewEvent about_message(const std::string& line, const std::string& wamid, ConversationEvent body,
                       const std::optional<Time>& at, std::optional<AttemptId> attempt) {
    Event event(std::move(body));
    const auto id = fact_id(line, Direction::out, wamid, name_of(event));
    return {id, std::move(event), at.value_or(Time{}), {}, attempt, When::always};
}

}  // namespace

Fact fact_of(const kapso::Inbound& item, const Context& context, std::size_t index) {
    const auto line = line_of(item.contact, context);
    auto person = person_of(item.contact, line);
    if (line.empty()) return Unplaced{no_line, item.message.raw};
    if (!is_somebody(person)) return Unplaced{"a message without a sender", item.message.raw};
    auto message = item.message;
    if (message.source == Source::webhook) message.source = context.source;
    const auto name = message_name(message.wamid, context, index);
    const auto id = fact_id(line, Direction::in, name, "MessageReceived");
    return to_person(std::move(person), item.contact, line,
                     {id,
                      ConversationEvent(std::move(message)),
                      item.at.value_or(Time{}),
                      {},
                      {},
                      When::always});
}

Fact fact_of(const kapso::Outbound& item, const Context& context) {
    const auto line = line_of(item.contact, context);
    if (item.wamid.empty()) return Unplaced{"an outbound message without an id", item.raw};
    // The line is part of a fact's id, also where the message is known otherwise.
    if (line.empty()) return Unplaced{no_line, item.raw};
    const auto route = route_of(item.contact, line, item.mark, item.wamid, context);
    if (names_nobody(route)) return Unplaced{"a message without a recipient", item.raw};
    const bool ours = route.attempt && !item.via;
    ConversationEvent body =
        MessageSent{item.wamid, route.attempt, ours ? "" : item.text, ours ? "" : item.raw};
    if (item.via || item.history) {
        PersonWrote wrote{.via = item.via.value_or(Via::inbox)};
        wrote.source = item.history ? Source::history : context.source;
        wrote.wamid = item.wamid;
        wrote.text = item.text;
        wrote.raw = item.raw;
        wrote.typed = item.typed;
        body = std::move(wrote);
    }
    auto fact = about_message(line, item.wamid, std::move(body), item.at, route.attempt);
    const auto* person = std::get_if<Person>(&route.to);
    if (person != nullptr) return to_person(*person, item.contact, line, std::move(fact));
    return Append{route.to, {std::move(fact)}, {}};
}

Fact fact_of(const kapso::Status& item, const Context& context) {
    const auto line = line_of(item.contact, context);
    if (item.wamid.empty()) return Unplaced{"a status without a message id", ""};
    if (line.empty()) return Unplaced{no_line, ""};
    auto route = route_of(item.contact, line, item.mark, item.wamid, context);
    if (names_nobody(route)) return Unplaced{"a status for nobody", ""};
    if (auto* person = std::get_if<Person>(&route.to)) person->may_open = false;
    const auto fact_with = [&](const std::optional<AttemptId>& attempt) {
        return about_message(line, item.wamid, status_event(item, attempt), item.at, attempt);
    };
    auto fact = fact_with(route.attempt);
    if (item.kind == kapso::Status::Kind::sent && route.attempt && !has_our_key(item, context)) {
        // What was told before it was known whose it is, is not another fact now.
        auto before = fact_with({});
        if (context.log.stream_of(before.id)) fact = std::move(before);
    }
    return Append{std::move(route.to), {std::move(fact)}, {}};
}

}  // namespace intake
