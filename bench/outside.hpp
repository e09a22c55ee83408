#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bench/sample.hpp"

namespace bench {

/// A model and a Kapso that answer at once, over real HTTP, and remember when they were asked.
class Outside {
public:
    Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;
    ~Outside();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// How many messages Kapso was asked to send.
    std::uint64_t sends() const { return sends_; }

    /// Watches for the model's request that quotes `text`.
    void expect(std::string text);
    /// When its last byte had come, or nothing where it doesn't come in time.
    std::optional<Clock::time_point> arrived(std::chrono::milliseconds at_most);

private:
    using Socket = boost::asio::ip::tcp::socket;
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(Socket socket);
    std::string answer_to(const std::string& target, const std::string& body);
    void note_question(const std::string& body);

    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<std::uint64_t> sends_ = 0;
    std::mutex mutex_;
    std::condition_variable noted_;
    std::string expected_;
    std::optional<Clock::time_point> arrived_;
    std::thread thread_;
};

}  // namespace bench
