#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>

#include "net/client.hpp"

/// Waiting for what comes back through a callback.
namespace tests {

/// A callback and the value that it was called with. Called twice, it throws and ends the test.
template <class T>
class Promised {
public:
    auto callback() {
        return [promise = promise_](T value) { promise->set_value(std::move(value)); };
    }
    T get() {
        if (future_.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
            throw std::runtime_error("the callback was not called within 30 s");
        }
        return future_.get();
    }

private:
    std::shared_ptr<std::promise<T>> promise_ = std::make_shared<std::promise<T>>();
    std::future<T> future_ = promise_->get_future();
};

inline Promised<net::Result> start(net::Client& client, net::Request request) {
    Promised<net::Result> result;
    client.send(std::move(request), result.callback());
    return result;
}
inline net::Result call(net::Client& client, net::Request request) {
    return start(client, std::move(request)).get();
}

inline net::Request request_to(std::string url, std::string body = "{}") {
    net::Request request;
    request.url = std::move(url);
    request.body = std::move(body);
    return request;
}
inline net::Request once(net::Request request) {
    request.once = true;
    return request;
}
inline net::Request within(net::Request request, int ms) {
    request.deadline = std::chrono::milliseconds(ms);
    return request;
}

/// The body of a response; what failed, otherwise.
inline std::string body_of(const net::Result& result) {
    if (const auto* response = std::get_if<net::Response>(&result)) return response->body;
    return "no response: " + std::get<net::Failure>(result).reason;
}
inline const net::Failure& failure_of(const net::Result& result) {
    static const net::Failure none{false, "a response"};
    const auto* failure = std::get_if<net::Failure>(&result);
    EXPECT_NE(failure, nullptr) << "expected a failure, got: " << body_of(result);
    return failure ? *failure : none;
}

}  // namespace tests
