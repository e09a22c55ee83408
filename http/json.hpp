#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "http/message.hpp"

/// JSON of the handlers; included by their .cpp files only.
namespace http {

using Json = nlohmann::json;

/// `body` as an answer; bytes that are no UTF-8 are replaced.
Response answer(const Json& body, int status = 200);

/// The request's body as a JSON object, or the 400 that says what is wrong with it: no JSON in
/// UTF-8, deeper than 32 levels, a key that stands twice in one object, or U+0000 in a text.
std::variant<Json, Response> object_of(const Request& request);

/// A whole number of the query between `least` and `most`, `otherwise` where it is absent; the 400
/// that names it where it is neither.
std::variant<std::int64_t, Response> number_of(const Request& request, const std::string& name,
                                               std::int64_t otherwise, std::int64_t least,
                                               std::int64_t most);

/// A field that must be a text; the 400 that names it otherwise. Absent is allowed with
/// `otherwise`.
std::variant<std::string, Response> text_of(const Json& object, const std::string& name,
                                            std::optional<std::string> otherwise = {});

/// "unknown field ..., the fields are ..." where an object has any other than these.
std::optional<Response> unknown_field(const Json& object, std::initializer_list<const char*> known);

}  // namespace http
