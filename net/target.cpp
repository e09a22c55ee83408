#include "net/target.hpp"

#include <algorithm>
#include <boost/url.hpp>
#include <charconv>
#include <cstdint>

#include "net/client.hpp"

namespace net {
namespace {

namespace urls = boost::urls;

std::string host_of(const urls::url_view& url) {
    auto host = url.host_address();
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return host;
}

/// Whether a URL's host, decoded, is what a resolver or a certificate would take it for.
bool is_host(const urls::url_view& url) {
    if (url.host_type() != urls::host_type::name) return true;
    const auto host = host_of(url);
    return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string::npos;
}

bool is_loopback(const urls::url_view& url) {
    switch (url.host_type()) {
        case urls::host_type::ipv4:
            return url.host_ipv4_address().is_loopback();
        case urls::host_type::ipv6:
            return url.host_ipv6_address().is_loopback();
        default:
            return host_of(url) == "localhost";
    }
}

/// 1 to 65535, or none given. (Boost.URL's own number wraps around.)
bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return text.empty() || (error == std::errc() && stop == end && port > 0);
}

std::string objection_to(const urls::url_view& url, bool plain_anywhere) {
    const bool plain = url.scheme_id() == urls::scheme::http;
    if (url.scheme_id() != urls::scheme::https && !plain) return "must start with https://";
    if (url.encoded_host().empty()) return "names no host, such as https://api.example.com";
    if (url.has_userinfo()) return "must not hold a user or password";
    // "10.0.0.1.example.com" is parsed as an address and a path that begins with a dot.
    const bool cut = !url.encoded_path().empty() && !url.encoded_path().starts_with('/');
    if (cut || !is_host(url)) return "has no valid host";
    if (!is_port(url.port())) return "has no valid port (1 to 65535)";
    if (plain && !plain_anywhere && !is_loopback(url)) {
        return "must start with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)";
    }
    return {};
}

Target read(const urls::url_view& url) {
    Target target;
    target.tls = url.scheme_id() == urls::scheme::https;
    target.host = host_of(url);
    const bool ipv6 = url.host_type() == urls::host_type::ipv6;
    target.authority = ipv6 ? "[" + target.host + "]" : target.host;
    target.port = url.port().empty() ? (target.tls ? "443" : "80") : std::string(url.port());
    if (!url.port().empty()) target.authority += ":" + target.port;
    target.path = url.encoded_path().empty() ? "/" : std::string(url.encoded_path());
    if (url.has_query()) target.path += "?" + std::string(url.encoded_query());
    return target;
}

}  // namespace

std::variant<Target, std::string> target_of(std::string_view text, bool plain) {
    const auto url = urls::parse_uri(text);
    if (!url) return "is not a URL, such as https://api.example.com";
    if (auto objection = objection_to(*url, plain); !objection.empty()) return objection;
    return read(*url);
}

std::string segment(std::string_view text) { return urls::encode(text, urls::unreserved_chars); }

bool is_address(const std::string& host) {
    return urls::parse_ipv4_address(host).has_value() || urls::parse_ipv6_address(host).has_value();
}

std::string objection_to_base_url(std::string_view text) {
    const auto target = target_of(text);
    if (const auto* objection = std::get_if<std::string>(&target)) return *objection;
    const auto url = urls::parse_uri(text);
    return url->has_query() || url->has_fragment() ? "must not hold a query or a fragment" : "";
}

}  // namespace net
