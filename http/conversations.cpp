#include <charconv>

#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/rows.hpp"
#include "projections/as_of.hpp"
#include "projections/message.hpp"
#include "projections/queries.hpp"

namespace http::handlers {
namespace {

using projections::Talk;

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Conversations go by the number in "Conversation".id or by their stream's id.
std::optional<Talk> find(App& app, const std::string& id) {
    if (const auto stream = crypto::parse_uuid(id)) {
        return projections::conversation(app.views, *stream);
    }
    const auto number = number_in(id);
    return number ? projections::conversation(app.views, *number) : std::nullopt;
}

Json talk_json(const Talk& talk) {
    auto shown = row_json<projections::Conversation>(projections::cells_of(talk.conversation));
    shown["client"] =
        talk.client ? row_json<projections::Client>(projections::cells_of(*talk.client)) : Json();
    return shown;
}

/// Messages the oldest first; they come the newest first.
Json with_messages(const Talk& talk, const std::vector<projections::Message>& newest) {
    auto shown = talk_json(talk);
    auto messages = Json::array();
    for (auto message = newest.rbegin(); message != newest.rend(); ++message) {
        messages.push_back(row_json<projections::Message>(projections::cells_of(*message)));
    }
    shown["messages"] = std::move(messages);
    return shown;
}

/// As it was at a position or time.
Response shown_then(App& app, const Talk& talk, const std::string& place, std::size_t limit) {
    const auto position = projections::place_in(app.store.log(), place);
    if (const auto* why = std::get_if<std::string>(&position)) {
        return error(400, "invalid_field", "asOf: " + *why);
    }
    const auto at = std::get<std::int64_t>(position);
    auto then = projections::conversation_then(app.views, app.store.log(), talk.conversation, at);
    if (!then) return error(404, "not_found", "the conversation had not begun then");
    if (then->messages.size() > limit) then->messages.resize(limit);
    auto shown = with_messages({then->conversation, then->client}, then->messages);
    shown["asOf"] = at;
    return answer(shown);
}

Response no_conversation(const std::string& id) {
    return error(404, "not_found", "there is no conversation " + id);
}

/// Behind a load balancer the same request comes to its place sooner or later.
Response elsewhere() {
    auto refusal =
        error(503, "decided_elsewhere",
              "another process decides for this conversation, or takes it over just now; "
              "try again, there or here, with the same Idempotency-Key");
    refusal.headers.emplace_back("Retry-After", "3");
    return refusal;
}

Response reply_answer(const actors::ReplyResult& result) {
    using What = actors::ReplyResult::What;
    switch (result.what) {
        case What::accepted:
            return answer({{"status", "accepted"}, {"position", result.position}}, 202);
        case What::repeated:
            return answer({{"status", "repeated"}, {"position", result.position}}, 200);
        case What::other_content:
            return error(409, "idempotency_conflict",
                         "this Idempotency-Key was used for another text; use a new one");
        case What::rejected:
            break;
        case What::elsewhere:
            return elsewhere();
        case What::parked:
            return error(409, "conversation_parked",
                         "this conversation is parked, for an event in it can't be taken; GET "
                         "/api/parked says which, and a retry or a skip lets it go on");
        case What::unavailable:
            return error(503, "unavailable",
                         "this process can't take the reply now; try again with the same "
                         "Idempotency-Key");
    }
    switch (result.why) {
        case domain::conversation::Rejection::nothing_to_say:
            return error(400, "invalid_field", "text must not be blank");
        case domain::conversation::Rejection::too_long:
            return error(400, "invalid_field",
                         "text must fit into ten messages of 4,096 characters");
        case domain::conversation::Rejection::no_address:
            return error(422, "no_address", "nobody can be written to in this conversation");
        case domain::conversation::Rejection::busy:
            return error(503, "busy",
                         "too many messages wait to be sent in this conversation; try again later "
                         "with the same Idempotency-Key");
        case domain::conversation::Rejection::window_closed:
            return error(
                422, "window_closed",
                "the customer's last message is more than 24 hours old, and WhatsApp takes "
                "no free text after that");
        case domain::conversation::Rejection::not_uncertain:
            return error(409, "not_uncertain",
                         "what became of this message is known; see its deliveryStatus");
    }
    return error(500, "internal", "the reply was rejected");
}

std::optional<domain::conversation::Verdict> verdict_named(const std::string& name) {
    using domain::conversation::Verdict;
    if (name == "sent") return Verdict::sent;
    if (name == "not_sent") return Verdict::not_sent;
    if (name == "send_again") return Verdict::send_again;
    return std::nullopt;
}

/// The request's own id, so that the same request again is the same event.
events::EventId reply_id(const Request& request, const events::StreamId& stream) {
    const auto key = request.header("idempotency-key");
    if (key.empty()) return crypto::new_uuid();
    return crypto::derived_uuid(stream, "reply/" + std::string(key));
}

void command(App& app, const events::StreamId& stream, domain::conversation::Command command,
             const Respond& respond) {
    if (!app.decider.decides()) {
        return respond(error(503, "not_deciding", app.decider.why_not()));
    }
    app.decider.reply(stream, std::move(command), [respond](const actors::ReplyResult& result) {
        respond(reply_answer(result));
    });
}

}  // namespace

Handler list_conversations(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto limit = number_of(request, "limit", 50, 1, 500);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        std::optional<projections::Cursor> before;
        if (const auto given = request.query.find("before"); given != request.query.end()) {
            const auto from = find(app, given->second);
            if (!from) return respond(no_conversation(given->second));
            before = {from->conversation.last_message_at, from->conversation.id};
        }
        const auto count = static_cast<std::size_t>(std::get<std::int64_t>(limit));
        auto list = Json::array();
        for (const auto& talk : projections::conversations(app.views, before, count)) {
            list.push_back(talk_json(talk));
        }
        respond(answer({{"conversations", std::move(list)}}));
    };
}

Handler get_conversation(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto& id = request.params.at("id");
        const auto limit = number_of(request, "limit", 100, 1, 1000);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        const auto talk = find(app, id);
        if (!talk) return respond(no_conversation(id));
        const auto count = static_cast<std::size_t>(std::get<std::int64_t>(limit));
        if (const auto as_of = request.query.find("asOf"); as_of != request.query.end()) {
            return respond(shown_then(app, *talk, as_of->second, count));
        }
        const auto thread = projections::thread(app.views, talk->conversation, {}, count);
        respond(answer(with_messages(*talk, thread)));
    };
}

Handler reply_to_conversation(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto body = object_of(request);
        if (const auto* refusal = std::get_if<Response>(&body)) return respond(*refusal);
        const auto& object = std::get<Json>(body);
        if (const auto refusal = unknown_field(object, {"text", "author"})) {
            return respond(*refusal);
        }
        const auto text = text_of(object, "text");
        if (const auto* refusal = std::get_if<Response>(&text)) return respond(*refusal);
        const auto author = text_of(object, "author", "person");
        if (const auto* refusal = std::get_if<Response>(&author)) return respond(*refusal);
        const auto talk = find(app, request.params.at("id"));
        if (!talk) return respond(no_conversation(request.params.at("id")));
        const auto& stream = talk->conversation.stream;
        domain::conversation::Reply reply;
        reply.id = reply_id(request, stream);
        reply.text = std::get<std::string>(text);
        reply.author = std::get<std::string>(author);
        command(app, stream, std::move(reply), respond);
    };
}

Handler settle_message(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto body = object_of(request);
        if (const auto* refusal = std::get_if<Response>(&body)) return respond(*refusal);
        const auto& object = std::get<Json>(body);
        if (const auto refusal = unknown_field(object, {"outcome", "author"})) {
            return respond(*refusal);
        }
        const auto outcome = text_of(object, "outcome");
        if (const auto* refusal = std::get_if<Response>(&outcome)) return respond(*refusal);
        const auto author = text_of(object, "author", "person");
        if (const auto* refusal = std::get_if<Response>(&author)) return respond(*refusal);
        const auto verdict = verdict_named(std::get<std::string>(outcome));
        if (!verdict) {
            return respond(
                error(400, "invalid_field", "outcome must be sent, not_sent or send_again"));
        }
        const auto& id = request.params.at("id");
        const auto number = number_in(id);
        const auto message = number ? projections::message(app.views, *number) : std::nullopt;
        if (!message || !message->attempt) {
            return respond(error(404, "not_found", "Hilo sent no message " + id));
        }
        command(app, message->stream,
                domain::conversation::Judge{
                    {}, *message->attempt, *verdict, std::get<std::string>(author)},
                respond);
    };
}

}  // namespace http::handlers
