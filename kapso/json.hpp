#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "events/time.hpp"

/// Reading JSON that anybody may have written. Private to this folder: nothing here throws but
/// Malformed, and what is absent reads as null or empty.
namespace kapso {

using Json = nlohmann::json;

/// Why a body or an entry was not understood. Names fields and positions, never their values.
struct Malformed {
    std::string reason;
};

inline constexpr std::size_t depth_limit = 32;

/// Throws Malformed for anything but valid JSON in UTF-8, at most 32 levels deep, in which no key
/// stands twice in one object. Neither time nor stack grow with the depth of hostile input.
Json parse_json(std::string_view body);
/// One line, always valid UTF-8.
std::string compact(const Json& json);

/// The member, or null where there is none or `from` is no object.
const Json& at(const Json& from, std::string_view key);
template <class... Keys>
const Json& at(const Json& from, std::string_view key, Keys... rest) {
    return at(at(from, key), std::string_view(rest)...);
}

/// A string as it is, a number as JSON writes it; empty for everything else.
std::string text(const Json& value);
template <class... Keys>
std::string text(const Json& from, std::string_view key, Keys... rest) {
    return text(at(from, key, std::string_view(rest)...));
}
/// The same for a field that must not be misread: throws Malformed where it is neither a string, a
/// number nor absent.
std::string exact_text(const Json& from, std::string_view key);
/// The array's items; none where it is absent or null. Throws Malformed where it is no array.
const Json& list(const Json& from, std::string_view key);

/// The first that is not empty; empty where all are.
std::string first(std::initializer_list<std::string> candidates);

/// Seconds since 1970 as a number or digits, or ISO 8601; std::nullopt for anything else.
std::optional<events::Time> time(const Json& value);

}  // namespace kapso
