#pragma once

#include <boost/asio.hpp>
#include <memory>

#include "tests/load/traffic.hpp"

namespace load {

/// Webhooks that arrive at a rate, whether or not the ones before them were answered: each on a
/// connection of its own, as from a provider that knows nothing of the server's load.
class Arrivals {
public:
    struct Answered {
        int status = 0;  // 0: the connection broke, or nothing came within `patience`
        Clock::duration waited{};
        std::string why{};  // where it is 0
    };
    static constexpr auto patience = 15s;
    /// Who would be one more waits before it calls. Of those that a server doesn't answer the
    /// system keeps 4,096 for it, and leaves the others to try again after seconds.
    static constexpr int most_at_once = 8'000;

    /// Messages from `first` on, of `persons` customers, `rate` of them a second for `time`.
    /// Returns when the last one is answered. `beside` is called about every tenth of a second.
    Arrivals(std::uint16_t port, int first, int persons, double rate, Clock::duration time,
             std::function<void()> beside = {})
        : port_(port), beside_(std::move(beside)) {
        const auto count = static_cast<int>(rate * std::chrono::duration<double>(time).count());
        all_.resize(static_cast<std::size_t>(count));
        // Made before the first one calls: what this program does meanwhile the server can't.
        for (int i = 0; i < count; ++i) {
            requests_.push_back(webhook_request(single(first + i, persons).text));
        }
        spawn(arrive(
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate))));
        if (beside_) spawn(look());
        io_.run();
    }

    const std::vector<Answered>& all() const { return all_; }
    /// How many really came in a second, where this program was busy, too.
    double rate() const {
        return static_cast<double>(all_.size()) / std::chrono::duration<double>(took_).count();
    }
    int with(int status) const {
        return static_cast<int>(std::ranges::count(all_, status, &Answered::status));
    }
    /// Why there was no status, and how often.
    std::map<std::string, int> broken() const {
        std::map<std::string, int> out;
        for (const auto& one : all_) {
            if (one.status == 0) ++out[one.why];
        }
        return out;
    }
    /// How long the given share (0.99) of those with this status waited at most; zero where there
    /// are none.
    std::chrono::milliseconds percentile(int status, double share) const {
        std::vector<Clock::duration> waited;
        for (const auto& one : all_) {
            if (one.status == status) waited.push_back(one.waited);
        }
        if (waited.empty()) return {};
        std::ranges::sort(waited);
        const auto at = static_cast<std::size_t>(share * static_cast<double>(waited.size() - 1));
        return std::chrono::ceil<std::chrono::milliseconds>(waited[at]);
    }

private:
    using Socket = boost::asio::ip::tcp::socket;
    using Error = boost::system::error_code;
    template <class T = void>
    using Job = boost::asio::awaitable<T>;

    static auto into(Error& error) {
        return boost::asio::redirect_error(boost::asio::use_awaitable, error);
    }
    void spawn(Job<> job) {
        boost::asio::co_spawn(io_, std::move(job), [](const std::exception_ptr& thrown) {
            if (thrown) std::rethrow_exception(thrown);
        });
    }

    Job<> arrive(Clock::duration between) {
        boost::asio::steady_timer clock(io_);
        const auto start = Clock::now();
        for (std::size_t i = 0; i < all_.size(); ++i) {
            const auto when = start + between * static_cast<int>(i);
            clock.expires_at(when);
            if (when > Clock::now()) co_await clock.async_wait(boost::asio::use_awaitable);
            while (at_once_ >= most_at_once) {
                clock.expires_after(1ms);
                co_await clock.async_wait(boost::asio::use_awaitable);
            }
            spawn(deliver(requests_[i], all_[i]));
        }
        over_ = true;
        took_ = Clock::now() - start;
    }
    Job<> look() {
        boost::asio::steady_timer clock(io_);
        while (!over_) {
            beside_();
            clock.expires_after(100ms);
            co_await clock.async_wait(boost::asio::use_awaitable);
        }
    }
    Job<> deliver(const std::string& request, Answered& answered) {
        ++at_once_;
        const auto since = Clock::now();
        const auto socket = std::make_shared<Socket>(io_);
        boost::asio::steady_timer limit(io_, since + patience);
        limit.async_wait([socket](Error error) {
            Error ignored;
            if (!error) socket->close(ignored);
        });
        answered.status = co_await exchange(*socket, request, answered.why);
        answered.waited = Clock::now() - since;
        --at_once_;
    }
    Job<int> exchange(Socket& socket, const std::string& request, std::string& why) const {
        Error error;
        co_await socket.async_connect({boost::asio::ip::address_v4::loopback(), port_},
                                      into(error));
        if (error) {
            why = "connecting: " + error.message();
            co_return 0;
        }
        co_await boost::asio::async_write(socket, boost::asio::buffer(request), into(error));
        std::string answer;
        // Also where the request could not be written whole: who is turned away is told why.
        co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(answer),
                                               "\r\n\r\n", into(error));
        if (error) why = "reading: " + error.message();
        co_return tests::status_of(answer);
    }

    boost::asio::io_context io_{1};
    const std::uint16_t port_;
    const std::function<void()> beside_;
    std::vector<std::string> requests_;
    std::vector<Answered> all_;
    int at_once_ = 0;
    bool over_ = false;
    Clock::duration took_{};
};

}  // namespace load
