#include "kapso/json.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace kapso {
namespace {

/// Builds the value from the parser's events, since nlohmann's own builder takes any depth and
/// keeps the last of two equal keys silently.
class Builder final : public nlohmann::json_sax<Json> {
public:
    Json root;

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool binary(binary_t&) override { return false; }
    bool string(string_t& value) override {
        replace_nul(value);
        return put(std::move(value));
    }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        const auto [slot, fresh] = open_.back()->emplace(std::move(name), nullptr);
        if (!fresh) throw Malformed{"the body has a key that stands twice in one object"};
        slot_ = &*slot;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        const bool utf8 =
            std::string_view(error.what()).find("ill-formed UTF-8") != std::string_view::npos;
        throw Malformed{(utf8 ? "the body is not valid UTF-8 at byte "
                              : "the body is no complete JSON: it ends or goes wrong at byte ") +
                        std::to_string(position)};
    }

private:
    /// U+0000 is legal JSON, but no database text may hold it.
    static void replace_nul(std::string& value) {
        if (value.find('\0') == std::string::npos) return;
        std::string clean;
        for (const char c : value) c == '\0' ? clean += "\xEF\xBF\xBD" : clean += c;
        value = std::move(clean);
    }
    Json* place(Json&& value) {
        if (open_.empty()) return &(root = std::move(value));
        if (open_.back()->is_object()) return &(*slot_ = std::move(value));
        return &open_.back()->emplace_back(std::move(value));
    }
    bool put(Json value) {
        place(std::move(value));
        return true;
    }
    bool open(Json value) {
        if (open_.size() == depth_limit) {
            throw Malformed{"the body is deeper than " + std::to_string(depth_limit) + " levels"};
        }
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    std::vector<Json*> open_;  // the objects and arrays around the present value
    Json* slot_ = nullptr;     // where the value of the present key goes
};

const Json& nothing() {
    static const Json null;
    return null;
}

std::optional<events::Time> from_seconds(double value) {
    // Up to the year 5138; beyond it, as some senders write, these are milliseconds.
    constexpr double last = 1e11;
    if (value >= last) value /= 1000;
    if (!(value >= 0 && value < last)) return std::nullopt;
    return events::Time(events::seconds(static_cast<std::int64_t>(value)));
}

}  // namespace

Json parse_json(std::string_view body) {
    Builder builder;
    Json::sax_parse(body, &builder);
    return std::move(builder.root);
}

std::string compact(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& at(const Json& from, std::string_view key) {
    if (!from.is_object()) return nothing();
    const auto found = from.find(key);
    return found == from.end() ? nothing() : *found;
}

std::string text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_number() ? value.dump() : std::string();
}

std::string exact_text(const Json& from, std::string_view key) {
    const auto& value = at(from, key);
    if (!value.is_null() && !value.is_string() && !value.is_number()) {
        throw Malformed{"\"" + std::string(key) + "\" must be a string"};
    }
    return text(value);
}

const Json& list(const Json& from, std::string_view key) {
    const auto& value = at(from, key);
    if (!value.is_null() && !value.is_array()) {
        throw Malformed{"\"" + std::string(key) + "\" must be an array"};
    }
    return value;
}

std::string first(std::initializer_list<std::string> candidates) {
    for (const auto& candidate : candidates) {
        if (!candidate.empty()) return candidate;
    }
    return {};
}

std::optional<events::Time> time(const Json& value) {
    if (value.is_number()) return from_seconds(value.get<double>());
    if (!value.is_string()) return std::nullopt;
    const auto& written = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto* end = written.data() + written.size();
    const auto [stopped, error] = std::from_chars(written.data(), end, number);
    if (error == std::errc() && stopped == end) return from_seconds(static_cast<double>(number));
    return events::parse_iso8601(written);
}

}  // namespace kapso
