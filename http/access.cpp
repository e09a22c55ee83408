#include "http/access.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "crypto/hash.hpp"

namespace http {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

bool is_v4_loopback(const std::string& address) {
    in_addr parsed{};
    return inet_pton(AF_INET, address.c_str(), &parsed) == 1 && ntohl(parsed.s_addr) >> 24 == 127;
}

bool is_port(std::string_view text) {
    return text.size() <= 5 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// An Origin is scheme://host[:port]; "null" and anything else that isn't one is foreign.
bool is_local_origin(std::string_view origin) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) return is_local_host(origin.substr(scheme.size()));
    }
    return false;
}

/// A proxy on this machine makes every caller look local, so what it forwarded is not.
bool was_forwarded(const Request& request) {
    constexpr std::array<std::string_view, 4> marks{"forwarded", "x-forwarded-for", "x-real-ip",
                                                    "via"};
    return std::ranges::any_of(marks, [&](auto mark) { return !request.header(mark).empty(); });
}

bool bears(const Request& request, std::string_view token) {
    constexpr std::string_view scheme = "bearer ";
    const auto value = request.header("authorization");
    return lower(value.substr(0, scheme.size())) == scheme &&
           crypto::equal_in_constant_time(value.substr(scheme.size()), token);
}

bool is_from_here(const Request& request) {
    const auto origin = request.header("origin");
    return is_loopback(request.peer) && is_local_host(request.header("host")) &&
           (origin.empty() || is_local_origin(origin)) && !was_forwarded(request);
}

}  // namespace

bool is_loopback(std::string_view address) {
    return address == "::1" || is_v4_loopback(std::string(address));
}

bool is_local_host(std::string_view host) {
    const auto colon = host.rfind(':');
    const bool has_port = colon != host.npos && !host.substr(colon).ends_with(']');
    if (has_port && !is_port(host.substr(colon + 1))) return false;
    const auto name = lower(has_port ? host.substr(0, colon) : host);
    return name == "localhost" || name == "[::1]" || is_v4_loopback(name);
}

std::optional<Response> refusal(Access access, const Request& request, std::string_view token) {
    if (access == Access::open || access == Access::webhook) return std::nullopt;
    if (access == Access::local) {
        if (is_from_here(request)) return std::nullopt;
        return error(403, "local_only",
                     "without KAPSO_WEBHOOK_SECRET only webhooks from this machine are taken, and "
                     "none through a proxy or a foreign page; set it to the secret in Kapso");
    }
    if (token.empty()) {
        if (is_from_here(request)) return std::nullopt;
        return error(403, "local_only",
                     "without HILO_ADMIN_TOKEN only callers on this machine are served; set it and "
                     "send it as Authorization: Bearer");
    }
    if (bears(request, token)) return std::nullopt;
    auto response =
        error(401, "unauthorized", "send the value of HILO_ADMIN_TOKEN as Authorization: Bearer");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

}  // namespace http
