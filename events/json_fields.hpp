#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "crypto/uuid.hpp"

/// Fields of JSON that came from outside. Each throws std::invalid_argument, which says what is
/// wrong with which field.
namespace events::fields {

/// What was parsed: looking for a field of an object with a million costs no more than any.
using Json = nlohmann::json;

inline const Json& at(const Json& json, const char* field) {
    const auto found = json.find(field);
    if (found == json.end()) throw std::invalid_argument("has no " + std::string(field));
    return *found;
}

inline std::string text(const Json& json, const char* field) {
    const auto& value = at(json, field);
    if (!value.is_string()) throw std::invalid_argument(std::string(field) + " is no text");
    return value.get<std::string>();
}

template <class Int>
Int number(const Json& value, const char* field) {
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <=
                                static_cast<std::uint64_t>(std::numeric_limits<Int>::max())
                          : value.is_number_integer() &&
                                value.get<std::int64_t>() >= std::numeric_limits<Int>::min() &&
                                value.get<std::int64_t>() <= std::numeric_limits<Int>::max();
    if (!fits) throw std::invalid_argument(std::string(field) + " is no whole number that fits");
    return value.get<Int>();
}
template <class Int>
Int number_in(const Json& json, const char* field) {
    return number<Int>(at(json, field), field);
}

inline crypto::Bytes bytes(const Json& json, const char* field) {
    auto bytes = crypto::unhex(text(json, field));
    if (!bytes) throw std::invalid_argument(std::string(field) + " is not hexadecimal");
    return *std::move(bytes);
}

template <std::size_t N>
crypto::Fixed<N> fixed(const Json& json, const char* field) {
    const auto found = crypto::fixed<N>(bytes(json, field));
    if (!found) {
        throw std::invalid_argument(std::string(field) + " has not " + std::to_string(2 * N) +
                                    " hexadecimal digits");
    }
    return *found;
}

inline crypto::Uuid uuid(const Json& value, const char* field) {
    const auto found =
        value.is_string() ? crypto::parse_uuid(value.get<std::string>()) : std::nullopt;
    if (!found) throw std::invalid_argument(std::string(field) + " is no UUID");
    return *found;
}
inline std::optional<crypto::Uuid> uuid_or_null(const Json& json, const char* field) {
    const auto& value = at(json, field);
    return value.is_null() ? std::nullopt : std::optional(uuid(value, field));
}

}  // namespace events::fields
