#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace net {

/// Where a request goes, taken from its URL.
struct Target {
    bool tls = true;
    std::string host;       // a name or an address without brackets
    std::string port;       // always set
    std::string authority;  // as the Host header wants it
    std::string path;       // with the query; encoded
    /// Requests with the same pool may share connections.
    std::string pool() const { return (tls ? "https://" : "http://") + host + ":" + port; }
};

/// The target, or what is wrong with the URL and how to mend it. `plain` takes http to any host.
std::variant<Target, std::string> target_of(std::string_view url, bool plain = false);

/// A text as one segment of a URL's path: all but letters, digits and -._~ is percent-encoded.
std::string segment(std::string_view text);

/// Whether the host is an address and not a name: it needs no resolving and no SNI.
bool is_address(const std::string& host);

}  // namespace net
