#include "kapso/webhook_watch.hpp"

#include <gtest/gtest.h>

#include "tests/support/tiny_server.hpp"

namespace {

using kapso::Webhook;
using kapso::WebhookWatch;
using State = kapso::WebhookWatch::State;
using tiny::Peer;
using tiny::response;

TEST(WebhookWatchTest, ThePlatformIsOnTheSameHost) {
    EXPECT_EQ(kapso::platform_url("https://api.kapso.ai/meta/whatsapp/v24.0"),
              "https://api.kapso.ai/platform/v1");
    EXPECT_EQ(kapso::platform_url("http://127.0.0.1:3003"), "http://127.0.0.1:3003/platform/v1");
}

TEST(WebhookWatchTest, AsksAsKapsoWantsIt) {
    const std::string base = "https://api.kapso.ai/meta/whatsapp/v24.0";
    const auto list = kapso::webhooks_request(base, "12/3", "key");
    EXPECT_EQ(list.method, "GET");
    EXPECT_EQ(list.url, "https://api.kapso.ai/platform/v1/whatsapp/phone_numbers/12%2F3/webhooks");
    const auto mend = kapso::mend_request(base, "123", "w-1", "key");
    EXPECT_EQ(mend.method, "PATCH");
    EXPECT_TRUE(mend.url.ends_with("/phone_numbers/123/webhooks/w-1"));
    EXPECT_EQ(mend.body, R"({"whatsapp_webhook":{"active":true}})");
    EXPECT_EQ(mend.headers[0], (std::pair<std::string, std::string>{"X-API-Key", "key"}));
}

TEST(WebhookWatchTest, OursHasOurSecretElseOurPath) {
    const std::vector<Webhook> all{{"a", "https://one.example/hook", "s-1", true},
                                   {"b", "https://two.example/api/whatsapp/webhook?x=1", "", true},
                                   {"c", "https://three.example/other", "s-3", true}};
    std::string found;
    for (const auto& one : kapso::ours(all, {"s-0", "s-1"})) found += one.id;
    EXPECT_EQ(found, "a") << "the other is somebody else's, on the same path";
    EXPECT_EQ(kapso::ours(all, {"s-0"}).at(0).id, "b") << "where no secret is shown";
    auto two = all;
    two.push_back({"d", "https://four.example/api/whatsapp/webhook", "", false});
    EXPECT_TRUE(kapso::ours(two, {"s-0"}).empty()) << "one of them is somebody else's";
}

struct Looking : testing::Test {
    std::unique_ptr<net::Client> client = net::make_client();
    kapso::Turnstile turnstile;

    std::variant<WebhookWatch::Seen, std::string> look(int status, const std::string& body) {
        tiny::Server server({[&](Peer& peer) {
            peer.request();
            peer.write(response(status, body));
        }});
        const WebhookWatch watch(*client, turnstile, server.url("/v24.0"), "key", {"ours"});
        return watch.look("123", {});
    }
    State state(const std::string& webhooks) {
        return std::get<WebhookWatch::Seen>(look(200, R"({"data":[)" + webhooks + "]}")).state;
    }
};

TEST_F(Looking, TellsWhetherKapsoDelivers) {
    const auto webhook = [](const std::string& secret, const std::string& active) {
        return R"({"id":"1","url":"https://x/y","secret_key":")" + secret + R"(","active":)" +
               active + "}";
    };
    EXPECT_EQ(state(webhook("ours", "true")), State::delivers);
    EXPECT_EQ(state(webhook("ours", "false")), State::paused);
    EXPECT_EQ(state(webhook("ours", "false") + "," + webhook("ours", "true")), State::delivers);
    EXPECT_EQ(state(webhook("theirs", "false")), State::none) << "another's is none of ours";
    EXPECT_EQ(state(""), State::none);
}

TEST_F(Looking, SaysWhyItCannotTell) {
    EXPECT_EQ(std::get<std::string>(look(404, R"({"error":"not found"})")), "404: not found");
    EXPECT_EQ(std::get<std::string>(look(200, "{}")), "the answer is no list of webhooks");
    EXPECT_NE(std::get<std::string>(look(200, "<html>")), "");
}

}  // namespace
