#include "events/codec.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

namespace http::handlers {
namespace {

Json optional_text(const std::optional<events::Uuid>& id) { return id ? Json(id->text()) : Json(); }

/// The clear part; what was sealed only where `content` asks for it.
Json event_json(const events::Recorded& recorded, bool content) {
    const auto& clear = recorded.clear;
    Json shown{{"position", recorded.position},
               {"stream", recorded.stream.text()},
               {"version", recorded.version},
               {"type", events::type_of(recorded.body).name},
               {"schema", clear.schema},
               {"id", clear.id.text()},
               {"recorded", events::iso8601(recorded.recorded)},
               {"occurred", events::iso8601(clear.occurred)},
               {"correlation", optional_text(clear.correlation)},
               {"causation", optional_text(clear.causation)},
               {"code", clear.code ? Json(*clear.code) : Json()},
               {"counts", clear.counts},
               {"redacted", recorded.redacted}};
    if (content && !recorded.redacted) shown["body"] = Json::parse(events::encode(recorded.body));
    return shown;
}

Json state_json(const db::ViewsRunner::State& state) {
    const auto& status = state.status;
    auto parked = Json::array();
    for (const auto& one : status.parked) {
        parked.push_back(
            {{"stream", one.stream.text()}, {"position", one.position}, {"error", one.error}});
    }
    return {{"name", status.name},
            {"position", status.position},
            {"head", status.head},
            {"lag", status.lag},
            {"parked", std::move(parked)},
            {"error", state.error},
            {"rebuilding", state.rebuilding ? Json(*state.rebuilding) : Json()}};
}

Json delivery_json(const db::Delivery& delivery) {
    return {{"id", delivery.id.text()},
            {"received", events::iso8601(delivery.received)},
            {"reason", delivery.reason},
            {"sha256", delivery.sha256},
            {"replayed", delivery.replayed ? Json(events::iso8601(*delivery.replayed)) : Json()}};
}

}  // namespace

Handler list_events(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto after = number_of(request, "after", 0, 0, INT64_MAX);
        if (const auto* refusal = std::get_if<Response>(&after)) return respond(*refusal);
        const auto limit = number_of(request, "limit", 100, 1, 1000);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        const auto count = static_cast<std::size_t>(std::get<std::int64_t>(limit));
        const auto from = std::get<std::int64_t>(after);
        std::vector<events::Recorded> found;
        if (const auto stream = request.query.find("stream"); stream != request.query.end()) {
            const auto id = crypto::parse_uuid(stream->second);
            if (!id) return respond(error(400, "invalid_parameter", "stream must be a UUID"));
            const auto version = static_cast<std::int32_t>(std::min<std::int64_t>(from, INT32_MAX));
            found = app.store.log().read_stream(*id, version, count);
        } else {
            found = app.store.log().read_all(from, count);
        }
        const auto content = request.query.find("content");
        const bool shown = content != request.query.end() && content->second == "true";
        auto list = Json::array();
        for (const auto& recorded : found) list.push_back(event_json(recorded, shown));
        respond(answer({{"events", std::move(list)}, {"head", app.store.log().head()}}));
    };
}

Handler list_projections(App& app) {
    return [&app](const Request&, const Respond& respond) {
        auto list = Json::array();
        for (const auto& state : app.runner.states()) list.push_back(state_json(state));
        respond(answer({{"projections", std::move(list)}}));
    };
}

Handler rebuild_projection(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        using Rebuilt = db::ViewsRunner::Rebuilt;
        const auto& name = request.params.at("name");
        switch (app.runner.rebuild(name)) {
            case Rebuilt::done:
                return respond(answer({{"name", name}, {"rebuilt", true}}));
            case Rebuilt::unknown_projection:
                return respond(
                    error(404, "not_found",
                          "there is no projection " + name + "; GET /api/projections lists them"));
            case Rebuilt::one_is_running:
                return respond(error(409, "rebuild_running", "a rebuild is running already"));
            case Rebuilt::stopped:
                break;
        }
        respond(error(503, "shutting_down", "the rebuild was ended; the live tables stand"));
    };
}

Handler list_deliveries(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto limit = number_of(request, "limit", 100, 1, 1000);
        if (const auto* refusal = std::get_if<Response>(&limit)) return respond(*refusal);
        auto list = Json::array();
        const auto count = static_cast<std::size_t>(std::get<std::int64_t>(limit));
        for (const auto& one : app.store.deliveries().list(count))
            list.push_back(delivery_json(one));
        respond(answer({{"deliveries", std::move(list)}}));
    };
}

Handler replay_delivery(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto& text = request.params.at("id");
        const auto id = crypto::parse_uuid(text);
        const auto packed = id ? app.store.deliveries().read(*id) : std::nullopt;
        if (!packed) return respond(error(404, "not_found", "there is no delivery " + text));
        auto [headers, body] = intake::unpack_delivery(*packed);
        const auto receipt = app.intake.take_now(std::move(body), std::move(headers));
        if (!receipt.stored) {
            return respond(error(503, "not_stored", "the log is busy or away; please try again"));
        }
        const bool mended = receipt.appended + receipt.repeated > 0;
        if (mended) app.store.deliveries().mark_replayed(*id);
        respond(answer({{"id", text},
                        {"replayed", mended},
                        {"appended", receipt.appended},
                        {"repeated", receipt.repeated},
                        {"kept", receipt.kept}}));
    };
}

}  // namespace http::handlers
