#include "bench/outside.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto reply =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"bench","choices":[)"
    R"({"index":0,"message":{"role":"assistant","content":"It will arrive tomorrow."},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":5,)"
    R"("total_tokens":105}})";

}  // namespace

Outside::Outside()
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), thread_([this] {
          asio::co_spawn(io_, accept(), asio::detached);
          io_.run();
      }) {}

Outside::~Outside() {
    io_.stop();
    thread_.join();
}

void Outside::expect(std::string text) {
    const std::lock_guard lock(mutex_);
    expected_ = std::move(text);
    arrived_.reset();
}

std::optional<Clock::time_point> Outside::arrived(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    noted_.wait_for(lock, at_most, [&] { return arrived_.has_value(); });
    return arrived_;
}

asio::awaitable<void> Outside::accept() {
    for (;;) {
        auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> Outside::serve(Socket socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code ec;
    while (!ec) {
        http::request<http::string_body> request;
        co_await http::async_read(socket, buffer, request,
                                  asio::redirect_error(asio::use_awaitable, ec));
        if (ec) break;
        http::response<http::string_body> response(http::status::ok, 11);
        response.set("Content-Type", "application/json");
        response.body() = answer_to(std::string(request.target()), request.body());
        response.prepare_payload();
        co_await http::async_write(socket, response, asio::redirect_error(asio::use_awaitable, ec));
    }
}

std::string Outside::answer_to(const std::string& target, const std::string& body) {
    if (target.find("/completions") != std::string::npos) {
        note_question(body);
        return reply;
    }
    return R"({"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"wamid.SENT)" +
           std::to_string(++sends_) + R"("}]})";
}

void Outside::note_question(const std::string& body) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    if (arrived_ || expected_.empty() || body.find(expected_) == std::string::npos) return;
    arrived_ = now;
    noted_.notify_all();
}

}  // namespace bench
