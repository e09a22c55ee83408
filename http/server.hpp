#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/counters.hpp"
#include "http/router.hpp"

namespace http {

/// The ends of everything (DESIGN: bounded). A connection that is over the limit takes the place of
/// the one that has kept the server waiting longest, so that idle and slow ones can't lock it;
/// where none has for long, it gets a 503.
struct Limits {
    std::size_t connections = 512;
    std::chrono::milliseconds room_after{1'000};  // one that was waited for so long makes room
    std::size_t header_bytes = std::size_t{16} << 10;
    std::size_t body_bytes = std::size_t{4} << 20;
    std::size_t bodies_bytes = std::size_t{256}
                               << 20;  // that came of all bodies in flight; then 503
    /// Of all answers that are being written, but for small ones; then 503.
    std::size_t answers_bytes = std::size_t{128} << 20;
    std::size_t workers = 4;  // and as many for routes whose callers have little patience
    std::size_t waiting_jobs = 256;
    std::chrono::milliseconds read{15'000};    // a whole request, from its first byte on
    std::chrono::milliseconds idle{30'000};    // until the first byte of the next request
    std::chrono::milliseconds write{15'000};   // a whole response
    std::chrono::milliseconds answer{60'000};  // a handler's time; then 504
};

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one
    std::string admin_token;
    Limits limits;
    /// Gets hilo_http_requests_total, by method and pattern of the route and class of the status.
    Counters* counters = nullptr;
};

struct ServerCore;

/// HTTP/1.1 on one thread of its own, which every connection shares. Answers, in this order: 400
/// for what is no HTTP, 404, 405, 501, 431, 408, 413, 401 or 403, then the handler.
class Server {
public:
    Server(Router router, Options options);
    /// Stops, waiting a second.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens; returns the port. Throws std::runtime_error where the address can't be used.
    std::uint16_t start();
    /// Takes no new connection, lets the requests in progress finish within `bound`, then closes
    /// all. May be called twice; not from a handler.
    void stop(std::chrono::milliseconds bound);

private:
    std::shared_ptr<ServerCore> core_;
};

}  // namespace http
