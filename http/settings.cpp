#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/rows.hpp"

namespace http::handlers {
namespace {

Response shown(const actors::SettingsBook::Edition& edition, const App& app) {
    auto body = settings_json(edition.settings);
    body["version"] = edition.version;
    body["warnings"] = domain::warnings(edition.settings, app.models.with_key());
    return answer(body);
}

std::optional<events::SettingValue> setting_value(const Json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_string()) return value.get<std::string>();
    return std::nullopt;
}

/// The change that a PUT asks for, or the 400 that names the field at fault.
std::variant<events::SettingsChanged, Response> change_of(const Json& body,
                                                          const domain::Settings& now) {
    events::SettingsChanged change;
    for (const auto& [name, given] : body.items()) {
        const auto* field = domain::setting_field(name);
        if (field == nullptr) {
            return error(400, "unknown_field",
                         "unknown field \"" + name + "\"; did you mean " +
                             domain::nearest_setting(name) + "?");
        }
        const auto value = setting_value(given);
        const auto wrong = value ? domain::objection(*field, *value)
                                 : std::optional<std::string>("must not be a list, object or null");
        if (wrong) return error(400, "invalid_field", name + " " + *wrong);
        if (domain::value_of(now, *field) != *value) change.changed[name] = *value;
    }
    if (!body.contains("aiModel")) domain::complete(change);
    change.by = "api";
    return change;
}

/// If-Match: the version that the change was made from, if its sender minds.
std::optional<std::int32_t> version_expected(const Request& request) {
    const auto given = request.header("if-match");
    std::string digits;
    for (const char c : given) {
        if (c >= '0' && c <= '9') digits.push_back(c);
    }
    if (digits.empty() || digits.size() > 9) return std::nullopt;
    return std::stoi(digits);
}

Response conflict_with(const actors::SettingsBook::Edition& edition) {
    return error(409, "version_conflict",
                 "the settings are at version " + std::to_string(edition.version) +
                     " by now; read them again and repeat your change");
}

}  // namespace

Handler get_settings(App& app) {
    return
        [&app](const Request&, const Respond& respond) { respond(shown(app.settings.now(), app)); };
}

Handler put_settings(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto body = object_of(request);
        if (const auto* refusal = std::get_if<Response>(&body)) return respond(*refusal);
        app.settings.refresh();
        const auto edition = app.settings.now();
        if (version_expected(request).value_or(edition.version) != edition.version) {
            return respond(conflict_with(edition));
        }
        const auto change = change_of(std::get<Json>(body), edition.settings);
        if (const auto* refusal = std::get_if<Response>(&change)) return respond(*refusal);
        const auto& event = std::get<events::SettingsChanged>(change);
        if (event.changed.empty()) return respond(shown(edition, app));
        const events::NewEvent fact{
            crypto::new_uuid(),
            events::SystemEvent(event),
            std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()),
            {},
            {},
            events::When::always};
        const auto appended = events::append_now(
            app.store.log(),
            {events::settings_stream, {fact}, events::Expectation{edition.version, 0, {}}});
        app.settings.refresh();
        if (appended.outcome == events::Outcome::conflict) {
            return respond(conflict_with(app.settings.now()));
        }
        if (appended.outcome != events::Outcome::appended) {
            return respond(error(503, "not_stored", "the log is busy or away; please try again"));
        }
        respond(shown(app.settings.now(), app));
    };
}

}  // namespace http::handlers
