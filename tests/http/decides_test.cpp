#include "http/handlers.hpp"
#include "tests/http/handlers_stage.hpp"

namespace tests {
namespace {

class Decides : public HandlersStage {
protected:
    /// A conversation that the tables show.
    void converse() {
        const Json message{{"event", "whatsapp.message.received"},
                           {"message",
                            {{"id", "wamid.1"},
                             {"from", "34600100200"},
                             {"timestamp", "1700000000"},
                             {"type", "text"},
                             {"text", {{"body", "Hola"}}},
                             {"kapso", {{"direction", "inbound"}}}}},
                           {"conversation", {{"phone_number", "+34600100200"}}},
                           {"phone_number_id", line}};
        ASSERT_EQ(status_of(post(message.dump())), 200);
        eventually("the conversation shows",
                   [&] { return get("/api/conversations")["conversations"].size() == 1; });
    }
    std::string reply() const {
        const auto id = get("/api/conversations")["conversations"][0]["id"].dump();
        return exchange("POST", "/api/conversations/" + id + "/reply",
                        R"({"text":"Soy una persona"})");
    }
};

TEST_F(Decides, HowManySlicesAreHeldIsTold) {
    start();
    EXPECT_EQ(get("/readyz")["decides"], false);
    EXPECT_EQ(get("/readyz")["slices"], 0);
    EXPECT_EQ(get("/readyz")["note"], "nobody decides in this test");
    decider().held = 342;
    EXPECT_EQ(get("/readyz")["decides"], true);
    EXPECT_EQ(get("/readyz")["slices"], 342);
    EXPECT_NE(body_of(exchange("GET", "/metrics")).find("\nhilo_slices_held 342\n"),
              std::string::npos);
}

TEST_F(Decides, AReplyThatAnotherProcessHasToTakeIsRefusedForNow) {
    start();
    converse();
    EXPECT_NE(reply().find("not_deciding"), std::string::npos) << reply();
    decider().held = 342;
    decider().answer.what = actors::ReplyResult::What::elsewhere;
    const auto answer = reply();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_NE(answer.find("\r\nRetry-After: "), std::string::npos) << answer;
    EXPECT_NE(answer.find("decided_elsewhere"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Idempotency-Key"), std::string::npos) << answer;
}

}  // namespace
}  // namespace tests
