#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "http/server.hpp"
#include "tests/support/raw_http.hpp"

namespace tests {

/// Holds what waits at it until it is opened.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_arrivals(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return arrived_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

inline http::Limits quick() {
    http::Limits limits;
    limits.connections = 8;
    limits.room_after = std::chrono::milliseconds(0);
    limits.header_bytes = 4096;
    limits.body_bytes = 64 * 1024;
    limits.workers = 1;
    limits.waiting_jobs = 1;
    limits.read = std::chrono::milliseconds(300);
    limits.idle = std::chrono::seconds(2);
    limits.answer = std::chrono::seconds(2);
    return limits;
}

/// A server with a route for every way to answer.
class ServerStage : public ::testing::Test {
protected:
    static constexpr std::size_t large = 16 << 20;  // more than the system keeps for a reader

    void start(http::Limits limits = quick(), std::string token = {}) {
        http::Options options;
        options.admin_token = std::move(token);
        options.limits = limits;
        options.counters = &counters_;
        auto all = routes();
        std::ranges::copy(gated_routes(), std::back_inserter(all));
        std::ranges::copy(large_routes(), std::back_inserter(all));
        server_.emplace(http::Router(std::move(all)), options);
        port_ = server_->start();
    }
    void TearDown() override {
        gate_.open();
        server_.reset();
        if (later_.joinable()) later_.join();
    }

    std::vector<http::Route> routes() {
        return {
            {"GET", "/hello", http::Access::open,
             [](const http::Request& request, const http::Respond& respond) {
                 respond(http::text("hello " + request.peer));
             }},
            {"POST", "/echo", http::Access::open,
             [](const http::Request& request, const http::Respond& respond) {
                 respond(http::text(request.body));
             }},
            {"GET", "/admin", http::Access::admin,
             [](const http::Request&, const http::Respond& respond) { respond(http::json("{}")); }},
            {"POST", "/admin", http::Access::admin,
             [](const http::Request&, const http::Respond& respond) { respond(http::json("{}")); }},
            {"GET", "/later", http::Access::open,
             [this](const http::Request&, const http::Respond& respond) {
                 later_ = std::thread([this, respond] {
                     gate_.pass();
                     respond(http::text("later"));
                     respond(http::text("twice"));
                 });
             }},
            {"GET", "/dropped", http::Access::open,
             [](const http::Request&, const http::Respond&) {}},
            {"GET", "/never", http::Access::open,
             [this](const http::Request&, const http::Respond& respond) {
                 kept_.push_back(respond);
             }},
            {"GET", "/patient", http::Access::open,
             [this](const http::Request&, const http::Respond& respond) {
                 kept_.push_back(respond);
             },
             false, std::chrono::milliseconds(50)},
            {"POST", "/hurried", http::Access::open,
             [this](const http::Request& request, const http::Respond& respond) {
                 if (request.body.empty()) return respond(http::text("at once"));
                 kept_.push_back(respond);
             },
             true, std::chrono::seconds(4)},
            {"GET", "/throws", http::Access::open,
             [](const http::Request&, const http::Respond&) {
                 throw std::runtime_error("secret");
             }},
            {"GET", "/throws-a-number", http::Access::open,
             [](const http::Request&, const http::Respond&) { throw 17; }, true},
            {"POST", "/waited", http::Access::open,
             [](const http::Request& request, const http::Respond& respond) {
                 const auto waited = std::chrono::steady_clock::now() - request.arrived;
                 respond(http::text(std::to_string(
                     std::chrono::duration_cast<std::chrono::milliseconds>(waited).count())));
             }},
            {"GET", "/reset", http::Access::open,
             [](const http::Request&, const http::Respond& respond) {
                 http::Response response;
                 response.reset = true;
                 respond(response);
             }},
        };
    }
    std::vector<http::Route> large_routes() {
        return {{"GET", "/large", http::Access::open,
                 [](const http::Request&, const http::Respond& respond) {
                     respond(http::text(std::string(large, 'x')));
                 }}};
    }
    /// Those that wait at the gate.
    std::vector<http::Route> gated_routes() {
        return {
            {"GET", "/stands", http::Access::open,  // and nobody else is served meanwhile
             [this](const http::Request&, const http::Respond& respond) {
                 gate_.pass();
                 respond(http::text("on"));
             }},
            {"GET", "/blocks", http::Access::open,
             [this](const http::Request&, const http::Respond& respond) {
                 gate_.pass();
                 respond(http::text("unblocked"));
             },
             true},
            {"POST", "/blocks", http::Access::open,
             [this](const http::Request& request, const http::Respond& respond) {
                 gate_.pass();
                 respond(http::text(request.body));
             },
             true},
        };
    }
    std::string ask(std::string_view bytes) { return RawHttp(port_).exchange(bytes); }
    int ask_status(std::string_view bytes) { return status_of(ask(bytes)); }

    http::Counters counters_;
    Gate gate_;
    std::thread later_;
    std::vector<http::Respond> kept_;
    std::optional<http::Server> server_;
    std::uint16_t port_ = 0;
};

}  // namespace tests
