#include "http/router.hpp"

#include <boost/url/parse_path.hpp>
#include <boost/url/segments_encoded_view.hpp>
#include <optional>
#include <set>
#include <stdexcept>

namespace http {
namespace {

using Params = std::map<std::string, std::string>;

bool is_param(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> split(std::string_view pattern) {
    if (!pattern.starts_with('/')) {
        throw std::invalid_argument("a route's pattern starts with /: " + std::string(pattern));
    }
    std::vector<std::string> segments;
    for (std::size_t at = 0; at != pattern.npos;) {
        const auto end = pattern.find('/', at + 1);
        segments.emplace_back(pattern.substr(at + 1, end == pattern.npos ? end : end - at - 1));
        at = end;
    }
    return segments;
}

/// Decoded only after splitting, so that an encoded slash stays inside its segment.
std::optional<std::vector<std::string>> decoded(std::string_view path) {
    const auto parsed = boost::urls::parse_path(path);
    if (!parsed || !path.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    for (const auto segment : *parsed) segments.push_back(segment.decode());
    if (segments.empty()) segments.emplace_back();
    return segments;
}

std::optional<Params> match(const std::vector<std::string>& pattern,
                            const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    Params params;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_param(pattern[i]) && !path[i].empty()) {
            params[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return params;
}

std::string joined(const std::set<std::string>& methods) {
    std::string out;
    for (const auto& method : methods) out += (out.empty() ? "" : ", ") + method;
    return out;
}

Response wrong_method(std::string_view method, const std::set<std::string>& allowed) {
    auto response = error(405, "method_not_allowed",
                          std::string(method) + " is not allowed here; use " + joined(allowed));
    response.headers.emplace_back("Allow", joined(allowed));
    return response;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
    for (auto& route : routes) {
        auto segments = split(route.pattern);
        rows_.push_back({std::move(route), std::move(segments)});
    }
}

std::variant<Router::Match, Response> Router::find(std::string_view method,
                                                   std::string_view path) const {
    const auto segments = decoded(path);
    std::set<std::string> allowed;
    for (const auto& [route, pattern] : rows_) {
        auto params = segments ? match(pattern, *segments) : std::nullopt;
        if (!params) continue;
        const bool head = method == "HEAD" && route.method == "GET";
        if (head || route.method == method) return Match{&route, std::move(*params)};
        allowed.insert(route.method);
        if (route.method == "GET") allowed.insert("HEAD");
    }
    if (!allowed.empty()) return wrong_method(method, allowed);
    return error(404, "not_found", "there is nothing at " + std::string(path));
}

}  // namespace http
