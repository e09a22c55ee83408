#include "http/json.hpp"

#include <algorithm>
#include <charconv>

namespace http {

Response answer(const Json& body, int status) {
    return json(body.dump(-1, ' ', false, Json::error_handler_t::replace), status);
}

std::variant<Json, Response> object_of(const Request& request) {
    auto body = Json::parse(request.body, nullptr, false);
    if (body.is_discarded()) return error(400, "invalid_json", "the body is not JSON");
    if (!body.is_object()) return error(400, "invalid_json", "the body must be a JSON object");
    return body;
}

std::variant<std::int64_t, Response> number_of(const Request& request, const std::string& name,
                                               std::int64_t otherwise, std::int64_t least,
                                               std::int64_t most) {
    const auto found = request.query.find(name);
    if (found == request.query.end()) return otherwise;
    const auto& text = found->second;
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault == std::errc() && end == text.data() + text.size() && value >= least &&
        value <= most) {
        return value;
    }
    return error(400, "invalid_parameter",
                 name + " must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most));
}

std::variant<std::string, Response> text_of(const Json& object, const std::string& name,
                                            std::optional<std::string> otherwise) {
    const auto found = object.find(name);
    if (found == object.end() && otherwise) return *otherwise;
    if (found == object.end()) return error(400, "missing_field", name + " is missing");
    if (!found->is_string()) return error(400, "invalid_field", name + " must be a text");
    return found->get<std::string>();
}

std::optional<Response> unknown_field(const Json& object,
                                      std::initializer_list<const char*> known) {
    for (const auto& [name, value] : object.items()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        std::string all;
        for (const auto* one : known) all += (all.empty() ? "" : ", ") + std::string(one);
        return error(400, "unknown_field", "unknown field \"" + name + "\"; the fields are " + all);
    }
    return std::nullopt;
}

}  // namespace http
