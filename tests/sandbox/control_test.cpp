#include <thread>

#include "tests/sandbox/stage.hpp"

namespace {

using tests::body_of;
using tests::Json;
using tests::status_of;
using Control = tests::Stage;

TEST_F(Control, RefusesWhatNoCustomerCouldWrite) {
    for (const auto& bad :
         {Json::array(), Json{{"text", "x"}}, Json{{"from", ""}, {"text", "x"}},
          Json{{"from", ana}}, Json{{"from", ana}, {"text", ""}}, Json{{"from", 7}, {"text", "x"}},
          Json{{"from", ana}, {"kind", "dance"}, {"text", "x"}},
          Json{{"from", std::string(200, '1')}, {"text", "x"}}}) {
        EXPECT_EQ(status_of(raw("POST", "/sandbox/customer", bad.dump())), 400) << bad;
    }
    EXPECT_EQ(status_of(raw("POST", "/sandbox/customer", "{")), 400);
    EXPECT_EQ(product_.count(), 0U);
}

TEST_F(Control, RefusesBodiesThatNoStackCouldHold) {
    const auto deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    const auto headers =
        "X-API-Key: key\r\nAuthorization: Bearer sk-test\r\nanthropic-version: 2023-06-01\r\n";
    for (const auto* path :
         {"/sandbox/customer", "/meta/whatsapp/v24.0/555/messages", "/v1/chat/completions"}) {
        const auto body = R"({"type":"text","model":"x","text":)" + deep + "}";
        EXPECT_EQ(status_of(raw("POST", path, body, headers)), 400) << path;
    }
    EXPECT_EQ(status_of(raw("PUT", "/sandbox/switches", R"({"status_delay":)" + deep + "}")), 400);
    write("still there");
}

TEST_F(Control, TellsOnlyWhatHasChanged) {
    write("one");
    product_.webhooks(1);
    Json first;
    do {  // the webhook's answer is a change too
        first = ask("GET", "/sandbox/messages");
    } while (!first.at("messages").at(0).at("acknowledged"));
    const auto since = [&](const Json& version) {
        return ask("GET", "/sandbox/messages?since=" + version.dump());
    };
    EXPECT_TRUE(since(first.at("version")).at("messages").empty());
    write("two");
    const auto news = since(first.at("version"));
    ASSERT_EQ(news.at("messages").size(), 1U);
    EXPECT_EQ(news.at("messages").at(0).at("text"), "two");
    EXPECT_EQ(status_of(raw("GET", "/sandbox/messages?since=x")), 400);
}

TEST_F(Control, NamesASwitchThatIsWrongAndChangesNothing) {
    for (const auto& [bad, named] : {std::pair{Json{{"shape", "v3"}}, "v2, batch, v1, meta"},
                                     {Json{{"shap", "v2"}}, "shape"},
                                     {Json{{"duplicates", 6}}, "from 0.0 to 5.0"},
                                     {Json{{"echo_key", 1}}, "true or false"},
                                     {Json{{"duplicates", 1}, {"slow", -1}}, "slow"},
                                     {Json::array(), "object"}}) {
        const auto no = raw("PUT", "/sandbox/switches", bad.dump());
        EXPECT_EQ(status_of(no), 400);
        EXPECT_NE(no.find(named), std::string::npos) << no;
    }
    const auto switches = ask("GET", "/sandbox/switches").at("switches");
    EXPECT_EQ(switches.at("duplicates"), 0);
    EXPECT_EQ(switches.at("shape"), "v2");
}

TEST_F(Control, CountsTheAnswersToEachMessage) {
    const auto count = [this](const std::string& wamid) {
        return ask("GET", "/sandbox/counts").at("inbound").at(wamid).at("answers").get<int>();
    };
    const auto one = write("one");
    const auto two = write("two");
    const auto other = write("one", "34600999999");
    EXPECT_EQ(count(one), 0);
    send("You say: “two”");
    EXPECT_EQ(count(one), 0);
    EXPECT_EQ(count(two), 1);
    send("You say: “one”");
    EXPECT_EQ(count(one), 1);
    send("and this is its second part");
    EXPECT_EQ(count(one), 1);
    send("You say: “one” again");
    EXPECT_EQ(count(one), 2) << "a second answer is seen";
    EXPECT_EQ(count(other), 0) << "of another person";
}

TEST_F(Control, CountsOneAnswerToSeveralMessages) {
    const auto one = write("first line");
    const auto two = write("second line");
    const auto photo =
        ask("POST", "/sandbox/customer", {{"from", ana}, {"kind", "image"}, {"text", ""}});
    send("You say: “first line\nsecond line”");
    send("I can't see pictures.");
    const auto inbound = ask("GET", "/sandbox/counts").at("inbound");
    EXPECT_EQ(inbound.at(one).at("answers"), 1);
    EXPECT_EQ(inbound.at(two).at("answers"), 1);
    EXPECT_EQ(inbound.at(photo.at("wamid").get<std::string>()).at("answers"), 1);
}

TEST_F(Control, ServesThePageWithNothingFromElsewhere) {
    const auto page = raw("GET", "/");
    EXPECT_EQ(status_of(page), 200);
    EXPECT_NE(page.find("Content-Security-Policy: default-src 'self'"), std::string::npos);
    EXPECT_EQ(page.find("style=\""), std::string::npos);
    for (const auto* file : {"/page/phone.css", "/page/phone.js"}) {
        EXPECT_NE(page.find(file), std::string::npos);
        const auto found = raw("GET", file);
        EXPECT_EQ(status_of(found), 200);
        EXPECT_EQ(found.find("://"), std::string::npos) << file;
    }
    EXPECT_EQ(status_of(raw("GET", "/page/other")), 404);
}

TEST_F(Control, ServesThisMachineAlone) {
    tests::RawHttp foreign(port_);
    EXPECT_EQ(status_of(foreign.exchange("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")), 403);
    EXPECT_EQ(status_of(raw("PUT", "/sandbox/switches", "{}", "Origin: https://evil.example\r\n")),
              403);
}

TEST(Sandbox, SaysWhichWebhookUrlItCannotUse) {
    sandbox::Options options;
    options.webhook_url = "http://example.com/webhook";
    sandbox::Sandbox sandbox(options);
    EXPECT_THROW(sandbox.start(), std::runtime_error);
}

TEST(Sandbox, StopsWithWorkUndone) {
    sandbox::Options options;
    options.webhook_url = "http://127.0.0.1:9/webhook";  // nobody listens
    options.api_key = "key";
    sandbox::Sandbox sandbox(options);
    const auto port = sandbox.start();
    EXPECT_EQ(sandbox.port(), port);
    const auto body = R"({"from":"34600100200","text":"Hi"})";
    tests::RawHttp(port).exchange(tests::raw_request("POST", "/sandbox/customer", body));
    sandbox.stop();
    EXPECT_THROW(tests::RawHttp late(port), std::runtime_error);
}

}  // namespace
