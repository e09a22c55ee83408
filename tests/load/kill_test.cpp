#include <gtest/gtest.h>

#include "sandbox/sandbox.hpp"
#include "tests/load/database.hpp"

namespace load {
namespace {

constexpr int persons = 300, messages = 1200, kills = 3;

class Kill : public testing::TestWithParam<Kind> {
protected:
    std::chrono::milliseconds some_time(int most) {
        return std::chrono::milliseconds(random_() % static_cast<unsigned>(most));
    }

    const unsigned seed_ = std::random_device{}();
    const testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
    std::mt19937 random_{seed_};
};
INSTANTIATE_TEST_SUITE_P(Stores, Kill, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

/// What a client was told is durable is in the log, once, and nothing is there twice.
void expect_kept(const Told& told, const std::set<int>& accepted) {
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
    for (const int message : accepted) EXPECT_TRUE(told.received.contains(wamid_of(message)));
}

TEST_P(Kill, WhatWasAnsweredIsInTheLogOnceHoweverOftenTheServerIsKilled) {
    const Database database(GetParam());
    Served hilo(HILO_BINARY, database.environment());
    Provider provider(shuffled(messages, persons, seed_), {hilo.port()}, 16);
    for (int i = 1; i <= kills; ++i) {
        const auto share = provider.size() * static_cast<std::size_t>(i) / (kills + 2);
        ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= share; })) << hilo.said();
        std::this_thread::sleep_for(some_time(100));
        hilo.end(SIGKILL);
        const auto accepted = provider.accepted();
        expect_kept(database.told(), accepted);
        hilo.start();
    }
    ASSERT_TRUE(provider.finish(60s)) << hilo.said();
    EXPECT_GT(provider.statuses()[0], 0) << "no request was cut off: the kills showed nothing";
    const auto told = database.told();
    expect_kept(told, provider.accepted());
    EXPECT_EQ(told.received.size(), static_cast<std::size_t>(messages));
    EXPECT_EQ(told.opened.size(), static_cast<std::size_t>(persons));
    EXPECT_EQ(told.kept, 0);
    EXPECT_EQ(database.defect(), "");
}

/// A provider and models that answer quickly, and customers who write to it.
class Outside {
public:
    explicit Outside(std::uint16_t webhook_port)
        : sandbox_(options("http://127.0.0.1:" + std::to_string(webhook_port))) {
        sandbox_.start();
    }
    void put_into(Environment& environment) const {
        const auto here = "http://127.0.0.1:" + std::to_string(sandbox_.port());
        environment["KAPSO_API_BASE_URL"] = here + "/meta/whatsapp/v24.0";
        environment["DEEPSEEK_BASE_URL"] = here;
    }
    /// One message from each customer in [first, last); the provider's ids are remembered.
    void write(int first, int last) {
        tests::RawHttp phone(sandbox_.port());
        for (int i = first; i < last; ++i) {
            const nlohmann::json message{{"from", std::to_string(34'700'000'000LL + i)},
                                         {"text", "unique " + std::to_string(i)}};
            const auto answer =
                phone.exchange(tests::raw_request("POST", "/sandbox/customer", message.dump()));
            wamids_.push_back(nlohmann::json::parse(tests::body_of(answer)).at("wamid"));
        }
    }
    /// Per message of a customer: acknowledged, answers.
    nlohmann::json counts() const {
        tests::RawHttp control(sandbox_.port());
        const auto answer = control.exchange(tests::raw_request("GET", "/sandbox/counts"));
        return nlohmann::json::parse(tests::body_of(answer)).at("inbound");
    }
    std::size_t answers() const {
        std::size_t sum = 0;
        for (const auto& one : counts()) sum += one.at("answers").get<std::size_t>();
        return sum;
    }
    const std::vector<std::string>& wamids() const { return wamids_; }

private:
    static sandbox::Options options(const std::string& webhook) {
        sandbox::Options options;
        options.webhook_url = webhook + "/api/whatsapp/webhook";
        options.webhook_secret = secret;
        options.api_key = "made-up";
        options.line = line;
        options.switches.retry_scale = 0.1;  // after 1, 4 and 9 seconds
        options.switches.model_latency = 50;
        options.switches.send_latency = 20;
        options.switches.status_delay = 50;
        return options;
    }

    sandbox::Sandbox sandbox_;
    std::vector<std::string> wamids_;
};

void switch_on(const Served& hilo) {
    const auto answer =
        hilo.ask("PUT", "/api/settings",
                 R"({"chatbotEnabled": true, "aiEnabled": true, "debounceSeconds": 0})");
    ASSERT_EQ(tests::status_of(answer), 200) << answer << hilo.said();
}

bool all_closed(const Database& database, const Outside& outside) {
    const auto told = database.told();
    return std::ranges::all_of(outside.wamids(),
                               [&](const auto& wamid) { return told.has_closed(wamid); });
}

/// Every customer's message was taken and closed once and answered once; or not, where the log says
/// that the outcome of its send isn't known.
void expect_answered_once(const Database& database, const Outside& outside) {
    const auto told = database.told();
    const auto counts = outside.counts();
    int unknown = 0;
    for (const auto& wamid : outside.wamids()) {
        SCOPED_TRACE(wamid);
        ASSERT_TRUE(told.received_id.contains(wamid));
        EXPECT_EQ(told.received.at(wamid), 1);
        const auto id = told.received_id.at(wamid);
        ASSERT_TRUE(told.closed.contains(id));
        EXPECT_EQ(told.closed.at(id), 1);
        ASSERT_TRUE(told.answered_by.contains(id));
        const auto attempt = told.answered_by.at(id);
        EXPECT_EQ(told.intents.at(attempt), 1);
        const auto answers = counts.at(wamid).at("answers").get<int>();
        EXPECT_LE(answers, 1);
        if (answers == 0) {
            EXPECT_FALSE(told.accepted.contains(attempt));
            ++unknown;
        }
    }
    testing::Test::RecordProperty("unknown", unknown);
    // A kill cuts off what is being sent, which is far from all.
    EXPECT_LT(unknown, static_cast<int>(outside.wamids().size()) / 2);
}

/// A server whose outside is a sandbox that delivers to `webhook_port`.
Environment with(const Database& database, const Outside& outside, std::uint16_t port) {
    auto environment = database.environment();
    outside.put_into(environment);
    environment["PORT"] = std::to_string(port);
    return environment;
}

TEST_P(Kill, NoCustomerIsAnsweredTwiceHoweverOftenTheServerIsKilled) {
    const Database database(GetParam());
    const auto port = free_port();
    Outside outside(port);
    Served hilo(HILO_BINARY, with(database, outside, port));
    switch_on(hilo);
    constexpr int customers = 120;
    for (int i = 0; i < kills; ++i) {
        outside.write(i * customers / kills, (i + 1) * customers / kills);
        const auto enough = outside.answers() + 5;
        EXPECT_TRUE(eventually(10s, [&] { return outside.answers() >= enough; })) << hilo.said();
        std::this_thread::sleep_for(some_time(100));
        hilo.end(SIGKILL);
        hilo.start();
    }
    EXPECT_TRUE(eventually(30s, [&] { return all_closed(database, outside); })) << hilo.said();
    // What is being sent gets its answer.
    EXPECT_TRUE(hilo.terminate(30s)) << hilo.said();
    expect_answered_once(database, outside);
    EXPECT_EQ(database.defect(), "");
}

TEST(Takeover, WhenTheProcessThatDecidesIsKilledTheOtherOneFinishesItsWork) {
    const Database database(Kind::postgresql);
    const auto port = free_port();
    Outside outside(port);
    Served first(HILO_BINARY, with(database, outside, free_port()));
    ASSERT_TRUE(eventually(10s, [&] { return first.decides(); })) << first.said();
    Served second(HILO_BINARY, with(database, outside, port));
    switch_on(second);
    outside.write(0, 60);
    ASSERT_TRUE(eventually(20s, [&] { return outside.answers() >= 5; })) << first.said();
    first.end(SIGKILL);
    EXPECT_TRUE(eventually(20s, [&] { return second.decides(); })) << second.said();
    EXPECT_TRUE(eventually(30s, [&] { return all_closed(database, outside); })) << second.said();
    EXPECT_TRUE(second.terminate(30s)) << second.said();
    expect_answered_once(database, outside);
}

}  // namespace
}  // namespace load
