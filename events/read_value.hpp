#pragma once

#include <simdjson.h>

#include <concepts>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "events/codec.hpp"
#include "events/names.hpp"

/// One field's value from JSON; reading the log is a path where it counts how long that takes
/// (bench/record). Each throws CodecError, which says what it must be.
namespace events {

template <class T>
concept Named = requires {
    Names<T>::all;
};

namespace reading {

using Value = simdjson::dom::element;

inline void must(bool fits, std::string_view what) {
    if (!fits) throw CodecError("must be " + std::string(what));
}

inline std::string_view text(Value from, std::string_view what) {
    std::string_view found;
    must(from.get(found) == simdjson::SUCCESS, what);
    return found;
}

inline void get(Value from, std::string& to) { to = text(from, "a text"); }
inline void get(Value from, bool& to) { must(from.get(to) == simdjson::SUCCESS, "true or false"); }
void get(Value from, std::integral auto& to) {
    using To = std::remove_reference_t<decltype(to)>;
    std::uint64_t natural = 0;
    std::int64_t whole = 0;
    const bool is_natural = from.get(natural) == simdjson::SUCCESS;
    must(is_natural || from.get(whole) == simdjson::SUCCESS, "a whole number");
    must(is_natural ? std::in_range<To>(natural) : std::in_range<To>(whole), "a smaller number");
    to = is_natural ? static_cast<To>(natural) : static_cast<To>(whole);
}
inline void get(Value from, Uuid& to) {
    const auto id = crypto::parse_uuid(text(from, "a UUID"));
    must(id.has_value(), "a UUID");
    to = *id;
}
inline void get(Value from, Time& to) {
    std::int64_t value = 0;
    get(from, value);
    to = from_micros(value);
}
template <Named E>
void get(Value from, E& to) {
    constexpr std::string_view what = "a name that this Hilo knows";
    const auto value = named<E>(text(from, what));
    must(value.has_value(), what);
    to = *value;
}
inline void get(Value from, SettingValue& to) {
    if (from.is_bool()) {
        get(from, to.emplace<bool>());
    } else if (from.is_int64() || from.is_uint64()) {
        get(from, to.emplace<std::int64_t>());
    } else {
        get(from, to.emplace<std::string>());
    }
}

inline void get(Value from, FailedCall& to);

template <class T>
void get(Value from, std::vector<T>& to) {
    simdjson::dom::array items;
    must(from.get(items) == simdjson::SUCCESS, "a list");
    for (const auto item : items) get(item, to.emplace_back());
}
inline void get(Value from, std::map<std::string, SettingValue>& to) {
    simdjson::dom::object fields;
    must(from.get(fields) == simdjson::SUCCESS, "an object");
    for (const auto& [key, value] : fields) get(value, to[std::string(key)]);
}

/// A field that has to be there.
template <class T>
void get_in(Value from, std::string_view key, T& to) {
    Value found;
    must(from[key].get(found) == simdjson::SUCCESS, "an object that has " + std::string(key));
    get(found, to);
}
inline void get(Value from, FailedCall& to) {
    get_in(from, "provider", to.provider);
    get_in(from, "model", to.model);
    get_in(from, "error", to.error);
    get_in(from, "took_ms", to.took_ms);
}
inline void get(Value from, Basis& to) {
    get_in(from, "seen", to.seen);
    get_in(from, "settings_version", to.settings_version);
    get_in(from, "providers", to.providers);
    get_in(from, "can_send", to.can_send);
    get_in(from, "rules", to.rules);
    Value wall;
    if (from["wall"].get(wall) == simdjson::SUCCESS) get(wall, to.wall.emplace());
}

}  // namespace reading
}  // namespace events
