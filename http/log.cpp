#include "events/codec.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

namespace http::handlers {
namespace {

constexpr std::size_t events_at_once = 20;  // a body of each is in memory, up to 4 MiB
constexpr std::size_t bodies_of_a_page = std::size_t{8} << 20;

Json optional_text(const std::optional<events::Uuid>& id) { return id ? Json(id->text()) : Json(); }

/// By the clear part, for a body that can't be read is none.
Json type_json(const events::Clear& clear) {
    const auto* type = events::type_with(clear.type);
    return type == nullptr ? Json(clear.type) : Json(type->name);
}

/// Why nobody was answered, where that is what the event says.
Json reason_json(const events::Clear& clear) {
    const auto reason = events::name_of_code(clear);
    return reason.empty() ? Json() : Json(reason);
}

/// The clear part; what was sealed is added where it is asked for.
Json event_json(const events::Recorded& recorded) {
    const auto& clear = recorded.clear;
    return {{"position", recorded.position},
            {"stream", recorded.stream.text()},
            {"version", recorded.version},
            {"type", type_json(clear)},
            {"schema", clear.schema},
            {"id", clear.id.text()},
            {"recorded", events::iso8601(recorded.recorded)},
            {"occurred", events::iso8601(clear.occurred)},
            {"correlation", optional_text(clear.correlation)},
            {"causation", optional_text(clear.causation)},
            {"code", clear.code ? Json(*clear.code) : Json()},
            {"reason", reason_json(clear)},
            {"counts", clear.counts},
            {"redacted", recorded.redacted},
            {"defect", recorded.defect.empty() ? Json() : Json(recorded.defect)}};
}

/// What GET /api/events asks for.
struct Page {
    std::optional<events::StreamId> stream;  // else of the whole log
    std::int64_t after = 0;                  // a position, of a stream a version
    std::size_t limit = 0;
    bool content = false;
};

std::vector<events::Recorded> read(events::Log& log, const Page& page, std::size_t count) {
    if (!page.stream) return log.read_all(page.after, count);
    const auto version = static_cast<std::int32_t>(std::min<std::int64_t>(page.after, INT32_MAX));
    return events::read_as_it_is(log, *page.stream, version, count);
}

/// A few events at a time, until the limit is reached or so many bytes of bodies.
Json events_of(events::Log& log, Page page) {
    auto list = Json::array();
    std::size_t bytes = 0;
    bool more = true;
    while (more && list.size() < page.limit && bytes < bodies_of_a_page) {
        const auto found = read(log, page, std::min(events_at_once, page.limit - list.size()));
        more = !found.empty();
        for (const auto& recorded : found) {
            auto& shown = list.emplace_back(event_json(recorded));
            if (page.content && !recorded.redacted && recorded.defect.empty()) {
                const auto body = events::encode(recorded.body);
                bytes += body.size();
                shown["body"] = Json::parse(body);
            }
            page.after = page.stream ? recorded.version : recorded.position;
            if (bytes >= bodies_of_a_page) break;
        }
    }
    return {{"events", std::move(list)}, {"more", more}, {"head", log.head()}};
}

Json rebuild_json(const std::optional<db::ViewsRunner::Ended>& rebuild) {
    if (!rebuild) return {};
    return {{"at", events::iso8601(rebuild->at)},
            {"error", rebuild->error.empty() ? Json() : Json(rebuild->error)}};
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
            {"parkedCount", status.parked_count},
            {"error", state.error},
            {"rebuilding", state.rebuilding ? Json(*state.rebuilding) : Json()},
            {"lastRebuild", rebuild_json(state.last_rebuild)}};
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
        Page page;
        page.after = std::get<std::int64_t>(after);
        page.limit = static_cast<std::size_t>(std::get<std::int64_t>(limit));
        if (const auto stream = request.query.find("stream"); stream != request.query.end()) {
            page.stream = crypto::parse_uuid(stream->second);
            if (!page.stream) {
                return respond(error(400, "invalid_parameter", "stream must be a UUID"));
            }
        }
        const auto content = request.query.find("content");
        page.content = content != request.query.end() && content->second == "true";
        respond(answer(events_of(app.store.log(), page)));
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
        using Started = db::ViewsRunner::Started;
        const auto& name = request.params.at("name");
        switch (app.runner.start_rebuild(name)) {
            case Started::yes:
                return respond(answer({{"name", name}, {"rebuilding", true}}, 202));
            case Started::unknown_projection:
                return respond(
                    error(404, "not_found",
                          "there is no projection " + name + "; GET /api/projections lists them"));
            case Started::one_is_running:
                return respond(error(409, "rebuild_running", "a rebuild is running already"));
        }
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
        const bool mended = receipt.kept == 0;
        if (mended) app.store.deliveries().mark_replayed(*id);
        respond(answer({{"id", text},
                        {"replayed", mended},
                        {"appended", receipt.appended},
                        {"repeated", receipt.repeated},
                        {"kept", receipt.kept}}));
    };
}

}  // namespace http::handlers
