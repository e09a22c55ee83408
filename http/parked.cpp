#include "domain/pass_over.hpp"
#include "events/names.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

/// Streams that a consumer (a projection, or the conversations) has parked, and what persons say of
/// them (docs/decisions/0010).
namespace http::handlers {
namespace {

using actors::conversations_consumer;
using projections::Copy;

struct Stopped {
    std::string consumer;
    events::StreamId stream;
    std::int64_t position = 0;
    std::string error;
    events::Time since;
    bool skippable = true;
    bool resumed = false;
};

Stopped stopped(const projections::Projection& projection, const projections::Parked& one) {
    return {std::string(projection.name),
            one.stream,
            one.position,
            one.error,
            one.since,
            true,
            one.resumed};
}

Stopped stopped(const actors::ParkedConversation& one) {
    return {std::string(conversations_consumer),
            one.stream,
            one.position,
            one.error,
            one.since,
            domain::conversation::may_be_passed_over(one.type),
            false};
}

Json stopped_json(const Stopped& one) {
    return {{"consumer", one.consumer},
            {"stream", one.stream.text()},
            {"position", one.position},
            {"error", one.error},
            {"since", events::iso8601(one.since)},
            {"skippable", one.skippable},
            {"resumed", one.resumed}};
}

bool is_consumer(const std::string& name) {
    return name == conversations_consumer || projections::projection_named(name) != nullptr;
}

/// What a consumer has parked of a stream, as far as this process knows.
std::optional<Stopped> find(App& app, const std::string& consumer, const events::StreamId& stream) {
    if (const auto* projection = projections::projection_named(consumer)) {
        const auto found = app.views.parked_among(*projection, Copy::live, {stream});
        return found.empty() ? std::nullopt : std::optional(stopped(*projection, found.front()));
    }
    for (const auto& one : app.decider.parked(SIZE_MAX).some) {
        if (one.stream == stream) return stopped(one);
    }
    return std::nullopt;
}

Response not_parked(const std::string& consumer, const std::string& stream) {
    std::string words = "the stream " + stream + " is not parked for " + consumer;
    if (consumer == conversations_consumer) {
        words += " in this process; where several decide, ask the one that decides for it";
    }
    return error(409, "not_parked", words + "; GET /api/parked lists what is");
}

Response not_skippable(const Stopped& one) {
    return error(409, "not_skippable",
                 "the event at position " + std::to_string(one.position) +
                     " may close customers' messages, and without it they would be answered a "
                     "second time; retry once a Hilo runs that can take it, or restore it from a "
                     "backup");
}

/// A text of at most so many bytes; the 400 that names it otherwise.
std::variant<std::string, Response> short_text(const Json& object, const std::string& name,
                                               const std::string& otherwise, std::size_t limit) {
    auto text = text_of(object, name, otherwise);
    const auto* found = std::get_if<std::string>(&text);
    if (found == nullptr || found->size() <= limit) return text;
    return error(400, "invalid_field",
                 name + " must have at most " + std::to_string(limit) + " bytes");
}

/// The event that is meant; 0 where a retry names none. A skip has to, for between a person's look
/// and act the stream may have come to be parked at another one.
std::variant<std::int64_t, Response> position_in(const Json& object, events::Act act) {
    const auto found = object.find("position");
    if (found == object.end() && act == events::Act::retry) return std::int64_t{0};
    if (found != object.end() && found->is_number_integer() && *found > 0) {
        return found->get<std::int64_t>();
    }
    return error(400, "invalid_field",
                 "position must be the number of the event to skip; GET /api/parked shows it");
}

/// The act that a body asks for, but for what it is about; or the 400 that says what is wrong.
std::variant<events::OperatorActed, Response> act_in(const Request& request) {
    const auto body = object_of(request);
    if (const auto* refusal = std::get_if<Response>(&body)) return *refusal;
    const auto& object = std::get<Json>(body);
    if (const auto refusal = unknown_field(object, {"act", "position", "by", "why"})) {
        return *refusal;
    }
    const auto name = text_of(object, "act");
    if (const auto* refusal = std::get_if<Response>(&name)) return *refusal;
    const auto act = events::named<events::Act>(std::get<std::string>(name));
    if (!act) return error(400, "invalid_field", "act must be retry or skip");
    const auto position = position_in(object, *act);
    if (const auto* refusal = std::get_if<Response>(&position)) return *refusal;
    const auto by = short_text(object, "by", "api", 200);
    if (const auto* refusal = std::get_if<Response>(&by)) return *refusal;
    const auto why = short_text(object, "why", "", 2000);
    if (const auto* refusal = std::get_if<Response>(&why)) return *refusal;
    return events::OperatorActed{*act,
                                 "",
                                 {},
                                 std::get<std::int64_t>(position),
                                 std::get<std::string>(by),
                                 std::get<std::string>(why)};
}

/// Why the act can't be; std::nullopt where it can.
std::optional<Response> objection(const std::optional<Stopped>& one,
                                  const events::OperatorActed& asked, const Request& request) {
    if (!one) return not_parked(request.params.at("consumer"), request.params.at("stream"));
    if (one->resumed) {
        return error(409, "resumed_already",
                     "it is caught up with already; it is parked again where it can't be");
    }
    if (asked.position > 0 && asked.position != one->position) {
        return error(409, "parked_elsewhere",
                     "the stream is parked at position " + std::to_string(one->position) +
                         ", not at " + std::to_string(asked.position) +
                         "; look at it anew before you act");
    }
    if (asked.act == events::Act::skip && !one->skippable) return not_skippable(*one);
    return std::nullopt;
}

Response write_down(App& app, const events::OperatorActed& act) {
    const events::NewEvent fact{
        crypto::new_uuid(),
        events::SystemEvent(act),
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()),
        {},
        {},
        events::When::always};
    const auto appended =
        events::append_now(app.store.log(), {events::operators_stream, {fact}, std::nullopt});
    if (appended.outcome != events::Outcome::appended) {
        return error(503, "not_stored", "the log is busy or away; please try again");
    }
    return answer({{"consumer", act.consumer},
                   {"stream", act.stream.text()},
                   {"position", act.position},
                   {"act", events::name_of(act.act)},
                   {"event", appended.position}},
                  202);
}

/// Of each consumer at most `limit`, by position, and how many there are.
Json all_parked(App& app, std::size_t limit) {
    auto list = Json::array();
    auto counts = Json::object();
    for (const auto& projection : projections::all_projections()) {
        for (const auto& one : app.views.parked(projection, Copy::live, limit)) {
            list.push_back(stopped_json(stopped(projection, one)));
        }
        counts[std::string(projection.name)] = app.views.parked_count(projection, Copy::live);
    }
    const auto conversations = app.decider.parked(limit);
    for (const auto& one : conversations.some) list.push_back(stopped_json(stopped(one)));
    counts[std::string(conversations_consumer)] = conversations.count;
    return {{"parked", std::move(list)},
            {"counts", std::move(counts)},
            {"conversationsBeyond", conversations.beyond}};
}

/// The consumers that have parked one stream.
Json parked_of(App& app, const events::StreamId& stream) {
    auto list = Json::array();
    const auto add = [&](const std::string& consumer) {
        if (const auto one = find(app, consumer, stream)) list.push_back(stopped_json(*one));
    };
    for (const auto& one : projections::all_projections()) add(std::string(one.name));
    add(std::string(conversations_consumer));
    return {{"parked", std::move(list)}};
}

}  // namespace

Handler list_parked(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto limit = number_of(request, "limit", 100, 1, 1000);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        const auto given = request.query.find("stream");
        if (given == request.query.end()) {
            return respond(
                answer(all_parked(app, static_cast<std::size_t>(std::get<std::int64_t>(limit)))));
        }
        const auto stream = crypto::parse_uuid(given->second);
        if (!stream) return respond(error(400, "invalid_parameter", "stream must be a UUID"));
        respond(answer(parked_of(app, *stream)));
    };
}

Handler act_on_parked(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto& consumer = request.params.at("consumer");
        if (!is_consumer(consumer)) {
            return respond(
                error(404, "not_found",
                      "there is no consumer " + consumer +
                          "; they are conversations and what GET /api/projections lists"));
        }
        const auto stream = crypto::parse_uuid(request.params.at("stream"));
        if (!stream) return respond(error(400, "invalid_parameter", "stream must be a UUID"));
        auto asked = act_in(request);
        if (const auto* refusal = std::get_if<Response>(&asked)) return respond(*refusal);
        auto& act = std::get<events::OperatorActed>(asked);
        const auto one = find(app, consumer, *stream);
        if (const auto refusal = objection(one, act, request)) return respond(*refusal);
        act.consumer = consumer;
        act.stream = *stream;
        act.position = one->position;
        respond(write_down(app, act));
    };
}

}  // namespace http::handlers
