#include <algorithm>
#include <sstream>

#include "http/server_core.hpp"
#include "net/http_date.hpp"

namespace http {
namespace {

constexpr std::chrono::milliseconds linger_time{1'000};
constexpr std::size_t first_read = std::size_t{2} << 10;  // most webhooks, with their headers
constexpr std::size_t body_read = std::size_t{16} << 10;
constexpr std::size_t small_answer = std::size_t{64} << 10;  // a webhook's 200 never lacks room
constexpr std::chrono::milliseconds between_cancellations{100};
constexpr std::chrono::milliseconds between_drops{100};

/// What ends an exchange without an answer, because nobody is there to read one.
Response no_answer() {
    Response response;
    response.reset = true;
    return response;
}

Request head_of(const Parser::value_type& message) {
    Request request;
    request.method = message.method_string();
    for (const auto& field : message) {
        std::string name(field.name_string());
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        auto& value = request.headers[name];
        if (!value.empty()) value += ", ";
        value += field.value();
    }
    return request;
}

/// The method and target of a request whose header is too long to be parsed, as far as they came.
std::pair<std::string, std::string> request_line(const Parser& parser,
                                                 const beast::flat_buffer& buffer) {
    if (!parser.get().target().empty()) {
        return {parser.get().method_string(), parser.get().target()};
    }
    const std::string_view unread(static_cast<const char*>(buffer.data().data()), buffer.size());
    const auto line = unread.substr(0, unread.find("\r\n"));
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || last <= first) return {};
    return {std::string(line.substr(0, first)),
            std::string(line.substr(first + 1, last - first - 1))};
}

/// Whether it is known where the body ends. Beast takes a coding that it doesn't know for no body,
/// and would read the body as the next request.
bool is_framed(const Parser::value_type& message) {
    const auto codings = message.count(beast::http::field::transfer_encoding);
    return codings == 0 ||
           (codings == 1 && message.version() >= 11 &&
            beast::iequals(message[beast::http::field::transfer_encoding], "chunked"));
}

std::string in_bytes(const Rendered& response) {
    std::ostringstream bytes;
    bytes << response;
    return bytes.str();
}

std::string address_of(const tcp::socket& socket) {
    error_code ec;
    const auto address = socket.remote_endpoint(ec).address();
    if (ec) return {};
    const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                  : address.to_string();
}

}  // namespace

Rendered rendered(Response response, unsigned version, bool keep) {
    Rendered out;
    out.version(version);
    out.result(static_cast<unsigned>(response.status));
    if (!response.content_type.empty()) out.set("Content-Type", response.content_type);
    out.set(
        "Date",
        net::http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
    out.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) out.insert(name, value);
    out.keep_alive(keep);
    out.body() = std::move(response.body);
    out.prepare_payload();
    return out;
}

Connection::Connection(ServerCore& core, tcp::socket socket)
    : core_(core),
      limits_(core.options.limits),
      socket_(std::move(socket)),
      deadline_(core.io),
      answer_arrives_(core.io),
      buffer_(limits_.header_bytes + (std::size_t{64} << 10)),
      peer_(address_of(socket_)) {}

// No co_await inside a condition: g++ 12 makes a trap of it under the sanitizers.
awaitable<void> Connection::serve() {
    bool again = true;
    while (again) {
        again = co_await first_byte();
        if (again) {
            again = co_await exchange();
        } else if (displaced_ && exchange_ == 0) {
            co_await say_that_there_is_no_room();  // who was served before knows that it may end
        }
        body_.reset();
    }
    close();
}

void Connection::displace() {
    displaced_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

awaitable<void> Connection::say_that_there_is_no_room() {
    enter(State::answering, linger_time);
    core_.count_no_room();
    error_code ec;
    co_await beast::http::async_write(socket_, core_.turned_away_with, into(ec));
    if (!ec) co_await linger();
}

void Connection::close() {
    error_code ignored;
    deadline_.cancel();
    answer_arrives_.cancel();
    socket_.close(ignored);
}

void Connection::enter(State state, std::chrono::milliseconds time) {
    if (state != state_) since_ = Clock::now();
    state_ = state;
    timed_out_ = false;
    deadline_.expires_after(time);
    watch_deadline();
}

void Connection::watch_deadline() {
    deadline_.async_wait([self = shared_from_this()](error_code ec) {
        // An expiry that was queued while the next step set its own deadline is no expiry.
        if (ec || !self->socket_.is_open() || self->deadline_.expiry() > Clock::now()) return;
        self->timed_out_ = true;
        error_code ignored;
        self->socket_.cancel(ignored);
        // An operation whose end is queued already goes on as if nothing had been; its successor in
        // the same step is cancelled next time.
        self->deadline_.expires_after(between_cancellations);
        self->watch_deadline();
    });
}

awaitable<bool> Connection::first_byte() {
    enter(State::idle, limits_.idle);
    error_code ec;
    if (buffer_.size() == 0) {
        const auto size = co_await socket_.async_read_some(buffer_.prepare(first_read), into(ec));
        buffer_.commit(size);
    }
    arrived_ = Clock::now();
    co_return !ec;
}

awaitable<bool> Connection::exchange() {
    Parser parser;
    Request request;
    route_ = nullptr;
    body_ = std::make_shared<BodyShare>(core_.bodies);
    auto found = co_await read(parser, request);
    const auto* match = std::get_if<Router::Match>(&found);
    Response response;
    if (match != nullptr) {
        response = co_await answer(*match->route, std::move(request));
    } else {
        response = std::move(std::get<Response>(found));
    }
    if (response.reset) {
        reset();
        co_return false;
    }
    BodyShare going_out(core_.answers);  // until the other side has taken it
    if (response.body.size() > small_answer &&
        !going_out.grow(response.body.size(), limits_.answers_bytes)) {
        response = busy();
    }
    core_.count(route_, response.status);
    const bool whole = parser.is_done() && is_framed(parser.get());
    const bool keep = whole && parser.keep_alive() && !core_.stopping;
    const bool sent = co_await write(std::move(response), parser, keep);
    if (sent && !whole) co_await linger();
    co_return sent&& keep;
}

awaitable<Connection::Found> Connection::read(Parser& parser, Request& request) {
    enter(State::reading, limits_.read);
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
    parser.body_limit(boost::none);  // judged once the route is known
    error_code ec = co_await read_header(parser);
    if (ec == beast::http::error::header_limit || ec == beast::http::error::buffer_overflow) {
        co_return over_header_limit(parser);
    }
    if (ec) co_return failed_read(ec);
    auto found = judge(parser, request);
    if (std::holds_alternative<Response>(found)) co_return found;
    parser.body_limit(limits_.body_bytes);
    if (!parser.is_done()) ec = co_await read_body(parser);
    if (ec) co_return failed_read(ec);
    buffer_.shrink_to_fit();  // the answer may take seconds, to hundreds at a time
    request.body = std::move(parser.get().body());
    request.params = std::move(std::get<Router::Match>(found).params);
    co_return found;
}

/// Beast limits a header that is parsed at once; fields that arrive little by little are counted
/// here.
awaitable<error_code> Connection::read_header(Parser& parser) {
    std::size_t size = 0;
    while (!parser.is_header_done()) {
        error_code ec;
        const auto read = co_await beast::http::async_read_some(socket_, buffer_, parser, into(ec));
        if (ec) co_return ec;
        size += read;
        if (size > limits_.header_bytes) co_return beast::http::error::header_limit;
    }
    co_return error_code();
}

/// Everything that can be said before the body is read.
Connection::Found Connection::judge(const Parser& parser, Request& request) {
    const auto& message = parser.get();
    request = head_of(message);
    request.peer = peer_;
    request.arrived = arrived_;
    if (!read_target({message.target().data(), message.target().size()}, request)) {
        return error(400, "bad_request", "the request's target is malformed");
    }
    if (message.version() >= 11 && !request.headers.contains("host")) {
        return error(400, "bad_request", "the Host header is missing");
    }
    auto found = core_.router.find(request.method, request.path);
    const auto* match = std::get_if<Router::Match>(&found);
    if (match == nullptr) return found;
    route_ = match->route;
    if (!is_framed(message)) {
        return error(501, "unknown_coding", "the one Transfer-Encoding that is read is chunked");
    }
    if (parser.content_length().value_or(0) > limits_.body_bytes) {
        return failed_read(beast::http::error::body_limit);
    }
    if (auto no = refusal(match->route->access, request, core_.options.admin_token)) return *no;
    return found;
}

Response Connection::over_header_limit(const Parser& parser) const {
    const auto [method, target] = request_line(parser, buffer_);
    Request request;
    if (!target.empty() && read_target(target, request)) {
        auto found = core_.router.find(method, request.path);
        if (auto* no = std::get_if<Response>(&found)) return std::move(*no);
    }
    return error(431, "headers_too_large",
                 "the headers are over " + std::to_string(limits_.header_bytes) + " bytes");
}

Response Connection::failed_read(error_code ec) const {
    if (displaced_) return no_room();
    if (timed_out_) return error(408, "timeout", "the request took too long to arrive");
    if (ec == beast::http::error::body_limit) {
        return error(413, "too_large",
                     "the body is over " + std::to_string(limits_.body_bytes) + " bytes");
    }
    if (ec == asio::error::no_buffer_space) return busy();
    const bool is_ours =
        ec.category() == make_error_code(beast::http::error::bad_method).category();
    if (!is_ours || ec == beast::http::error::end_of_stream ||
        ec == beast::http::error::partial_message) {
        return no_answer();
    }
    return error(400, "bad_request", "this is no HTTP/1.1: " + ec.message());
}

/// Counts what has come and not what was declared: nobody can book the room for all bodies with a
/// header and keep it.
awaitable<error_code> Connection::read_body(Parser& parser) {
    error_code ec;
    if (beast::iequals(parser.get()["Expect"], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(socket_, asio::buffer(go_on), into(ec));
    }
    parser.eager(true);
    buffer_.reserve(
        std::min<std::uint64_t>(body_read, parser.content_length().value_or(body_read)));
    while (!ec && !parser.is_done()) {
        co_await beast::http::async_read_some(socket_, buffer_, parser, into(ec));
        const auto size = parser.get().body().size();
        if (!ec && !body_->grow(size, limits_.bodies_bytes)) ec = asio::error::no_buffer_space;
    }
    co_return ec;
}

awaitable<Response> Connection::answer(const Route& route, Request request) {
    enter(State::answering, limits_.answer + limits_.write);
    answer_.reset();
    const auto until = Clock::now() + limits_.answer;
    // Who has little patience has had it since its first byte.
    answer_arrives_.expires_at(route.patience ? std::min(arrived_ + *route.patience, until)
                                              : until);
    core_.call(route, std::move(request), respond());
    error_code cancelled;
    co_await answer_arrives_.async_wait(into(cancelled));
    ++exchange_;
    if (answer_) co_return std::move(*answer_);
    if (route.patience) co_return busy("nothing could be said in time; send it again", 10);
    co_return error(504, "no_answer_in_time", "the answer took too long; ask again");
}

Respond Connection::respond() {
    return Respond([core = core_.weak_from_this(), connection = weak_from_this(),
                    exchange = exchange_, share = body_](Response response) {
        const auto alive = core.lock();
        if (!alive) return;
        asio::post(alive->io, [connection, exchange, response = std::move(response)]() mutable {
            if (const auto self = connection.lock()) self->take(exchange, std::move(response));
        });
    });
}

void Connection::take(std::uint64_t exchange, Response response) {
    if (exchange != exchange_) return;
    answer_ = std::move(response);
    answer_arrives_.cancel();
}

awaitable<bool> Connection::write(Response response, const Parser& parser, bool keep) {
    enter(State::answering, limits_.write);
    const bool head = parser.get().method() == beast::http::verb::head;
    const auto version = parser.get().version() == 10 ? 10U : 11U;
    const bool whole = response.missing == 0 && !response.drips;
    const auto missing = response.missing;
    auto out = rendered(std::move(response), version, keep);
    error_code ec;
    if (!whole) {
        co_await write_badly(in_bytes(out), missing);
        co_return false;
    }
    if (head) {
        beast::http::response<beast::http::empty_body> bare(std::move(out.base()));
        co_await beast::http::async_write(socket_, bare, into(ec));
    } else {
        co_await beast::http::async_write(socket_, out, into(ec));
    }
    co_return !ec;
}

/// All but its end, a byte at a time where nothing is missing.
awaitable<void> Connection::write_badly(std::string bytes, std::size_t missing) {
    enter(State::answering, limits_.answer);
    bytes.resize(bytes.size() - std::min(missing, bytes.size()));
    const std::size_t at_once = missing > 0 ? bytes.size() : 1;
    asio::steady_timer pause(core_.io);
    error_code ec;
    for (std::size_t at = 0; at < bytes.size() && !ec; at += at_once) {
        co_await asio::async_write(socket_, asio::buffer(&bytes[at], at_once), into(ec));
        pause.expires_after(between_drops);
        error_code ignored;
        co_await pause.async_wait(into(ignored));
    }
}

/// Closing with input unread would reset the connection and lose the answer on its way.
awaitable<void> Connection::linger() {
    enter(State::idle, linger_time);
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    buffer_.clear();
    while (!ec) co_await socket_.async_read_some(buffer_.prepare(first_read), into(ec));
}

void Connection::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

}  // namespace http
