#pragma once

#include <gtest/gtest.h>

#include "sandbox/sandbox.hpp"
#include "tests/load/database.hpp"
#include "tests/support/places.hpp"

namespace load {

/// A provider and models that answer quickly, and customers who write to it.
class Outside {
public:
    explicit Outside(std::uint16_t webhook_port)
        : sandbox_(options("http://127.0.0.1:" + std::to_string(webhook_port))) {
        sandbox_.start();
    }
    /// Changes how it behaves, by a JSON object of switches.
    void change(const nlohmann::json& switches) const {
        const auto answer = ask("PUT", "/sandbox/switches", switches.dump());
        if (tests::status_of(answer) != 200) throw std::runtime_error(answer);
    }
    void put_into(Environment& environment) const {
        const auto here = "http://127.0.0.1:" + std::to_string(sandbox_.port());
        environment["KAPSO_API_BASE_URL"] = here + "/meta/whatsapp/v24.0";
        environment["DEEPSEEK_BASE_URL"] = here;
    }
    /// One message from each customer in [first, last); the provider's ids are remembered.
    void write(int first, int last) {
        for (int i = first; i < last; ++i) {
            write_as(std::to_string(34'700'000'000LL + i), "unique " + std::to_string(i));
        }
    }
    void write_as(const std::string& from, const std::string& text) {
        const nlohmann::json message{{"from", from}, {"text", text}};
        const auto answer = ask("POST", "/sandbox/customer", message.dump());
        wamids_.push_back(nlohmann::json::parse(tests::body_of(answer)).at("wamid"));
    }
    /// Per message of a customer: acknowledged, answers.
    nlohmann::json counts() const {
        const auto answer = ask("GET", "/sandbox/counts");
        return nlohmann::json::parse(tests::body_of(answer)).at("inbound");
    }
    std::size_t answers() const {
        std::size_t sum = 0;
        for (const auto& one : counts()) sum += one.at("answers").get<std::size_t>();
        return sum;
    }
    const std::vector<std::string>& wamids() const { return wamids_; }

private:
    /// The machine is busy on purpose, so the wait is long; its end is an error of its own.
    std::string ask(std::string_view method, const std::string& path,
                    const std::string& body = {}) const {
        const auto began = Clock::now();
        tests::RawHttp connection(sandbox_.port(), std::chrono::seconds(60));
        auto answer = connection.exchange(tests::raw_request(method, path, body));
        if (!answer.empty()) return answer;
        const auto waited = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began);
        throw std::runtime_error("the sandbox answers nothing to " + path + ", after " +
                                 std::to_string(waited.count()) + " s");
    }
    static sandbox::Options options(const std::string& webhook) {
        sandbox::Options options;
        options.webhook_url = webhook + "/api/whatsapp/webhook";
        options.webhook_secret = secret;
        options.api_key = "made-up";
        options.line = line;
        options.messages_at_most = 1'000'000;  // its count is what the promises are held against
        options.switches.retry_scale = 0.1;    // after 1, 4 and 9 seconds
        options.switches.model_latency = 50;
        options.switches.send_latency = 20;
        options.switches.status_delay = 50;
        return options;
    }

    sandbox::Sandbox sandbox_;
    std::vector<std::string> wamids_;
};

/// However long faults keep a message back, it is not too old to be answered.
inline void switch_on(const Served& hilo) {
    const auto answer = hilo.ask("PUT", "/api/settings",
                                 R"({"chatbotEnabled": true, "aiEnabled": true,)"
                                 R"( "debounceSeconds": 0, "maxAnswerAgeMinutes": 1440})");
    ASSERT_EQ(tests::status_of(answer), 200) << answer << hilo.said();
}

inline bool all_closed(const Database& database, const Outside& outside) {
    const auto told = database.told();
    return std::ranges::all_of(outside.wamids(),
                               [&](const auto& wamid) { return told.has_closed(wamid); });
}

/// A server whose outside is a sandbox that delivers to `webhook_port`.
inline Environment with(const Database& database, const Outside& outside, std::uint16_t port) {
    auto environment = database.environment();
    outside.put_into(environment);
    environment["PORT"] = std::to_string(port);
    return environment;
}

/// A server that answers, with its database and its outside: `auto& [database, port, outside,
/// hilo]`.
struct Answering {
    explicit Answering(Kind kind)
        : database(kind), hilo(support::hilo_binary(), with(database, outside, port)) {
        switch_on(hilo);
    }
    const Database database;
    const std::uint16_t port = free_port();
    Outside outside{port};
    Served hilo;
};

}  // namespace load
