#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace net {

struct Request {
    std::string method = "POST";
    std::string url;  // https, or http to a loopback address; sent as it is, so encoded already
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::chrono::milliseconds deadline{10'000};  // for the whole exchange, waiting included
    std::chrono::milliseconds delay{0};          // starts that much later; the deadline runs on
    /// The exchange has a side effect: never on a kept connection that might have gone stale, and
    /// never repeated by the client itself.
    bool once = false;
    /// Asked on the client's thread, directly before the request's first byte is written; false
    /// ends the exchange with nothing written. Quick, and throws nothing.
    std::function<bool()> may_start{};
    /// Plain http may go to any host, and not to loopback alone: what it carries can be read on the
    /// way. For commands that talk to their own server at the address where it listens.
    bool plain = false;
};

struct Response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;
    /// The first value of a header, named in lower case; empty where there is none.
    std::string_view header(std::string_view name) const;
};

/// No response. `sent` tells whether the peer may have seen any byte of the request.
struct Failure {
    bool sent = false;
    std::string reason;
    bool refused = false;      // the host is there, and nobody listens
    bool not_started = false;  // `may_start` said no
    bool too_large = false;    // the response, for Limits::response_bytes
};

using Result = std::variant<Response, Failure>;

/// Calls out over HTTP/1.1. Certificates are checked; connections are kept and pooled per host.
class Client {
public:
    virtual ~Client() = default;
    /// Never blocks; `done` is called exactly once, on the client's thread, before the deadline
    /// (give or take its timer). It must not throw, block, or destroy the client.
    virtual void send(Request request, std::function<void(Result)> done) = 0;
};

struct Limits {
    std::size_t connections_per_host = 64;
    // Requests beyond these two fail at once, not sent.
    std::size_t waiting_per_host = 1024;
    std::size_t bytes_per_host = 64 << 20;           // of the bodies of those that aren't over
    std::size_t response_bytes = 8 << 20;            // of a body; headers have 32 KiB
    std::chrono::milliseconds kept_for{30'000};      // an idle connection is used again that long
    std::chrono::milliseconds kept_for_once{4'000};  // for `once`: under Node's 5 s, the shortest
};

/// A client with a thread of its own. Destroying it fails what is in flight with "shut down", and
/// waits for a name that is just being resolved (the resolver's own time-out bounds that).
/// Trusts the system's certificates, or those that SSL_CERT_FILE and SSL_CERT_DIR name.
std::unique_ptr<Client> make_client(Limits limits = {});

/// Why a base URL can't be used (not https and not loopback, no host, ...); empty where it can.
std::string objection_to_base_url(std::string_view url);

}  // namespace net
