#include <charconv>

#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/rows.hpp"
#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/message.hpp"

namespace http::handlers {
namespace {

using projections::Copy;
using projections::Select;
using Is = Select::Is;

/// Conversations go by the number in "Conversation".id or by their stream's id.
std::optional<Select::Condition> condition_for(const std::string& id) {
    if (const auto stream = crypto::parse_uuid(id)) {
        return Select::Condition{{"stream"}, Is::equal, {stream->text()}};
    }
    const bool digits =
        !id.empty() && id.size() < 19 && id.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return std::nullopt;
    return Select::Condition{{"id"}, Is::equal, {id}};
}

std::optional<projections::Conversation> find(App& app, const std::string& id) {
    const auto condition = condition_for(id);
    if (!condition) return std::nullopt;
    const auto rows = app.views.select(
        Copy::live, {&projections::info_of<projections::Conversation>(), {*condition}, {}, 1});
    if (rows.empty()) return std::nullopt;
    return projections::row_of<projections::Conversation>(rows[0]);
}

Json client_of(App& app, std::int64_t id) {
    const auto rows = app.views.select(Copy::live, {&projections::info_of<projections::Client>(),
                                                    {{{"id"}, Is::equal, {std::to_string(id)}}},
                                                    {},
                                                    1});
    return rows.empty() ? Json() : row_json<projections::Client>(rows[0]);
}

Json with_client(App& app, const projections::Conversation& conversation) {
    auto shown = row_json<projections::Conversation>(projections::cells_of(conversation));
    shown["client"] = client_of(app, conversation.client_id);
    return shown;
}

Response no_conversation(const std::string& id) {
    return error(404, "not_found", "there is no conversation " + id);
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
    }
    return error(500, "internal", "the reply was rejected");
}

/// The request's own id, so that the same request again is the same event.
events::EventId reply_id(const Request& request, const events::StreamId& stream) {
    const auto key = request.header("idempotency-key");
    if (key.empty()) return crypto::new_uuid();
    return crypto::derived_uuid(stream, "reply/" + std::string(key));
}

}  // namespace

Handler list_conversations(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto limit = number_of(request, "limit", 50, 1, 500);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        Select query{&projections::info_of<projections::Conversation>(),
                     {},
                     {{"lastMessageAt", true}, {"id", true}},
                     static_cast<std::size_t>(std::get<std::int64_t>(limit))};
        if (const auto before = request.query.find("before"); before != request.query.end()) {
            const auto from = find(app, before->second);
            if (!from) return respond(no_conversation(before->second));
            query.where.push_back(
                {{"lastMessageAt", "id"},
                 Is::less,
                 {projections::put(from->last_message_at), std::to_string(from->id)}});
        }
        auto list = Json::array();
        for (const auto& cells : app.views.select(Copy::live, query)) {
            list.push_back(with_client(app, projections::row_of<projections::Conversation>(cells)));
        }
        respond(answer({{"conversations", std::move(list)}}));
    };
}

Handler get_conversation(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto& id = request.params.at("id");
        const auto limit = number_of(request, "limit", 100, 1, 1000);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        const auto conversation = find(app, id);
        if (!conversation) return respond(no_conversation(id));
        const auto rows = app.views.select(
            Copy::live, {&projections::info_of<projections::Message>(),
                         {{{"conversationId"}, Is::equal, {std::to_string(conversation->id)}}},
                         {{"createdAt", true}, {"id", true}},
                         static_cast<std::size_t>(std::get<std::int64_t>(limit))});
        auto shown = with_client(app, *conversation);
        auto messages = Json::array();
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
            messages.push_back(row_json<projections::Message>(*row));
        }
        shown["messages"] = std::move(messages);
        respond(answer(shown));
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
        const auto conversation = find(app, request.params.at("id"));
        if (!conversation) return respond(no_conversation(request.params.at("id")));
        if (!app.decider.decides()) {
            return respond(error(503, "not_deciding", app.decider.why_not()));
        }
        domain::conversation::Reply reply;
        reply.id = reply_id(request, conversation->stream);
        reply.text = std::get<std::string>(text);
        reply.author = std::get<std::string>(author);
        app.decider.reply(
            conversation->stream, std::move(reply),
            [respond](const actors::ReplyResult& result) { respond(reply_answer(result)); });
    };
}

}  // namespace http::handlers
