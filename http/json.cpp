#include "http/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>

namespace http {
namespace {

constexpr int deepest = 32;  // DESIGN 7; what walks a value later does so on its stack

/// Why a body is refused, out of the parser's midst.
struct Refused {
    std::string why;
};

/// Looks on while a body is parsed, since nlohmann's parser takes any depth and keeps the last of
/// two equal keys silently.
class Judge {
public:
    bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
        using Event = Json::parse_event_t;
        const auto level = static_cast<std::size_t>(depth);
        if (event == Event::object_start || event == Event::array_start) {
            if (depth >= deepest) {
                throw Refused{"is deeper than " + std::to_string(deepest) + " levels"};
            }
            keys_[level].clear();
        }
        if (event == Event::key && !keys_[level - 1].insert(parsed.get<std::string>()).second) {
            throw Refused{"has a key that stands twice in one object"};
        }
        const bool nul = parsed.is_string() &&
                         parsed.get_ref<const std::string&>().find('\0') != std::string::npos;
        if (nul) throw Refused{"holds U+0000, which no database text may hold"};
        return true;
    }

private:
    std::array<std::set<std::string>, deepest> keys_;
};

Response invalid(const std::string& what) { return error(400, "invalid_json", "the body " + what); }

}  // namespace

Response answer(const Json& body, int status) {
    // The line's end is for people who call from a shell.
    return json(body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", status);
}

std::variant<Json, Response> object_of(const Request& request) {
    Judge judge;
    try {
        auto body = Json::parse(request.body, std::ref(judge));
        if (!body.is_object()) return invalid("must be a JSON object");
        return body;
    } catch (const Refused& refused) {
        return invalid(refused.why);
    } catch (const Json::parse_error& wrong) {
        return invalid("is not JSON in UTF-8: it goes wrong at byte " + std::to_string(wrong.byte));
    } catch (const Json::exception&) {
        return invalid("holds a number beyond all bounds");
    }
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
        std::string words = "unknown field \"";
        words.append(name).append("\"; the fields are");
        for (const auto* one : known) {
            words.append(one == *known.begin() ? " " : ", ").append(one);
        }
        return error(400, "unknown_field", words);
    }
    return std::nullopt;
}

}  // namespace http
