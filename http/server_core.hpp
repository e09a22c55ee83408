#pragma once

#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <future>
#include <optional>
#include <set>
#include <thread>

#include "http/server.hpp"
#include "http/workers.hpp"

namespace http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Parser = beast::http::request_parser<beast::http::string_body>;

inline auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

class Connection;

using Rendered = beast::http::response<beast::http::string_body>;
/// With every header that an answer of this version has.
Rendered rendered(Response response, unsigned version, bool keep);
/// "Too much is waiting", with Retry-After.
Response busy(std::string_view message = "too much is waiting already; try again in a second",
              int seconds = 1);
inline Response no_room() { return busy("every connection is taken", 1); }
/// For what is rendered once and sent for days.
inline Rendered undated(Rendered response) {
    response.erase("Date");
    return response;
}

/// What has come of one request's body, or goes out as an answer, as a part of what all in flight
/// may hold. A body's is given back when the exchange is over and the handler has let go of its
/// Respond, whichever is later.
class BodyShare {
public:
    using Total = std::shared_ptr<std::atomic<std::size_t>>;
    explicit BodyShare(Total total) : total_(std::move(total)) {}
    ~BodyShare() { *total_ -= own_; }
    BodyShare(const BodyShare&) = delete;
    BodyShare& operator=(const BodyShare&) = delete;

    /// For the server's thread alone. False, and nothing changed, where all would hold more than
    /// `limit`.
    bool grow(std::size_t size, std::size_t limit) {
        if (*total_ + (size - own_) > limit) return false;
        *total_ += size - own_;
        own_ = size;
        return true;
    }

private:
    Total total_;
    std::size_t own_ = 0;
};

// Everything but the workers is touched by the one thread alone. `io` comes after all that its
// connections use, for they wait in it and are destroyed with it.
struct ServerCore : std::enable_shared_from_this<ServerCore> {
    ServerCore(Router table, Options chosen)
        : router(std::move(table)),
          options(std::move(chosen)),
          workers(options.limits.workers, options.limits.waiting_jobs),
          urgent(options.limits.workers, options.limits.waiting_jobs) {}

    awaitable<void> accept();
    void admit(tcp::socket socket);
    bool make_room();
    void forget(Connection& connection);
    void drain();
    void note_when_drained();
    void call(const Route& route, Request request, const Respond& respond);
    void count(const Route* route, int status) const;
    void count(const std::string& route, int status) const;
    /// A connection was told that there is no room; which route it wanted isn't known.
    void count_no_room() const { count("no room", 503); }

    const Router router;
    const Options options;
    Workers workers;
    Workers urgent;  // for who has little patience, so that no page of a slow table is before it
    std::set<Connection*> connections;
    const BodyShare::Total bodies = std::make_shared<std::atomic<std::size_t>>(0);
    const BodyShare::Total answers = std::make_shared<std::atomic<std::size_t>>(0);
    Clock::time_point no_room_until{};  // nothing could be displaced when it was looked for last
    std::size_t turned_away = 0;        // connections that are being told that there is no room
    const Rendered turned_away_with = undated(rendered(no_room(), 11, false));
    std::array<char, 4096> dropped{};  // what those send
    bool stopping = false;
    std::promise<void> drained;
    bool drained_noted = false;
    std::thread thread;
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
};

/// One connection: exchanges, one after the other, each step under a deadline.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    enum class State { idle, reading, answering };

    Connection(ServerCore& core, tcp::socket socket);

    awaitable<void> serve();
    void close();
    /// Another one needs its place: what it is waited for is waited for no longer.
    void displace();
    State state() const { return state_; }
    Clock::time_point since() const { return since_; }

private:
    using Found = std::variant<Router::Match, Response>;

    awaitable<bool> first_byte();
    awaitable<bool> exchange();
    awaitable<Found> read(Parser& parser, Request& request);
    awaitable<error_code> read_header(Parser& parser);
    Found judge(const Parser& parser, Request& request);
    Response over_header_limit(const Parser& parser) const;
    Response failed_read(error_code ec) const;
    awaitable<error_code> read_body(Parser& parser);
    awaitable<Response> answer(const Route& route, Request request);
    awaitable<bool> write(Response response, const Parser& parser, bool keep);
    awaitable<void> write_badly(std::string bytes, std::size_t missing);
    awaitable<void> say_that_there_is_no_room();
    awaitable<void> linger();
    void reset();

    Respond respond();
    void take(std::uint64_t exchange, Response response);
    void enter(State state, std::chrono::milliseconds time);
    void watch_deadline();

    ServerCore& core_;
    const Limits& limits_;
    tcp::socket socket_;
    asio::steady_timer deadline_;  // of the step in progress
    asio::steady_timer
        answer_arrives_;  // expires after the handler's time, cancelled by its answer
    beast::flat_buffer buffer_;
    const std::string peer_;
    State state_ = State::idle;
    Clock::time_point since_ = Clock::now();
    bool timed_out_ = false, displaced_ = false;
    Clock::time_point arrived_ = Clock::now();  // the request's first byte
    const Route* route_ = nullptr;              // of the exchange, once it is known
    std::shared_ptr<BodyShare> body_;           // the same
    std::uint64_t exchange_ = 0;  // tells a late answer to an earlier exchange from this one's
    std::optional<Response> answer_;
};

}  // namespace http
