#include "events/codec.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "events/names.hpp"
#include "events/overloaded.hpp"

namespace events {
namespace {

using Json = nlohmann::json;

// ---- One field's value to and from JSON -------------------------------------------------------

template <class T>
concept Named = requires {
    Names<T>::all;
};

Json put(const std::string& value) { return value; }
Json put(bool value) { return value; }
Json put(std::integral auto value) { return value; }
Json put(const Uuid& value) { return value.text(); }
Json put(Time value) { return micros(value); }
template <Named E>
Json put(E value) {
    return name_of(value);
}
Json put(const FailedCall& value) {
    return {{"provider", value.provider},
            {"model", value.model},
            {"error", value.error},
            {"took_ms", value.took_ms}};
}
Json put(const Basis& value) {
    Json basis{{"seen", value.seen},
               {"settings_version", value.settings_version},
               {"providers", value.providers},
               {"can_send", value.can_send},
               {"rules", value.rules}};
    if (value.wall) basis["wall"] = put(*value.wall);
    return basis;
}
Json put(const SettingValue& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}
template <class T>
Json put(const std::vector<T>& values) {
    auto out = Json::array();
    for (const auto& value : values) out.push_back(put(value));
    return out;
}
Json put(const std::map<std::string, SettingValue>& values) {
    auto out = Json::object();
    for (const auto& [key, value] : values) out[key] = put(value);
    return out;
}

/// The library takes a float or a boolean for a number, and cuts what is too large.
void must(bool fits, std::string_view what) {
    if (!fits) throw CodecError("must be " + std::string(what));
}

void get(const Json& from, std::string& to) { from.get_to(to); }
void get(const Json& from, bool& to) { from.get_to(to); }
void get(const Json& from, std::integral auto& to) {
    using To = std::remove_reference_t<decltype(to)>;
    must(from.is_number_integer(), "a whole number");
    const bool fits = from.is_number_unsigned() ? std::in_range<To>(from.get<std::uint64_t>())
                                                : std::in_range<To>(from.get<std::int64_t>());
    must(fits, "a smaller number");
    to = from.get<To>();
}
void get(const Json& from, Uuid& to) {
    const auto id = crypto::parse_uuid(from.get_ref<const std::string&>());
    must(id.has_value(), "a UUID");
    to = *id;
}
void get(const Json& from, Time& to) {
    std::int64_t value = 0;
    get(from, value);
    to = from_micros(value);
}
template <Named E>
void get(const Json& from, E& to) {
    const auto value = named<E>(from.get_ref<const std::string&>());
    must(value.has_value(), "a name that this Hilo knows");
    to = *value;
}
void get(const Json& from, FailedCall& to) {
    from.at("provider").get_to(to.provider);
    from.at("model").get_to(to.model);
    from.at("error").get_to(to.error);
    get(from.at("took_ms"), to.took_ms);
}
void get(const Json& from, Basis& to) {
    get(from.at("seen"), to.seen);
    get(from.at("settings_version"), to.settings_version);
    from.at("providers").get_to(to.providers);
    from.at("can_send").get_to(to.can_send);
    get(from.at("rules"), to.rules);
    if (from.contains("wall")) get(from.at("wall"), to.wall.emplace());
}
void get(const Json& from, SettingValue& to) {
    if (from.is_boolean()) {
        to = from.get<bool>();
    } else if (from.is_number_integer()) {
        get(from, to.emplace<std::int64_t>());
    } else {
        to = from.get<std::string>();
    }
}
template <class T>
void get(const Json& from, std::vector<T>& to) {
    must(from.is_array(), "a list");
    for (const auto& item : from) get(item, to.emplace_back());
}
void get(const Json& from, std::map<std::string, SettingValue>& to) {
    must(from.is_object(), "an object");
    for (const auto& [key, value] : from.items()) get(value, to[key]);
}

// An absent optional is left out; a field that is missing keeps its default, so that fields can
// grow without a new schema version.
template <class T>
void put_field(Json& body, const char* key, const T& value) {
    body[key] = put(value);
}
template <class T>
void put_field(Json& body, const char* key, const std::optional<T>& value) {
    if (value) body[key] = put(*value);
}
template <class T>
void get_field(const Json& found, T& to) {
    get(found, to);
}
template <class T>
void get_field(const Json& found, std::optional<T>& to) {
    get(found, to.emplace());
}

// ---- One row per event type -------------------------------------------------------------------

template <class E, class M>
struct Field {
    const char* key;
    M E::*member;
};
template <class E, class... M>
struct Row {
    using Body = E;
    Type type;
    std::tuple<Field<E, M>...> fields;
};
template <class E, class M>
constexpr Field<E, M> field(const char* key, M E::*member) {
    return {key, member};
}
enum Gate : bool { status = false, gating = true };
template <class E, class... M>
constexpr Row<E, M...> row(std::int16_t code, std::string_view name, Gate gate,
                           Field<E, M>... fields) {
    return {{code, name, 1, gate}, {fields...}};
}

constexpr auto rows = std::tuple{
    row<ConversationOpened>(
        1, "ConversationOpened", gating, field("line", &ConversationOpened::line),
        field("phone", &ConversationOpened::phone), field("bsuid", &ConversationOpened::bsuid),
        field("group", &ConversationOpened::group), field("name", &ConversationOpened::name)),
    row<AliasLearned>(2, "AliasLearned", status, field("phone", &AliasLearned::phone),
                      field("bsuid", &AliasLearned::bsuid)),
    row<ConversationLinked>(3, "ConversationLinked", gating,
                            field("into", &ConversationLinked::into)),
    row<MessageReceived>(
        4, "MessageReceived", gating, field("source", &MessageReceived::source),
        field("kind", &MessageReceived::kind), field("wamid", &MessageReceived::wamid),
        field("text", &MessageReceived::text), field("typed", &MessageReceived::typed),
        field("name", &MessageReceived::name), field("phone", &MessageReceived::phone),
        field("bsuid", &MessageReceived::bsuid), field("group", &MessageReceived::group),
        field("reply_to", &MessageReceived::reply_to), field("raw", &MessageReceived::raw)),
    row<PersonWrote>(5, "PersonWrote", gating, field("via", &PersonWrote::via),
                     field("source", &PersonWrote::source), field("wamid", &PersonWrote::wamid),
                     field("turn", &PersonWrote::turn), field("text", &PersonWrote::text),
                     field("author", &PersonWrote::author), field("raw", &PersonWrote::raw),
                     field("typed", &PersonWrote::typed)),
    row<HoldStarted>(6, "HoldStarted", gating, field("until", &HoldStarted::until)),
    row<HoldEnded>(7, "HoldEnded", gating),
    row<ReplyRequested>(
        10, "ReplyRequested", gating, field("turn", &ReplyRequested::turn),
        field("asks", &ReplyRequested::asks),
        field("settings_version", &ReplyRequested::settings_version),
        field("history_upto", &ReplyRequested::history_upto), field("now", &ReplyRequested::now),
        field("provider", &ReplyRequested::provider), field("model", &ReplyRequested::model),
        field("prompt_sha256", &ReplyRequested::prompt_sha256),
        field("basis", &ReplyRequested::basis)),
    row<ReplyGenerated>(
        11, "ReplyGenerated", gating, field("turn", &ReplyGenerated::turn),
        field("provider", &ReplyGenerated::provider), field("model", &ReplyGenerated::model),
        field("text", &ReplyGenerated::text), field("input_tokens", &ReplyGenerated::input_tokens),
        field("output_tokens", &ReplyGenerated::output_tokens),
        field("took_ms", &ReplyGenerated::took_ms)),
    row<GenerationFailed>(12, "GenerationFailed", gating, field("turn", &GenerationFailed::turn),
                          field("attempts", &GenerationFailed::attempts)),
    row<ReplySuppressed>(13, "ReplySuppressed", gating, field("turn", &ReplySuppressed::turn),
                         field("answers", &ReplySuppressed::answers),
                         field("reason", &ReplySuppressed::reason),
                         field("basis", &ReplySuppressed::basis)),
    row<SendRequested>(20, "SendRequested", gating, field("turn", &SendRequested::turn),
                       field("part", &SendRequested::part), field("parts", &SendRequested::parts),
                       field("try_number", &SendRequested::try_number),
                       field("attempt", &SendRequested::attempt), field("by", &SendRequested::by),
                       field("answers", &SendRequested::answers), field("to", &SendRequested::to),
                       field("text", &SendRequested::text), field("author", &SendRequested::author),
                       field("basis", &SendRequested::basis)),
    row<SendAccepted>(21, "SendAccepted", gating, field("turn", &SendAccepted::turn),
                      field("attempt", &SendAccepted::attempt),
                      field("wamid", &SendAccepted::wamid)),
    row<SendRejected>(22, "SendRejected", gating, field("turn", &SendRejected::turn),
                      field("attempt", &SendRejected::attempt),
                      field("reason", &SendRejected::reason), field("code", &SendRejected::code),
                      field("retry_at", &SendRejected::retry_at)),
    row<SendUncertain>(23, "SendUncertain", gating, field("turn", &SendUncertain::turn),
                       field("attempt", &SendUncertain::attempt),
                       field("reason", &SendUncertain::reason),
                       field("settle_by", &SendUncertain::settle_by)),
    row<SendSettled>(24, "SendSettled", gating, field("turn", &SendSettled::turn),
                     field("attempt", &SendSettled::attempt), field("sent", &SendSettled::sent),
                     field("wamid", &SendSettled::wamid), field("evidence", &SendSettled::evidence),
                     field("retry_at", &SendSettled::retry_at)),
    row<MessageSent>(30, "MessageSent", status, field("wamid", &MessageSent::wamid),
                     field("attempt", &MessageSent::attempt), field("text", &MessageSent::text),
                     field("raw", &MessageSent::raw)),
    row<MessageDelivered>(31, "MessageDelivered", status, field("wamid", &MessageDelivered::wamid),
                          field("attempt", &MessageDelivered::attempt)),
    row<MessageRead>(32, "MessageRead", status, field("wamid", &MessageRead::wamid),
                     field("attempt", &MessageRead::attempt)),
    row<MessagePlayed>(33, "MessagePlayed", status, field("wamid", &MessagePlayed::wamid),
                       field("attempt", &MessagePlayed::attempt)),
    row<MessageFailed>(34, "MessageFailed", status, field("wamid", &MessageFailed::wamid),
                       field("attempt", &MessageFailed::attempt),
                       field("code", &MessageFailed::code),
                       field("reason", &MessageFailed::reason)),
    row<SettingsChanged>(50, "SettingsChanged", gating, field("changed", &SettingsChanged::changed),
                         field("by", &SettingsChanged::by)),
    row<DeliveryKept>(51, "DeliveryKept", gating, field("delivery", &DeliveryKept::delivery),
                      field("sha256", &DeliveryKept::sha256),
                      field("reason", &DeliveryKept::reason)),
    row<OperatorActed>(52, "OperatorActed", gating, field("act", &OperatorActed::act),
                       field("consumer", &OperatorActed::consumer),
                       field("stream", &OperatorActed::stream),
                       field("position", &OperatorActed::position), field("by", &OperatorActed::by),
                       field("why", &OperatorActed::why)),
};

constexpr auto row_count = std::tuple_size_v<decltype(rows)>;
static_assert(row_count ==
                  std::variant_size_v<ConversationEvent> + std::variant_size_v<SystemEvent>,
              "one row per event type");

constexpr auto types = std::apply([](const auto&... r) { return std::array{r.type...}; }, rows);

/// Calls f with the row whose body is E.
template <class E, class F>
void with_row_of(F f) {
    std::apply(
        [&](const auto&... r) {
            const auto try_row = [&](const auto& one) {
                if constexpr (std::is_same_v<typename std::decay_t<decltype(one)>::Body, E>) f(one);
            };
            (try_row(r), ...);
        },
        rows);
}

/// Calls f with the row that has this code; false where there is none.
template <class F>
bool with_row(std::int16_t code, F f) {
    return std::apply(
        [&](const auto&... r) { return ((r.type.code == code && (f(r), true)) || ...); }, rows);
}

template <class R>
Event read(const R& r, const Json& body) {
    typename R::Body event;
    must(body.is_object(), "an object");
    const auto one = [&](const auto& f) {
        const auto found = body.find(f.key);
        if (found == body.end()) return;
        try {
            get_field(*found, event.*f.member);
        } catch (const std::exception& error) {
            throw CodecError(std::string(f.key) + ": " + error.what());
        }
    };
    std::apply([&](const auto&... f) { (one(f), ...); }, r.fields);
    return event;
}

}  // namespace

const Type& type_of(const Event& event) {
    const Type* found = nullptr;
    visit_event(
        event, [&]<class E>(const E&) { with_row_of<E>([&](const auto& r) { found = &r.type; }); });
    return *found;
}

const Type* type_with(std::int16_t code) {
    const auto found = std::ranges::find(types, code, &Type::code);
    return found == types.end() ? nullptr : &*found;
}

const Type* type_named(std::string_view name) {
    const auto found = std::ranges::find(types, name, &Type::name);
    return found == types.end() ? nullptr : &*found;
}

std::span<const Type> all_types() { return types; }

std::vector<std::string> fields_of(const Type& type) {
    std::vector<std::string> names;
    with_row(type.code, [&](const auto& r) {
        std::apply([&](const auto&... f) { (names.emplace_back(f.key), ...); }, r.fields);
    });
    return names;
}

std::string encode(const Event& event) {
    auto body = Json::object();
    visit_event(event, [&]<class E>(const E& e) {
        with_row_of<E>([&](const auto& r) {
            std::apply([&](const auto&... f) { (put_field(body, f.key, e.*f.member), ...); },
                       r.fields);
        });
    });
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Event decode(std::int16_t type, std::int16_t schema, std::string_view payload) {
    const auto* known = type_with(type);
    if (known == nullptr || schema > known->schema) {
        throw CodecError("event type " + std::to_string(type) + " with schema " +
                         std::to_string(schema) +
                         " was written by a newer Hilo; upgrade to read it");
    }
    Event event;
    try {
        const auto body = Json::parse(payload);
        with_row(type, [&](const auto& r) { event = read(r, body); });
    } catch (const Json::parse_error& error) {
        // The library's words would quote the payload.
        throw CodecError("payload of a " + std::string(known->name) + ": no JSON at byte " +
                         std::to_string(error.byte));
    } catch (const Json::exception&) {
        throw CodecError("payload of a " + std::string(known->name) +
                         ": a number that no field can hold");
    } catch (const CodecError& error) {
        throw CodecError("payload of a " + std::string(known->name) + ": " + error.what());
    }
    return event;
}

Event blank(std::int16_t type) {
    Event event;
    if (!with_row(type, [&](const auto& r) { event = read(r, Json::object()); })) {
        throw CodecError("unknown event type " + std::to_string(type));
    }
    return event;
}

}  // namespace events
