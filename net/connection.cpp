#include "net/connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr auto tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_limit = 32 << 10;

http::request<http::string_body> wire_form(const Request& request, std::string_view path,
                                           std::string_view authority) {
    http::request<http::string_body> out;
    out.version(11);
    out.method_string(request.method);
    out.target({path.data(), path.size()});
    out.set(http::field::host, {authority.data(), authority.size()});
    out.set(http::field::user_agent, "hilo");
    for (const auto& [name, value] : request.headers) out.set(name, value);
    out.body() = request.body;
    out.prepare_payload();
    return out;
}

std::string lower(std::string_view name) {
    std::string out(name);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

Response plain_form(http::response<http::string_body> message) {
    Response out;
    out.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
        out.headers.emplace_back(lower(field.name_string()), field.value());
    }
    out.body = std::move(message.body());
    return out;
}

struct Answer {
    Response response;
    bool keep = false;  // the connection may carry another exchange
};
using Outcome = std::variant<Answer, Broken>;

/// Reads up to the first final response; 1xx ones come before it.
template <class Stream>
asio::awaitable<Outcome> read_answer(Stream& stream, bool head, std::size_t most) {
    boost::beast::flat_buffer buffer(header_limit + (std::size_t{64} << 10));
    for (bool answered = false;; answered = true) {
        http::response_parser<http::string_body> parser;
        parser.header_limit(header_limit);
        parser.body_limit(most);
        parser.skip(head);
        const auto [error, size] = co_await http::async_read(stream, buffer, parser, tuple);
        if (error) {
            co_return Broken{error.message(), answered || parser.got_some(), false, false,
                             error == http::error::body_limit};
        }
        if (parser.get().result_int() >= 200) {
            const bool keep = parser.keep_alive() && buffer.size() == 0;
            co_return Answer{plain_form(parser.release()), keep};
        }
    }
}

template <class Stream>
asio::awaitable<Outcome> exchange_over(Stream& stream, http::request<http::string_body> request,
                                       std::size_t most) {
    const auto [error, size] = co_await http::async_write(stream, request, tuple);
    if (error) co_return Broken{error.message(), false};
    co_return co_await read_answer(stream, request.method() == http::verb::head, most);
}

std::string named(const Target& target, std::string_view what, std::string_view why) {
    return std::string(what) + " " + target.authority + ": " + std::string(why);
}

/// The certificate's flaw where there is one; the handshake's own error hides it.
std::string handshake_error(SSL* ssl, const boost::system::error_code& error) {
    const long flaw = SSL_get_verify_result(ssl);
    return flaw == X509_V_OK
               ? error.message()
               : "certificate refused, " + std::string(X509_verify_cert_error_string(flaw));
}

/// The name that the certificate must bear, and the name that is asked for (SNI; not an address).
bool expect_peer(SSL* ssl, const std::string& host) {
    if (is_address(host)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

Connection::Connection(asio::io_context& io, asio::ssl::context& tls, Target target)
    : target_(std::move(target)), resolver_(io), stream_(std::in_place_type<Socket>, io) {
    if (target_.tls) stream_.emplace<Tls>(io, tls);
}

Connection::Socket& Connection::socket() {
    if (auto* tls = std::get_if<Tls>(&stream_)) return tls->next_layer();
    return std::get<Socket>(stream_);
}

asio::awaitable<std::optional<Broken>> Connection::open() {
    auto broken = co_await connect();
    if (!broken && target_.tls) broken = co_await shake_hands();
    if (!broken && closed_) broken = Broken{"closed"};
    co_return broken;
}

asio::awaitable<std::optional<Broken>> Connection::connect() {
    const auto flags =
        is_address(target_.host) ? tcp::resolver::numeric_host : tcp::resolver::flags();
    const auto [unresolved, endpoints] =
        co_await resolver_.async_resolve(target_.host, target_.port, flags, tuple);
    if (unresolved) co_return Broken{named(target_, "can't resolve", unresolved.message())};
    if (closed_) co_return Broken{"closed"};
    const auto [unreached, endpoint] = co_await asio::async_connect(socket(), endpoints, tuple);
    if (unreached) {
        co_return Broken{named(target_, "can't connect to", unreached.message()), false,
                         unreached == asio::error::connection_refused};
    }
    if (closed_) co_return Broken{"closed"};
    boost::system::error_code ignored;  // only a matter of speed
    socket().set_option(tcp::no_delay(true), ignored);
    co_return std::nullopt;
}

asio::awaitable<std::optional<Broken>> Connection::shake_hands() {
    auto& tls = std::get<Tls>(stream_);
    if (!expect_peer(tls.native_handle(), target_.host)) {
        co_return Broken{named(target_, "can't check the certificate of", "unusable host name")};
    }
    const auto [error] = co_await tls.async_handshake(Tls::client, tuple);
    if (!error) co_return std::nullopt;
    co_return Broken{named(target_, "no TLS with", handshake_error(tls.native_handle(), error))};
}

asio::awaitable<std::variant<Response, Broken>> Connection::exchange(const Request& request,
                                                                     std::string_view path,
                                                                     std::size_t most) {
    reusable_ = false;
    auto wire = wire_form(request, path, target_.authority);
    Outcome outcome;
    if (auto* tls = std::get_if<Tls>(&stream_)) {
        outcome = co_await exchange_over(*tls, std::move(wire), most);
    } else {
        outcome = co_await exchange_over(std::get<Socket>(stream_), std::move(wire), most);
    }
    if (auto* broken = std::get_if<Broken>(&outcome)) {
        broken->reason = named(target_, "no answer from", broken->reason);
        co_return std::move(*broken);
    }
    auto& answer = std::get<Answer>(outcome);
    reusable_ = answer.keep;
    used_ = Clock::now();
    co_return std::move(answer.response);
}

void Connection::close() {
    closed_ = true;
    resolver_.cancel();
    boost::system::error_code ignored;  // it is closed either way
    socket().close(ignored);
}

bool Connection::fit(std::chrono::milliseconds idle_at_most) {
    if (!reusable() || older_than(idle_at_most)) return false;
    char byte = 0;
    const auto got = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace net
