#include "ai/models.hpp"

#include <gtest/gtest.h>

#include "tests/support/call.hpp"
#include "tests/support/tiny_server.hpp"

namespace {

using namespace std::chrono_literals;
using domain::conversation::Answer;
using tiny::Peer;
using tiny::response;

const std::string completion =
    R"({"model":"m","choices":[{"message":{"content":"Yes."}}],"usage":{"prompt_tokens":1}})";

/// Answers the n-th request with the n-th response, whichever connection it comes on.
tiny::Script in_turn(std::vector<std::string> responses) {
    auto next = std::make_shared<std::atomic<std::size_t>>(0);
    return [next, responses = std::move(responses)](Peer& peer) {
        while (!peer.request().empty()) {
            peer.write(responses[std::min((*next)++, responses.size() - 1)]);
        }
    };
}

class ModelsTest : public testing::Test {
protected:
    ai::Result ask(const tiny::Server& server, std::chrono::milliseconds deadline = 10s,
                   const std::string& key = "sk-secret-123456") {
        const ai::Models models(*client, {{"openai", {key, server.url("/v1")}}});
        tests::Promised<ai::Result> result;
        models.ask({.provider = "openai",
                    .model = "m",
                    .prompt = {"", {{domain::Speaker::customer, "Hi", {}, 1}}},
                    .deadline = deadline},
                   result.callback());
        return result.get();
    }
    static std::vector<events::FailedCall> attempts(const ai::Result& result) {
        if (const auto* failed = std::get_if<ai::Failed>(&result)) return failed->attempts;
        ADD_FAILURE() << "answered";
        return {};
    }

    std::unique_ptr<net::Client> client = net::make_client();
};

TEST_F(ModelsTest, AnswersWithATextAndItsTime) {
    tiny::Server server({[](Peer& peer) {
        peer.request();
        peer.gone(30ms);
        peer.write(response(200, completion));
    }});
    const auto result = ask(server);
    const auto& answer = std::get<Answer>(result);
    EXPECT_EQ(answer.text, "Yes.");
    EXPECT_EQ(answer.provider, "openai");
    EXPECT_EQ(answer.input_tokens, 1);
    EXPECT_GE(answer.took_ms, 30);
}

TEST_F(ModelsTest, TriesOnceMoreAfterAFailureThatMayPass) {
    tiny::Server server(
        {in_turn({response(429, "{}", "retry-after-ms: 20\r\n"), response(200, completion)})});
    EXPECT_EQ(std::get<Answer>(ask(server)).text, "Yes.");
}

TEST_F(ModelsTest, TriesOnceMoreAfterALostConnection) {
    tiny::Server server({[](Peer& peer) { peer.reset(); }, in_turn({response(200, completion)})});
    EXPECT_EQ(std::get<Answer>(ask(server)).text, "Yes.");
}

TEST_F(ModelsTest, TriesNoMoreThanTwice) {
    tiny::Server server(
        {in_turn({response(503, R"({"error":{"message":"first"}})", "Retry-After: 0\r\n"),
                  response(500, "second"), response(200, completion)})});
    const auto failed = attempts(ask(server));
    ASSERT_EQ(failed.size(), 2U);
    EXPECT_EQ(failed[0].error, "503: first");
    EXPECT_EQ(failed[0].provider, "openai");
    EXPECT_EQ(failed[0].model, "m");
    EXPECT_EQ(failed[1].error, "500 with a body that is not a JSON object");
}

TEST_F(ModelsTest, DoesNotTryAgainWhereItCannotHelp) {
    tiny::Server server({in_turn({response(401, R"({"error":"no"})"), response(200, completion)})});
    EXPECT_EQ(attempts(ask(server)).size(), 1U);
}

TEST_F(ModelsTest, DoesNotTryAgainWithoutTime) {
    const auto tries = [this](const std::string& wait, std::chrono::milliseconds deadline) {
        tiny::Server server({in_turn({response(429, "{}", wait), response(200, completion)})});
        return attempts(ask(server, deadline)).size();
    };
    EXPECT_EQ(tries("Retry-After: 9\r\n", 10s), 1U) << "a second would be left";
    EXPECT_EQ(tries("Retry-After: 0\r\n", 1s), 1U);
    EXPECT_EQ(tries("", 2s), 1U) << "no wait is named, so a pause of its own comes first";
}

TEST_F(ModelsTest, GivesUpAtTheDeadline) {
    tiny::Server server({[](Peer& peer) { peer.request(), peer.gone(); }});
    const auto failed = attempts(ask(server, 100ms));
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_GE(failed[0].took_ms, 90) << "the attempt begins a moment after its deadline is set";
    EXPECT_LT(failed[0].took_ms, 5'000);
}

TEST_F(ModelsTest, NoErrorHoldsAKey) {
    const std::string keys[] = {"sk-secret-123456", "plain-secret-654321"};
    for (const auto& key : keys) {
        for (const auto& quoted : {key, std::string(170, 'x') + " " + key + key,
                                   "sk-" + key.substr(0, 9) + "****" + key.substr(12)}) {
            tiny::Server server({in_turn(
                {response(401, R"({"error":{"message":"Wrong key: )" + quoted + R"("}})")})});
            const auto failed = attempts(ask(server, 10s, key));
            ASSERT_EQ(failed.size(), 1U);
            EXPECT_EQ(failed[0].error.find("secret"), std::string::npos) << failed[0].error;
            EXPECT_NE(failed[0].error.find("Wrong key"), std::string::npos) << failed[0].error;
        }
    }
}

TEST_F(ModelsTest, AKeyThatWouldBreakTheRequestIsRefusedUnseen) {
    tiny::Server server({in_turn({response(200, completion)})});
    const auto failed = attempts(ask(server, 10s, "plain-secret\r\nX-Evil: 1"));
    EXPECT_EQ(failed.back().error.find("secret"), std::string::npos);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ModelsTest, WithoutAKeyNobodyIsAsked) {
    const ai::Models models(*client, {{"openai", {"", ""}}, {"deepseek", {"k", ""}}});
    EXPECT_EQ(models.with_key(), std::set<std::string>{"deepseek"});
    for (const auto* provider : {"openai", "anthropic", "gemini"}) {
        tests::Promised<ai::Result> result;
        models.ask({.provider = provider, .model = "m", .prompt = {}}, result.callback());
        EXPECT_EQ(attempts(result.get()).size(), 1U);
    }
}

/// A burst isn't lost to deadlines: what waits its turn begins with it.
TEST_F(ModelsTest, AsksSoManyAtATimeAndTheRestInTurn) {
    constexpr std::size_t questions = 3 * ai::Models::at_a_time;
    std::atomic<int> out = 0, most = 0;
    tiny::Server server(std::vector<tiny::Script>(questions, [&](Peer& peer) {
        while (!peer.request().empty()) {
            most = std::max<int>(most, ++out);
            peer.gone(100ms);
            --out;
            peer.write(response(200, completion));
        }
    }));
    const ai::Models models(*client, {{"openai", {"sk-secret-123456", server.url("/v1")}}});
    std::vector<std::unique_ptr<tests::Promised<ai::Result>>> results;
    for (std::size_t i = 0; i < questions; ++i) {
        results.push_back(std::make_unique<tests::Promised<ai::Result>>());
        models.ask({.provider = "openai",
                    .model = "m",
                    .prompt = {"", {{domain::Speaker::customer, "Hi", {}, 1}}},
                    .deadline = 10s},
                   results.back()->callback());
    }
    for (auto& one : results) EXPECT_TRUE(std::holds_alternative<Answer>(one->get()));
    EXPECT_LE(most, static_cast<int>(ai::Models::at_a_time));
    EXPECT_GT(most, static_cast<int>(ai::Models::at_a_time) / 2);
}

/// One of each pair is beyond what may wait, behind as many as are asked at a time.
TEST_F(ModelsTest, WhatWaitsIsBoundedByCountAndBytes) {
    const auto refused = [&](ai::Models::Waiting limit, const std::string& text) {
        tiny::Server silent(std::vector<tiny::Script>(ai::Models::at_a_time, [](Peer& peer) {
            peer.request();
            peer.gone();
        }));
        const ai::Models models(*client, {{"openai", {"sk-1", silent.url("/v1")}}}, limit);
        const auto turned_away = std::make_shared<std::atomic<int>>(0);
        for (std::size_t i = 0; i < ai::Models::at_a_time + 2; ++i) {
            models.ask({.provider = "openai",
                        .model = "m",
                        .prompt = {"", {{domain::Speaker::customer, text, {}, 1}}}},
                       [turned_away](const ai::Result& result) {
                           const auto& why = std::get<ai::Failed>(result).attempts.front().error;
                           if (why == "too many questions wait") ++*turned_away;
                       });
        }
        return turned_away->load();
    };
    EXPECT_EQ(refused({1, 1'000}, "Hi"), 1);
    EXPECT_EQ(refused({10, 5}, "Who?"), 1);
    EXPECT_EQ(refused({10, 8}, "Who?"), 0);
}

}  // namespace
