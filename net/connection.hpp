#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "net/client.hpp"
#include "net/target.hpp"

namespace net {

/// Why there is no response, and whether any byte of one had come.
struct Broken {
    std::string reason;
    bool answered = false;
    bool refused = false;      // nobody listens there
    bool not_started = false;  // Request::may_start said no
    bool too_large = false;    // what came, for its limit
};

/// One connection to one host, plain or TLS; carries one exchange at a time. Used on the client's
/// thread alone.
class Connection {
public:
    using Clock = std::chrono::steady_clock;

    Connection(boost::asio::io_context& io, boost::asio::ssl::context& tls, Target target);

    /// Resolves, connects and shakes hands: nothing, or why that failed.
    boost::asio::awaitable<std::optional<Broken>> open();
    /// Writes the request and reads the response, whose body may have `most` bytes.
    boost::asio::awaitable<std::variant<Response, Broken>> exchange(const Request& request,
                                                                    std::string_view path,
                                                                    std::size_t most);
    /// Ends whatever is in progress; nothing is written after that.
    void close();

    /// Whether it may carry another exchange.
    bool reusable() const { return reusable_ && !closed_; }
    /// Whether it was used a moment ago and the peer has been silent since: no end, no stray bytes.
    bool fit(std::chrono::milliseconds idle_at_most);
    bool older_than(std::chrono::milliseconds idle) const { return Clock::now() - used_ > idle; }

private:
    using Socket = boost::asio::ip::tcp::socket;
    using Tls = boost::asio::ssl::stream<Socket>;

    Socket& socket();
    boost::asio::awaitable<std::optional<Broken>> connect();
    boost::asio::awaitable<std::optional<Broken>> shake_hands();

    Target target_;
    boost::asio::ip::tcp::resolver resolver_;
    std::variant<Socket, Tls> stream_;
    bool closed_ = false;
    bool reusable_ = false;
    Clock::time_point used_ = Clock::now();
};

}  // namespace net
