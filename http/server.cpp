#include "http/server.hpp"

#include <cxxabi.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <typeinfo>

#include "http/server_core.hpp"

namespace http {
namespace {

constexpr std::chrono::milliseconds pause_when_out_of_descriptors{50};
// Of those that get no more than a 503: so many, each for so long. The others wait where the system
// keeps them until they are accepted, and are looked for that often.
constexpr std::size_t most_turned_away = 1'024;
constexpr std::chrono::seconds turned_away_for{1};
constexpr std::chrono::milliseconds pause_when_turning_away{10};
// Looking through all connections for one that may go costs as much as turning one away.
constexpr std::chrono::milliseconds between_looks_for_room{10};

/// A connection that is told that there is no room. What it sends meanwhile is dropped, for one
/// that is closed on unread bytes is reset, and the answer lost with it.
struct Away : std::enable_shared_from_this<Away> {
    Away(ServerCore& server, tcp::socket its_own)
        : core(server), socket(std::move(its_own)), patience(core.io) {
        ++core.turned_away;
        core.count_no_room();
    }
    ~Away() { --core.turned_away; }
    Away(const Away&) = delete;
    Away& operator=(const Away&) = delete;

    void tell() {
        patience.expires_after(turned_away_for);
        patience.async_wait([self = shared_from_this()](error_code ec) {
            error_code ignored;
            if (!ec) self->socket.close(ignored);
        });
        beast::http::async_write(socket, core.turned_away_with,
                                 [self = shared_from_this()](error_code ec, auto) {
                                     self->socket.shutdown(tcp::socket::shutdown_send, ec);
                                     self->drop();
                                 });
    }
    void drop() {
        socket.async_read_some(asio::buffer(core.dropped),
                               [self = shared_from_this()](error_code ec, auto) {
                                   if (!ec) return self->drop();
                                   self->patience.cancel();
                               });
    }

    ServerCore& core;
    tcp::socket socket;
    asio::steady_timer patience;
};

}  // namespace

Response busy(std::string_view message, int seconds) {
    auto response = error(503, "busy", message);
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
    return response;
}

awaitable<void> ServerCore::accept() {
    asio::steady_timer pause(io);
    while (!stopping) {
        error_code ec;
        if (turned_away >= most_turned_away) {
            pause.expires_after(pause_when_turning_away);
            co_await pause.async_wait(into(ec));
            continue;
        }
        tcp::socket socket(io);
        co_await acceptor.async_accept(socket, into(ec));
        if (stopping) co_return;
        if (!ec) {
            admit(std::move(socket));
            continue;
        }
        make_room();
        pause.expires_after(pause_when_out_of_descriptors);
        co_await pause.async_wait(into(ec));
    }
}

void ServerCore::admit(tcp::socket socket) {
    if (connections.size() >= options.limits.connections && !make_room()) {
        return std::make_shared<Away>(*this, std::move(socket))->tell();
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    connections.insert(connection.get());
    asio::co_spawn(
        io, [connection] { return connection->serve(); },
        [this, connection](const std::exception_ptr&) { forget(*connection); });
}

/// Displaces the connection that has kept the server waiting longest, an idle one first; false
/// where none has for long.
bool ServerCore::make_room() {
    const auto now = Clock::now();
    if (now < no_room_until) return false;
    no_room_until = now + between_looks_for_room;
    const auto rank = [](const Connection* connection) {
        return std::pair(connection->state(), connection->since());
    };
    const auto longest = std::ranges::min_element(connections, {}, rank);
    if (longest == connections.end()) return false;
    if ((*longest)->state() == Connection::State::answering) return false;
    if (now - (*longest)->since() < options.limits.room_after) return false;
    no_room_until = {};
    (*longest)->displace();
    connections.erase(longest);
    return true;
}

void ServerCore::forget(Connection& connection) {
    connection.close();
    connections.erase(&connection);
    note_when_drained();
}

void ServerCore::drain() {
    error_code ignored;
    stopping = true;
    acceptor.close(ignored);
    for (auto* connection : connections) {
        if (connection->state() == Connection::State::idle) connection->close();
    }
    note_when_drained();
}

void ServerCore::note_when_drained() {
    if (!stopping || !connections.empty() || drained_noted) return;
    drained_noted = true;
    drained.set_value();
}

void ServerCore::call(const Route& route, Request request, const Respond& respond) {
    auto job = [&route, request = std::move(request), respond]() mutable {
        try {
            route.handler(std::move(request), respond);
        } catch (...) {
            // Not what() says: it may quote what a person wrote.
            spdlog::error("{} {} failed: {}", route.method, route.pattern,
                          abi::__cxa_current_exception_type()->name());
            respond(error(500, "internal", "the server failed on this request"));
        }
    };
    if (!route.blocks) {
        job();
    } else if (!(route.patience ? urgent : workers).run(std::move(job))) {
        respond(busy());
    }
}

void ServerCore::count(const Route* route, int status) const {
    count(route == nullptr ? "none" : route->method + " " + route->pattern, status);
}

void ServerCore::count(const std::string& route, int status) const {
    if (options.counters == nullptr) return;
    options.counters->add("hilo_http_requests_total{route=\"" + route + "\",status=\"" +
                          std::to_string(status / 100) + "xx\"}");
}

Server::Server(Router router, Options options)
    : core_(std::make_shared<ServerCore>(std::move(router), std::move(options))) {}

Server::~Server() { stop(std::chrono::seconds(1)); }

std::uint16_t Server::start() {
    const auto& options = core_->options;
    auto& acceptor = core_->acceptor;
    try {
        const auto found = tcp::resolver(core_->io).resolve(
            options.host, std::to_string(options.port), tcp::resolver::passive);
        const tcp::endpoint endpoint = *found.begin();
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen();
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error("can't listen on " + options.host + ":" +
                                 std::to_string(options.port) + ": " + e.code().message());
    }
    // Out of memory, say: a process that accepts nothing more must not stay as if it did.
    asio::co_spawn(core_->io, core_->accept(), [](const std::exception_ptr& thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
    core_->thread = std::thread([core = core_.get()] { core->io.run(); });
    return acceptor.local_endpoint().port();
}

void Server::stop(std::chrono::milliseconds bound) {
    if (!core_->thread.joinable()) return;
    auto drained = core_->drained.get_future();
    asio::post(core_->io, [core = core_.get()] { core->drain(); });
    drained.wait_for(bound);
    core_->io.stop();
    core_->thread.join();
    core_->workers.stop();
    core_->urgent.stop();
    for (auto* connection : core_->connections) connection->close();
}

}  // namespace http
