#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "http/server.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/raw_http.hpp"

namespace tests {

using Json = nlohmann::json;

/// Stands where Hilo would: takes webhooks and keeps them.
class Product {
public:
    Product() : server_(http::Router(routes()), {}), port_(server_.start()) {}

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/webhook"; }
    /// From now on, the first `count` webhooks are refused with 503.
    void refuse(int count) {
        const std::lock_guard lock(mutex_);
        refusals_ = count;
    }
    /// At least `count` webhooks, waited for, as they came: one may overtake another.
    std::vector<http::Request> webhooks(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(wait(lock, [&] { return taken_.size() >= count; }))
            << "only " << taken_.size() << " of " << count << " webhooks came";
        return taken_;
    }
    /// The first webhook of an event, waited for.
    http::Request webhook(const std::string& event) {
        std::unique_lock lock(mutex_);
        std::optional<http::Request> found;
        const auto came = [&] {
            for (const auto& one : taken_) {
                if (!found && one.header("x-webhook-event") == event) found = one;
            }
            return found.has_value();
        };
        EXPECT_TRUE(wait(lock, came)) << "no webhook came for " << event;
        return found.value();
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return taken_.size();
    }

private:
    std::vector<http::Route> routes() {
        return {{"POST", "/webhook", http::Access::open,
                 [this](const http::Request& request, const http::Respond& respond) {
                     take(request, respond);
                 }}};
    }
    bool wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& holds) {
        return changed_.wait_for(lock, std::chrono::minutes(1), holds);
    }
    void take(const http::Request& request, const http::Respond& respond) {
        const std::lock_guard lock(mutex_);
        taken_.push_back(request);
        respond(http::text("", refusals_ > 0 ? 503 : 200));
        if (refusals_ > 0) --refusals_;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<http::Request> taken_;
    int refusals_ = 0;
    http::Server server_;
    std::uint16_t port_;
};

/// A product, and a sandbox in a hurry.
class Stage : public ::testing::Test {
protected:
    static constexpr const char* ana = "34600100200";

    Stage() : sandbox_(options()), port_(sandbox_.start()) {}

    sandbox::Options options() const {
        sandbox::Options options;
        options.webhook_url = product_.url();
        options.webhook_secret = "secret";
        options.api_key = "key";
        options.line = "555";
        options.switches.status_delay = 1;
        options.switches.batch_window = 20;
        options.switches.retry_scale = 0.0002;
        options.switches.send_latency = 0;
        options.switches.model_latency = 0;
        return options;
    }

    std::string raw(const std::string& method, const std::string& path,
                    const std::string& body = {}, const std::string& headers = {}) const {
        return RawHttp(port_).exchange(raw_request(method, path, body, headers));
    }
    /// The body of a 2xx answer.
    Json ask(const std::string& method, const std::string& path, const Json& body = {}) const {
        const auto response = raw(method, path, body.is_null() ? "" : body.dump());
        EXPECT_EQ(status_of(response) / 100, 2) << response;
        return Json::parse(body_of(response), nullptr, false);
    }
    void set(const Json& switches) const { ask("PUT", "/sandbox/switches", switches); }
    /// A customer writes; returns the wamid.
    std::string write(const std::string& text, const std::string& from = ana) const {
        return ask("POST", "/sandbox/customer", {{"from", from}, {"text", text}, {"name", "Ana"}})
            .at("wamid");
    }
    std::string post_message(const Json& body, const std::string& key = "key") const {
        return raw("POST", "/meta/whatsapp/v24.0/555/messages", body.dump(),
                   "X-API-Key: " + key + "\r\n");
    }
    static Json text_to(const std::string& to, const std::string& text) {
        return {{"messaging_product", "whatsapp"},
                {"recipient_type", "individual"},
                {"to", to},
                {"type", "text"},
                {"text", {{"body", text}}},
                {"biz_opaque_callback_data", "stream.attempt.mac"}};
    }
    std::string send(const std::string& text, const std::string& to = ana) const {
        return post_message(text_to(to, text));
    }
    /// The messages of one direction.
    std::vector<Json> messages(const std::string& direction) const {
        std::vector<Json> found;
        const auto all = ask("GET", "/sandbox/messages?since=0");
        for (const auto& message : all.at("messages")) {
            if (message.at("direction") == direction) found.push_back(message);
        }
        return found;
    }
    /// The events of all webhooks in the order in which they left.
    std::vector<std::string> told() const {
        std::vector<std::string> events;
        const auto all = ask("GET", "/sandbox/messages");
        for (const auto& delivery : all.at("deliveries")) events.push_back(delivery.at("event"));
        return events;
    }
    static Json body(const http::Request& webhook) { return Json::parse(webhook.body); }

    mutable Product product_;
    sandbox::Sandbox sandbox_;
    std::uint16_t port_;
};

}  // namespace tests
