#include "http/handlers.hpp"
#include "http/json.hpp"
#include "intake/erasing.hpp"
#include "projections/queries.hpp"

/// What the business does with what it knows of a person (docs/decisions/0019).
namespace http::handlers {
namespace {

using namespace std::chrono_literals;

/// The tables follow within moments; where they are being made anew it may take longer, and the
/// erasure is done all the same.
constexpr auto patience = 20s;

struct Wish {
    std::string person;
    intake::Asker asker;
    bool dry_run = false;
};

std::variant<Wish, Response> wish_in(const Request& request) {
    const auto body = object_of(request);
    if (const auto* refusal = std::get_if<Response>(&body)) return *refusal;
    const auto& object = std::get<Json>(body);
    if (const auto refusal = unknown_field(object, {"person", "by", "why", "dryRun"})) {
        return *refusal;
    }
    const auto person = text_of(object, "person");
    if (const auto* refusal = std::get_if<Response>(&person)) return *refusal;
    const auto by = short_text(object, "by", "api", 200);
    if (const auto* refusal = std::get_if<Response>(&by)) return *refusal;
    const auto why = short_text(object, "why", "", 2000);
    if (const auto* refusal = std::get_if<Response>(&why)) return *refusal;
    const auto dry_run = object.value("dryRun", Json(false));
    if (!dry_run.is_boolean()) {
        return error(400, "invalid_field", "dryRun must be true or false");
    }
    return Wish{std::get<std::string>(person),
                {std::get<std::string>(by), request.peer, std::get<std::string>(why)},
                dry_run.get<bool>()};
}

/// By a name, or by the number or stream of a conversation.
intake::Whose find(App& app, const std::string& person) {
    const auto lines = projections::lines(app.views);
    auto& log = app.store.log();
    if (const auto stream = crypto::parse_uuid(person)) {
        return intake::whose_is(log, lines, *stream);
    }
    return intake::whose_is(log, lines, person);
}

bool tables_follow(App& app, std::int64_t position) {
    return std::ranges::all_of(projections::all_projections(), [&](const auto& one) {
        return app.runner.wait(one.name, position, patience);
    });
}

Json report_of(const intake::Whose& whose) {
    auto streams = Json::array();
    for (const auto& one : whose.streams) streams.push_back(one.text());
    return {{"streams", std::move(streams)}, {"events", whose.events}};
}

Response erase(App& app, const Wish& wish) {
    intake::Erasing erasing(app.store.log(), app.store.deliveries());
    const auto before = erasing.go_on();
    const auto whose = find(app, wish.person);
    if (whose.streams.empty() && before.streams == 0) {
        return error(404, "not_found",
                     "the log knows nobody by that name; who was erased is known by none. Give a "
                     "phone with its country, a business-scoped id, or a conversation's stream");
    }
    auto report = report_of(whose);
    report["erased"] = !wish.dry_run;
    if (wish.dry_run) return answer(report);
    auto done = whose.streams.empty() ? before : erasing.erase(whose, wish.asker);
    report["deliveriesRemoved"] = done.deliveries;
    report["tablesFollow"] = tables_follow(app, done.position);
    report["outside"] =
        "exports, backups, tables of an earlier day and output that was kept were made before, and "
        "hold what they held; free pages of the database do, too, until they are scrubbed";
    return answer(report);
}

}  // namespace

Handler erase_person(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto wish = wish_in(request);
        if (const auto* refusal = std::get_if<Response>(&wish)) return respond(*refusal);
        try {
            respond(erase(app, std::get<Wish>(wish)));
        } catch (const intake::NotErased& why) {
            respond(error(503, "not_stored", why.what()));
        }
    };
}

}  // namespace http::handlers
