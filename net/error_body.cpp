#include "net/error_body.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace net {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest = 200;

std::string text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Some write their numbers as strings.
std::optional<int> number_in(const std::string& text) {
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = fault == std::errc() && end == text.data() + text.size();
    return whole && number >= 0 ? std::optional(number) : std::nullopt;
}

void take_code(const Json& object, ErrorBody& out) {
    const auto found = object.find("code");
    if (found == object.end()) return;
    if (found->is_number_integer() && !out.code) {
        const auto code = found->get<std::int64_t>();
        if (code >= 0 && code <= std::numeric_limits<int>::max()) out.code = static_cast<int>(code);
    }
    if (!found->is_string()) return;
    const auto& text = found->get_ref<const std::string&>();
    if (const auto code = number_in(text)) {
        if (!out.code) out.code = code;
    } else if (out.name.empty()) {
        out.name = text;
    }
}

/// At most `longest` bytes of whole characters, on one line.
void tidy(std::string& text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    if (text.size() <= longest) return;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
}

}  // namespace

ErrorBody error_body(std::string_view body) {
    ErrorBody out;
    const auto json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return out;
    out.json = true;
    if (const auto error = json.find("error"); error != json.end()) {
        if (error->is_string()) out.message = error->get<std::string>();
        if (error->is_object()) {
            out.message = text_at(*error, "message");
            take_code(*error, out);
            if (out.name.empty()) out.name = text_at(*error, "type");
        }
    }
    take_code(json, out);
    if (out.message.empty()) out.message = text_at(json, "message");
    return out;
}

std::string describe(int status, const ErrorBody& error) {
    auto out = std::to_string(status);
    if (!error.json) return out + " with a body that is not a JSON object";
    if (error.code) out += " (" + std::to_string(*error.code) + ")";
    if (!error.name.empty()) out += " " + error.name;
    if (!error.message.empty()) out += ": " + error.message;
    tidy(out);
    return out;
}

}  // namespace net
