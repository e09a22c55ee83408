#include <thread>

#include "tests/sandbox/stage.hpp"

namespace {

using tests::body_of;
using tests::Json;
using tests::status_of;
using KapsoApi = tests::Stage;

TEST_F(KapsoApi, AcceptsAText) {
    write("Hi");
    const auto response = send("Hello");
    ASSERT_EQ(status_of(response), 200);
    const auto answer = Json::parse(body_of(response));
    EXPECT_EQ(answer.at("messaging_product"), "whatsapp");
    EXPECT_EQ(answer.at("contacts").at(0).at("wa_id"), ana);
    EXPECT_EQ(answer.at("messages").at(0).at("id"), messages("outbound").at(0).at("wamid"));
}

TEST_F(KapsoApi, SendsToAUserIdToo) {
    write("Hi", "US.42");
    auto body = text_to("", "Hello");
    body.erase("to");
    body["recipient"] = "US.42";
    const auto response = post_message(body);
    ASSERT_EQ(status_of(response), 200);
    EXPECT_EQ(Json::parse(body_of(response)).at("contacts").at(0).at("user_id"), "US.42");
}

TEST_F(KapsoApi, WantsItsKeyAndItsLine) {
    write("Hi");
    EXPECT_EQ(status_of(post_message(text_to(ana, "Hello"), "wrong")), 401);
    EXPECT_EQ(status_of(raw("POST", "/meta/whatsapp/v24.0/555/messages", "{}")), 401);
    EXPECT_EQ(status_of(raw("GET", "/meta/whatsapp/v24.0/555/messages")), 401);
    EXPECT_EQ(status_of(raw("POST", "/meta/whatsapp/v24.0/666/messages", "{}",
                            "Authorization: Bearer key\r\n")),
              404);
    EXPECT_TRUE(messages("outbound").empty());
}

TEST_F(KapsoApi, RefusesWhatIsNoMessage) {
    write("Hi");
    const auto good = text_to(ana, "Hello");
    for (const auto* missing : {"messaging_product", "to", "text"}) {
        auto body = good;
        body.erase(missing);
        EXPECT_EQ(status_of(post_message(body)), 400) << missing;
    }
    auto body = good;
    body["to"] = "12";
    EXPECT_EQ(status_of(post_message(body)), 400);
    body = good;
    body["text"]["body"] = 7;
    EXPECT_EQ(status_of(post_message(body)), 400);
    body = good;
    body["biz_opaque_callback_data"] = std::string(513, 'x');
    EXPECT_EQ(status_of(post_message(body)), 400);
    for (const auto& none : {Json::array(), Json("text"), Json(7)}) {
        EXPECT_EQ(status_of(post_message(none)), 400);
    }
    for (const auto& odd : {Json{{"context", "x"}}, Json{{"type", 7}}, Json{{"text", "x"}}}) {
        body = good;
        body.update(odd);
        EXPECT_LT(status_of(post_message(body)), 500) << odd;
    }
}

TEST_F(KapsoApi, CountsCharactersNotBytes) {
    write("Hi");
    std::string text;
    for (int i = 0; i < 4096; ++i) text += "ñ";
    EXPECT_EQ(status_of(send(text)), 200);
    EXPECT_EQ(status_of(send(text + "x")), 400);
}

TEST_F(KapsoApi, KeepsTheWindowOfADay) {
    EXPECT_EQ(status_of(send("Hello")), 422) << "who never wrote can't be written to";
    set({{"strangers", true}});
    EXPECT_EQ(status_of(send("Hello")), 200) << "who may have written to an earlier sandbox";
    ask("POST", "/sandbox/customer", {{"from", ana}, {"text", "Hi"}, {"at", 1'700'000'000}});
    const auto late = send("Hello");
    EXPECT_EQ(status_of(late), 422);
    EXPECT_EQ(Json::parse(body_of(late)).at("error").at("code"), 131047);
    write("Hi again");
    EXPECT_EQ(status_of(send("Hello")), 200);
}

TEST_F(KapsoApi, TakesOneSendPerPersonAtATime) {
    set({{"send_latency", 3'600'000}});
    write("Hi");
    write("Hi", "34600999999");
    tests::RawHttp first(port_);
    first.send(tests::raw_request("POST", "/meta/whatsapp/v24.0/555/messages",
                                  text_to(ana, "one").dump(), "X-API-Key: key\r\n"));
    while (messages("outbound").empty()) {
    }
    EXPECT_EQ(status_of(send("two")), 409);
    set({{"send_latency", 0}});
    EXPECT_EQ(status_of(send("three", "34600999999")), 200);
}

TEST_F(KapsoApi, FailsAsTheSwitchSays) {
    struct Case {
        const char* fault;
        int status;
        std::size_t sent;
    };
    write("Hi");
    for (const auto& [fault, status, sent] :
         {Case{"402", 402, 0}, Case{"409", 409, 0}, Case{"429", 429, 0}, Case{"130429", 400, 0},
          Case{"131056", 400, 0}, Case{"401", 401, 0}, Case{"131047", 422, 0}, Case{"500", 500, 0},
          Case{"500_sent", 500, 1}, Case{"502", 502, 0}, Case{"504", 504, 0},
          Case{"504_sent", 504, 1}, Case{"reset_before", 0, 0}, Case{"reset_after", 0, 1}}) {
        const auto before = messages("outbound").size();
        set({{"send_fault", fault}, {"send_fault_times", 1}});
        EXPECT_EQ(status_of(send("Hello")), status) << fault;
        EXPECT_EQ(messages("outbound").size() - before, sent) << fault;
        EXPECT_EQ(ask("GET", "/sandbox/switches").at("switches").at("send_fault"), "none");
    }
}

TEST_F(KapsoApi, NamesTheCodeOrTheWaitOfAFault) {
    write("Hi");
    set({{"send_fault", "429"}});
    EXPECT_NE(send("Hello").find("Retry-After: 1\r\n"), std::string::npos);
    set({{"send_fault", "131056"}});
    EXPECT_EQ(Json::parse(body_of(send("Hello"))).at("error").at("code"), 131056);
    set({{"send_fault", "402"}});
    EXPECT_EQ(Json::parse(body_of(send("Hello"))).at("code"), "insufficient_credits");
    set({{"send_fault", "502"}});
    EXPECT_EQ(body_of(send("Hello")), "Bad Gateway");
}

TEST_F(KapsoApi, SendsBeforeASlowAnswer) {
    set({{"send_fault", "slow"}, {"slow", 3'600'000}});
    write("Hi");
    tests::RawHttp slow(port_);
    slow.send(tests::raw_request("POST", "/meta/whatsapp/v24.0/555/messages",
                                 text_to(ana, "Hello").dump(), "X-API-Key: key\r\n"));
    while (messages("outbound").empty()) {
    }
    EXPECT_EQ(messages("outbound").at(0).at("text"), "Hello");
}

TEST_F(KapsoApi, MarksAMessageAsRead) {
    const auto wamid = write("Hi");
    Json body{{"messaging_product", "whatsapp"}, {"status", "read"}, {"message_id", wamid}};
    const auto response = post_message(body);
    EXPECT_EQ(body_of(response), R"({"success":true})");
    EXPECT_TRUE(ask("GET", "/sandbox/messages").at("typing").empty());
    body["typing_indicator"] = {{"type", "text"}};
    EXPECT_EQ(status_of(post_message(body)), 200);
    EXPECT_EQ(ask("GET", "/sandbox/messages").at("typing").at(0), ana);
    EXPECT_EQ(messages("inbound").at(0).at("status"), "read");
    body["message_id"] = "wamid.unknown";
    EXPECT_EQ(status_of(post_message(body)), 400);
}

TEST_F(KapsoApi, ListsWhatWasSaid) {
    for (int i = 0; i < 5; ++i) {
        write("in " + std::to_string(i));
        send("out " + std::to_string(i));
    }
    const auto list = [this](const std::string& query) {
        const auto response =
            raw("GET", "/meta/whatsapp/v24.0/555/messages" + query, "", "X-API-Key: key\r\n");
        EXPECT_EQ(status_of(response), 200) << response;
        return Json::parse(body_of(response));
    };
    EXPECT_EQ(list("").at("data").size(), 10U);
    EXPECT_EQ(list("?since=2099-01-01T00:00:00Z").at("data").size(), 0U);
    EXPECT_EQ(list("?since=2020-01-01T00:00:00%2B02:00").at("data").size(), 10U);
    auto page = list("?direction=outbound&limit=2");
    std::vector<std::string> texts;
    while (true) {
        for (const auto& one : page.at("data")) texts.push_back(one.at("text").at("body"));
        const auto after = page.at("paging").at("cursors").at("after");
        if (after.is_null()) break;
        page = list("?direction=outbound&limit=2&after=" + after.get<std::string>());
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"out 4", "out 3", "out 2", "out 1", "out 0"}));
    EXPECT_EQ(status_of(raw("GET", "/meta/whatsapp/v24.0/555/messages?since=yesterday", "",
                            "X-API-Key: key\r\n")),
              400);
}

}  // namespace
