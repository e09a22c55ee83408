#include "kapso/turnstile.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "kapso/sender.hpp"
#include "tests/support/call.hpp"
#include "tests/support/sending.hpp"
#include "tests/support/tiny_server.hpp"

namespace {

using namespace std::chrono_literals;
using domain::conversation::Accepted;
using domain::conversation::Rejected;
using domain::conversation::SendOutcome;
using kapso::Turnstile;
using tiny::Peer;
using tiny::response;

constexpr auto accepted = R"({"messages":[{"id":"wamid.1"}]})";

struct TurnstileTest : testing::Test {
    std::unique_ptr<net::Client> client = net::make_client();

    static kapso::Sender sender_to(const tiny::Server& server, net::Client& client,
                                   Turnstile& turnstile) {
        return {client, turnstile, server.url("/v24.0"), "key"};
    }
    static void send(const kapso::Sender& sender, const std::string& to,
                     tests::Promised<SendOutcome>& outcome) {
        tests::send_in_turn(sender, {"1", to, "Hi", ""}, outcome.callback());
    }
};

TEST_F(TurnstileTest, TwoSendsToOnePersonNeverOverlapWhateverTheNumberLooksLike) {
    std::atomic<int> open = 0, most = 0;
    const auto serve = [&](Peer& peer) {
        while (!peer.request().empty()) {
            most = std::max(most.load(), ++open);
            peer.gone(30ms);
            --open;
            peer.write(response(200, accepted));
        }
    };
    tiny::Server server({serve});
    Turnstile turnstile;
    const auto sender = sender_to(server, *client, turnstile);
    std::vector<tests::Promised<SendOutcome>> outcomes(6);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto* to = i % 2 == 0 ? "+52 1 55 1234 5678" : "525512345678";
        send(sender, to, outcomes[i]);
    }
    for (auto& outcome : outcomes) {
        EXPECT_TRUE(std::holds_alternative<Accepted>(outcome.get()));
    }
    EXPECT_EQ(most, 1);
}

TEST_F(TurnstileTest, ATurnThatIsDroppedLeavesRoomForTheNext) {
    tiny::Server server({[](Peer& peer) {
        while (!peer.request().empty()) peer.write(response(200, accepted));
    }});
    Turnstile turnstile;
    const auto sender = sender_to(server, *client, turnstile);
    tests::Promised<kapso::Turn> first;
    tests::Promised<SendOutcome> second;
    sender.turn("1", "34600100200", 2, first.callback());
    {
        const auto turn = first.get();
        send(sender, "34600100200", second);
        EXPECT_EQ(turnstile.figures().waiting, 1U);
    }
    EXPECT_TRUE(std::holds_alternative<Accepted>(second.get()));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(TurnstileTest, A429StopsEverySendAndSaysForHowLong) {
    tiny::Server server({[](Peer& peer) {
        while (!peer.request().empty()) {
            peer.write(response(429, R"({"error":"Rate limit exceeded"})",
                                "Retry-After: 60\r\nX-RateLimit-Limit: 100\r\n"
                                "X-RateLimit-Remaining: 0\r\n"));
        }
    }});
    Turnstile turnstile;
    const auto sender = sender_to(server, *client, turnstile);
    tests::Promised<SendOutcome> first, second;
    send(sender, "34600100200", first);
    const auto refused = std::get<Rejected>(first.get());
    EXPECT_TRUE(refused.may_retry);
    EXPECT_EQ(refused.retry_after, 60s);
    send(sender, "34600100201", second);
    const auto paced = std::get<Rejected>(second.get());
    EXPECT_TRUE(paced.reason.starts_with("paced: ")) << paced.reason;
    EXPECT_EQ(paced.code, events::held_back);
    EXPECT_TRUE(paced.may_retry);
    EXPECT_GT(paced.retry_after.value_or(0s), 50s);
    EXPECT_EQ(server.connections(), 1) << "surely nothing was sent";
    EXPECT_EQ(turnstile.counts(), (std::map<std::string, std::uint64_t>{{"429", 1}, {"paced", 1}}));
    EXPECT_EQ(turnstile.figures().limit, 100);
}

/// An intent whose outcome nobody wrote down before the end would be left to a person.
TEST_F(TurnstileTest, ARefusalThatNamesNoTimeIsToldWhenAnotherTryMakesSense) {
    tiny::Server server({[](Peer& peer) {
        while (!peer.request().empty()) {
            peer.write(response(400, R"({"error":{"code":131056,"message":"too many"}})"));
        }
    }});
    Turnstile turnstile;
    const auto sender = sender_to(server, *client, turnstile);
    tests::Promised<SendOutcome> outcome;
    send(sender, "34600100200", outcome);
    EXPECT_EQ(std::get<Rejected>(outcome.get()).retry_after, 6s);
}

TEST_F(TurnstileTest, WhatWaitsAndWhatComesIsRefusedWhenItClosesAndMayBeTriedAgain) {
    tiny::Server server({[](Peer& peer) { peer.request(), peer.gone(); }});
    tests::Promised<SendOutcome> first, second, third;
    {
        Turnstile turnstile;
        const auto sender = sender_to(server, *client, turnstile);
        send(sender, "34600100200", first);
        send(sender, "34600100200", second);
        turnstile.close();
        send(sender, "34600100201", third);
        for (auto* outcome : {&second, &third}) {
            const auto refused = std::get<Rejected>(outcome->get());
            EXPECT_EQ(refused.reason, "paced: shut down");
            EXPECT_TRUE(refused.may_retry);
            EXPECT_EQ(refused.retry_after, 10s);
        }
    }
    EXPECT_LE(server.connections(), 1) << "nothing of them was sent";
    client.reset();  // the answer of what had left comes after the turnstile's end
    first.get();
}

}  // namespace
