#include "http/handlers.hpp"

#include <ctime>
#include <future>

#include "tests/http/handlers_stage.hpp"

namespace tests {
namespace {

using namespace std::chrono_literals;
using Handlers = HandlersStage;

constexpr auto webhook = "/api/whatsapp/webhook";

/// A webhook's body that tells of one text message.
Json told(const std::string& wamid, const std::string& text) {
    return {{"event", "whatsapp.message.received"},
            {"message",
             {{"id", wamid},
              {"from", "34600100200"},
              {"timestamp", std::to_string(std::time(nullptr))},
              {"type", "text"},
              {"text", {{"body", text}}},
              {"kapso", {{"direction", "inbound"}}}}},
            {"conversation", {{"phone_number", "+34600100200"}}},
            {"phone_number_id", "100000000000001"}};
}

// ---- What a body may be -----------------------------------------------------------------------

TEST_F(Handlers, ADeepBodyIsRefusedAndTheServerGoesOn) {
    start();
    const auto deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    for (const auto& body :
         {R"({"message":"Hola","conversationId":)" + deep + "}",
          R"({"message":"Hola","history":[{"role":)" + deep + R"(,"content":"x"}]})"}) {
        const auto answer = exchange("POST", "/api/ai/chat", body);
        EXPECT_EQ(status_of(answer), 400);
        EXPECT_NE(answer.find("deeper than 32 levels"), std::string::npos) << answer;
    }
    EXPECT_EQ(status("PUT", "/api/settings", R"({"systemPrompt":)" + deep + "}"), 400);
    EXPECT_EQ(status("GET", "/readyz"), 200);
}

TEST_F(Handlers, BothChatsRefuseUnknownFields) {
    start();
    for (const auto* path : {"/api/ai/test-chat", "/api/ai/chat"}) {
        EXPECT_EQ(status("POST", path, R"({"message":"Hola"})"), 200);
        const auto answer = exchange("POST", path, R"({"message":"Hola","mesage":"x"})");
        EXPECT_EQ(status_of(answer), 400);
        EXPECT_NE(answer.find(R"(unknown field \"mesage\")"), std::string::npos) << answer;
    }
}

// ---- The webhook ------------------------------------------------------------------------------

TEST_F(Handlers, UnsignedWebhooksComeFromThisMachineAlone) {
    start({});
    const auto body = told("wamid.1", "Hola").dump();
    for (const auto* header :
         {"Origin: https://evil.example\r\nContent-Type: text/plain\r\n", "Origin: null\r\n",
          "X-Forwarded-For: 203.0.113.9\r\n", "Via: 1.1 tunnel\r\n"}) {
        const auto answer = exchange("POST", webhook, body, header);
        EXPECT_EQ(status_of(answer), 403) << header;
        EXPECT_NE(answer.find("KAPSO_WEBHOOK_SECRET"), std::string::npos) << answer;
    }
    const auto rebound = RawHttp(port()).exchange(
        "POST /api/whatsapp/webhook HTTP/1.1\r\nHost: evil.example\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_EQ(status_of(rebound), 403);
    EXPECT_EQ(app().store.log().head(), 0);
    EXPECT_EQ(status("POST", webhook, body), 200);
}

TEST_F(Handlers, SignedWebhooksComeFromAnywhere) {
    start();
    const auto body = told("wamid.1", "Hola").dump();
    const auto signature = crypto::hex(crypto::view(crypto::hmac_sha256(secret, body)));
    EXPECT_EQ(status("POST", webhook, body,
                     "Origin: https://evil.example\r\nX-Forwarded-For: 203.0.113.9\r\n"
                     "X-Webhook-Signature: " +
                         signature + "\r\n"),
              200);
}

TEST_F(Handlers, AWebhookThatWaitedTooLongIsSentAgain) {
    start();
    const auto answer_after = [&](std::chrono::milliseconds wait) {
        http::Request request;
        request.body = told("wamid.1", "Hola").dump();
        request.headers["x-webhook-signature"] =
            crypto::hex(crypto::view(crypto::hmac_sha256(secret, request.body)));
        request.arrived -= wait;
        std::promise<http::Response> answer;
        http::handlers::take_webhook(app())(
            request, http::Respond([&](http::Response got) { answer.set_value(std::move(got)); }));
        return answer.get_future().get();
    };
    const auto late = answer_after(7'001ms);
    EXPECT_EQ(late.status, 503);
    EXPECT_EQ(late.headers.at(0), (std::pair<std::string, std::string>("Retry-After", "10")));
    EXPECT_EQ(app().store.log().head(), 0);
    EXPECT_EQ(answer_after(1s).status, 200);
}

TEST_F(Handlers, MetricsCountWhatBecameOfRequestsAndWebhooks) {
    start();
    const auto body = told("wamid.1", "Hola").dump();
    post(body);
    post(body);
    post("nonsense");
    EXPECT_EQ(status("POST", webhook, body), 401);
    const auto metrics = body_of(exchange("GET", "/metrics"));
    for (const auto* part :
         {"# TYPE hilo_http_requests_total counter\n", "# TYPE hilo_webhook_items_total counter\n",
          "hilo_http_requests_total{route=\"POST /api/whatsapp/webhook\",status=\"2xx\"} 3\n",
          "hilo_http_requests_total{route=\"POST /api/whatsapp/webhook\",status=\"4xx\"} 1\n",
          "hilo_webhook_items_total{what=\"appended\"} 1\n",
          "hilo_webhook_items_total{what=\"repeated\"} 1\n",
          "hilo_webhook_items_total{what=\"kept\"} 1\n"}) {
        EXPECT_NE(metrics.find(part), std::string::npos) << part << metrics;
    }
}

// ---- The log ----------------------------------------------------------------------------------

TEST_F(Handlers, APageOfEventsEndsWhereItsBodiesGrowLarge) {
    start();
    constexpr int messages = 5;
    for (int i = 0; i < messages; ++i) {
        ASSERT_EQ(
            status_of(post(told("wamid." + std::to_string(i), std::string(3'000'000, 'x')).dump())),
            200);
    }
    std::vector<std::string> ids;
    int pages = 0;
    std::int64_t after = 0;
    for (bool more = true; more; ++pages) {
        const auto text = body_of(
            exchange("GET", "/api/events?content=true&limit=1000&after=" + std::to_string(after)));
        EXPECT_LT(text.size(), 20'000'000U);
        const auto page = Json::parse(text);
        for (const auto& event : page["events"]) {
            after = event["position"];
            if (event["type"] == "MessageReceived") ids.push_back(event["body"]["wamid"]);
        }
        more = page["more"];
    }
    EXPECT_GT(pages, 1);
    EXPECT_EQ(ids,
              (std::vector<std::string>{"wamid.0", "wamid.1", "wamid.2", "wamid.3", "wamid.4"}));
    const auto bare = get("/api/events?limit=1000");
    EXPECT_EQ(bare["more"], false) << "without bodies they are few bytes";
    EXPECT_EQ(bare["events"].size(), static_cast<std::size_t>(after));
    EXPECT_EQ(get("/api/events?limit=2")["more"], true);
}

TEST_F(Handlers, ADeliveryIsReplayedOnceNothingOfItIsKeptAgain) {
    start();
    const Json entries{told("wamid.1", "Hola"), "nonsense"};
    const Json batch{{"type", "whatsapp.message.received"}, {"batch", true}, {"data", entries}};
    const auto half = crypto::new_uuid(), whole = crypto::new_uuid();
    auto& deliveries = app().store.deliveries();
    deliveries.keep(half, "a test", intake::pack_delivery({}, batch.dump()));
    deliveries.keep(whole, "a test", intake::pack_delivery({}, told("wamid.2", "Hola").dump()));
    const auto replay = [&](const crypto::Uuid& id) {
        return Json::parse(body_of(exchange("POST", "/api/deliveries/" + id.text() + "/replay")));
    };
    const auto first = replay(half);
    EXPECT_EQ(first["appended"], 1) << first;
    EXPECT_EQ(first["kept"], 1) << first;
    EXPECT_EQ(first["replayed"], false) << first;
    EXPECT_EQ(replay(whole)["replayed"], true);
    for (const auto& one : deliveries.list(10)) {
        EXPECT_EQ(one.replayed.has_value(), one.id == whole) << one.reason;
    }
}

TEST_F(Handlers, AnEventThatCantBeReadIsShownWithItsDefect) {
    start();
    post(told("wamid.1", "Hola").dump());
    Outsider(database())
        .run("drop trigger event_kept; update event set sealed = x'00' where type = 4");
    const auto all = get("/api/events?content=true")["events"];
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["type"], "ConversationOpened");
    EXPECT_TRUE(all[0]["defect"].is_null());
    EXPECT_TRUE(all[0].contains("body"));
    EXPECT_EQ(all[1]["type"], "MessageReceived");
    EXPECT_TRUE(all[1]["defect"].is_string());
    EXPECT_FALSE(all[1].contains("body"));
    const auto stream = all[1]["stream"].get<std::string>();
    EXPECT_EQ(get("/api/events?content=true&stream=" + stream)["events"], all);
}

// ---- Rebuilding -------------------------------------------------------------------------------

TEST_F(Handlers, ARebuildIsStartedAtOnceAndWatched) {
    start();
    post(told("wamid.1", "Hola").dump());
    const auto messages = [&] { return projection("messages"); };
    eventually("the tables follow", [&] { return messages()["lag"] == 0; });
    EXPECT_TRUE(messages()["lastRebuild"].is_null());
    EXPECT_EQ(status("POST", "/api/projections/Message/rebuild"), 404);

    Outsider other(database());
    other.run("begin immediate");  // the rebuild waits for this writer
    const auto began = std::chrono::steady_clock::now();
    const auto answer = exchange("POST", "/api/projections/messages/rebuild");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_EQ(status_of(answer), 202);
    EXPECT_EQ(Json::parse(body_of(answer)), (Json{{"name", "messages"}, {"rebuilding", true}}));
    EXPECT_FALSE(messages()["rebuilding"].is_null());
    EXPECT_EQ(status("POST", "/api/projections/messages/rebuild"), 409);
    other.run("commit");
    eventually("the rebuild is over", [&] { return messages()["rebuilding"].is_null(); });
    EXPECT_TRUE(messages()["lastRebuild"]["at"].is_string());
    EXPECT_TRUE(messages()["lastRebuild"]["error"].is_null()) << messages();
    EXPECT_EQ(status("POST", "/api/projections/messages/rebuild"), 202) << "and may be again";
}

TEST_F(Handlers, ARebuildThatFailsLeavesItsReason) {
    start();
    post(told("wamid.1", "Hola").dump());
    Outsider(database()).run("alter table \"Client\" rename to \"Elsewhere\"");
    EXPECT_EQ(status("POST", "/api/projections/messages/rebuild"), 202);
    eventually("the rebuild is over",
               [&] { return projection("messages")["lastRebuild"].is_object(); });
    EXPECT_TRUE(projection("messages")["lastRebuild"]["error"].is_string());
    EXPECT_TRUE(projection("messages")["rebuilding"].is_null());
}

}  // namespace
}  // namespace tests
