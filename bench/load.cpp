#include "bench/load.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "bench/webhooks.hpp"

namespace bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct Run {
    Clock::time_point until;
    std::uint64_t next;
    Load load;
};

asio::awaitable<void> post(tcp::socket socket, Run& run) {
    boost::beast::flat_buffer buffer;
    while (Clock::now() < run.until) {
        const auto request = request_for(run.next++);
        const auto start = Clock::now();
        co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
        http::response<http::string_body> response;
        co_await http::async_read(socket, buffer, response, asio::use_awaitable);
        if (response.result_int() == 200) {
            run.load.milliseconds.push_back(milliseconds_since(start));
        } else {
            ++run.load.refused;
        }
    }
}

}  // namespace

Load post_for(std::chrono::seconds time, int connections, std::uint16_t port, std::uint64_t first) {
    asio::io_context io(1);
    const auto start = Clock::now();
    Run run{start + time, first, {}};
    for (int i = 0; i < connections; ++i) {
        tcp::socket socket(io);
        socket.connect({asio::ip::address_v4::loopback(), port});
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(io, post(std::move(socket), run), [](std::exception_ptr broken) {
            if (broken) std::rethrow_exception(broken);
        });
    }
    io.run();
    run.load.seconds = milliseconds_since(start) / 1000;
    return std::move(run.load);
}

}  // namespace bench
