#include "events/codec.hpp"
#include "tests/http/handlers_stage.hpp"

namespace tests {
namespace {

constexpr auto stream = "33333333-3333-4333-8333-333333333333";

/// What is parked, over HTTP.
class ParkedRoutes : public HandlersStage {
protected:
    /// Two messages, of which the first can't be read, and tables that were rebuilt since.
    void park() {
        for (const auto* text : {"broken", "whole"}) tell(text);
        for (const auto* name : {"messages", "settings", "open_work"}) {
            eventually("the tables follow", [&] { return projection(name)["position"] == 2; });
        }
        Outsider(database())
            .run("drop trigger event_kept; update event set sealed = x'00' where position = 1");
        EXPECT_EQ(status("POST", "/api/projections/messages/rebuild"), 202);
        eventually("the rebuilt tables have parked it", [&] {
            const auto all = parked();
            return all.size() == 1 && all[0]["error"] == "the event is not as it was sealed";
        });
    }
    void tell(const std::string& text) {
        events::MessageReceived message;
        message.wamid = "wamid." + text;
        message.text = text;
        events::append_now(app().store.log(), {*crypto::parse_uuid(stream),
                                               {{crypto::new_uuid(),
                                                 events::ConversationEvent(message),
                                                 events::from_micros(1'700'000'000'000'000),
                                                 {},
                                                 {},
                                                 events::When::always}},
                                               {}});
    }
    void stop_conversation(const std::string& type) {
        auto& stopped = decider().stopped;
        stopped.some = {{*crypto::parse_uuid(stream), 7, events::type_named(type)->code,
                         "it is bad", events::from_micros(0)}};
        stopped.count = 1;
    }
    Json parked() const { return get("/api/parked")["parked"]; }
    int count(const std::string& consumer) const {
        return get("/api/parked")["counts"][consumer].get<int>();
    }
    std::string act(const std::string& consumer, const std::string& body,
                    const std::string& of = stream) const {
        return exchange("POST", "/api/parked/" + consumer + "/" + of, body);
    }
    static std::string code_in(const std::string& answer) {
        return Json::parse(body_of(answer))["error"]["code"].get<std::string>();
    }
    std::vector<events::OperatorActed> acts() {
        std::vector<events::OperatorActed> all;
        for (const auto& one : app().store.log().read_stream(events::operators_stream, 0, 100)) {
            all.push_back(std::get<events::OperatorActed>(std::get<events::SystemEvent>(one.body)));
        }
        return all;
    }
};

TEST_F(ParkedRoutes, WhatIsParkedIsListedAndGoesOnByAnAct) {
    start();
    EXPECT_EQ(parked(), Json::array());
    park();
    const auto all = parked();
    ASSERT_GE(all.size(), 1u);
    const auto& one = all[0];
    EXPECT_EQ(one["consumer"], "messages");
    EXPECT_EQ(one["stream"], stream);
    EXPECT_EQ(one["position"], 1);
    EXPECT_EQ(one["error"], "the event is not as it was sealed");
    EXPECT_EQ(one["skippable"], true);
    EXPECT_EQ(one["resumed"], false);
    EXPECT_TRUE(events::parse_iso8601(one["since"].get<std::string>()));
    EXPECT_EQ(get("/api/parked?stream=" + std::string(stream))["parked"][0], one);
    EXPECT_EQ(status("GET", "/api/parked?stream=nonsense"), 400);
    EXPECT_EQ(status("GET", "/api/parked?limit=0"), 400);
    EXPECT_EQ(projection("messages")["parkedCount"], 1);
    const auto metrics = body_of(exchange("GET", "/metrics"));
    EXPECT_NE(metrics.find("hilo_parked_streams{consumer=\"messages\"} 1\n"), std::string::npos);

    // A stream whose first event is skipped was never opened: it is parked again, further on.
    const auto skipped =
        act("messages", R"({"act":"skip","position":1,"by":"Eva","why":"it is broken"})");
    EXPECT_EQ(status_of(skipped), 202);
    const auto said = Json::parse(body_of(skipped));
    EXPECT_EQ(said["position"], 1);
    EXPECT_EQ(said["event"], 3);
    eventually("it stops further on", [&] {
        const auto now = parked();
        return now.size() >= 1 && now[0]["position"] == 2;
    });
    EXPECT_NE(parked()[0]["error"].get<std::string>().find("never opened"), std::string::npos);
    const auto late = act("messages", R"({"act":"skip","position":1})");
    EXPECT_EQ(status_of(late), 409) << "it was meant for the event before";
    EXPECT_EQ(code_in(late), "parked_elsewhere");
    EXPECT_EQ(status_of(act("messages", R"({"act":"skip","position":2})")), 202);
    eventually("it is followed again", [&] { return count("messages") == 0; });
    EXPECT_EQ(
        acts(),
        (std::vector<events::OperatorActed>{
            {events::Act::skip, "messages", *crypto::parse_uuid(stream), 1, "Eva", "it is broken"},
            {events::Act::skip, "messages", *crypto::parse_uuid(stream), 2, "api", ""}}));
}

TEST_F(ParkedRoutes, AnActOnWhatIsNotParkedIsRefusedInWords) {
    start();
    park();
    const auto other = "44444444-4444-4444-8444-444444444444";
    for (const auto& answer :
         {act("messages", R"({"act":"retry"})", other), act("settings", R"({"act":"retry"})"),
          act("conversations", R"({"act":"retry"})")}) {
        EXPECT_EQ(status_of(answer), 409);
        EXPECT_EQ(code_in(answer), "not_parked");
    }
    EXPECT_EQ(status_of(act("Message", R"({"act":"retry"})")), 404);
    EXPECT_EQ(status_of(act("messages", R"({"act":"retry"})", "nonsense")), 400);
    for (const auto* body :
         {"{}", R"({"act":"forget"})", R"({"act":"skip","who":"me"})", R"({"act":1})", "[]",
          R"({"act":"skip"})", R"({"act":"skip","position":"1"})",
          R"({"act":"skip","position":0})"}) {
        EXPECT_EQ(status_of(act("messages", body)), 400) << body;
    }
    EXPECT_EQ(
        status_of(act("messages", Json{{"act", "retry"}, {"why", std::string(3000, 'x')}}.dump())),
        400);
    EXPECT_TRUE(acts().empty());
}

TEST_F(ParkedRoutes, ConversationsAreListedAndActedOnToo) {
    start();
    stop_conversation("MessageReceived");
    EXPECT_EQ(count("conversations"), 1);
    ASSERT_EQ(parked().size(), 1u);
    EXPECT_EQ(parked()[0]["consumer"], "conversations");
    EXPECT_EQ(parked()[0]["error"], "it is bad");
    const auto metrics = body_of(exchange("GET", "/metrics"));
    EXPECT_NE(metrics.find("hilo_parked_streams{consumer=\"conversations\"} 1\n"),
              std::string::npos);
    EXPECT_EQ(status_of(act("conversations", R"({"act":"skip","position":7,"by":"Eva"})")), 202);
    ASSERT_EQ(acts().size(), 1u);
    EXPECT_EQ(acts()[0].position, 7);
    EXPECT_EQ(acts()[0].consumer, "conversations");
}

/// Without it the message that it closed would be answered a second time.
TEST_F(ParkedRoutes, AConversationCantGoOnWithoutWhatClosesMessages) {
    start();
    for (const auto* type : {"SendRequested", "ReplySuppressed"}) {
        stop_conversation(type);
        EXPECT_EQ(parked()[0]["skippable"], false);
        const auto answer = act("conversations", R"({"act":"skip","position":7})");
        EXPECT_EQ(status_of(answer), 409);
        EXPECT_EQ(code_in(answer), "not_skippable");
    }
    decider().stopped.some[0].type = 999;  // of a newer Hilo
    EXPECT_EQ(status_of(act("conversations", R"({"act":"skip","position":7})")), 409);
    EXPECT_EQ(status_of(act("conversations", R"({"act":"retry"})")), 202);
}

}  // namespace
}  // namespace tests
