#include "tests/whole/golden.hpp"

namespace tests {
namespace {

struct Model {
    const char* provider;
    const char* name;
    const char* phone;
};
constexpr Model models[] = {{"deepseek", "deepseek-flash", "34600100201"},
                            {"openai", "gpt-5.4-mini", "34600100202"},
                            {"anthropic", "claude-haiku-4-5", "34600100203"}};

void expect_client_row(const Row& row, const std::string& wamid) {
    EXPECT_EQ(row.at("sender"), "client");
    EXPECT_EQ(row.at("content"), "Hola, cuales son tus horarios?");
    EXPECT_EQ(row.at("kind"), "text");
    EXPECT_EQ(row.at("messageId"), wamid);
    EXPECT_TRUE(row.contains("turn")) << "nothing closed it";
    EXPECT_FALSE(row.contains("deliveryStatus"));
    EXPECT_FALSE(row.contains("suppressed"));
}

void expect_reply_row(const Row& row) {
    EXPECT_EQ(row.at("sender"), "agent");
    EXPECT_EQ(row.at("author"), "ai");
    EXPECT_NE(row.at("content").find("cuales son tus horarios"), std::string::npos);
    EXPECT_EQ(row.at("part"), "1");
    EXPECT_EQ(row.at("parts"), "1");
    for (const auto* column : {"messageId", "acceptedAt", "sentAt", "deliveredAt", "readAt"}) {
        EXPECT_TRUE(row.contains(column)) << column;
    }
    EXPECT_FALSE(row.contains("errorCode"));
}

TEST_P(Golden, EachModelAnswersAndTheTablesSayHowFarItCame) {
    start_answering();
    for (const auto& model : models) {
        settings({{"aiProvider", model.provider}, {"aiModel", model.name}});
        const auto wamid = write(model.phone, "Hola, cuales son tus horarios?");
        reply_with(model.phone, "DELIVERED");
        outside("POST", "/sandbox/read", {{"from", model.phone}});
        reply_with(model.phone, "READ");
        const auto thread = this->thread(model.phone);
        ASSERT_EQ(thread.size(), 2U);
        expect_client_row(thread[0], wamid);
        expect_reply_row(thread[1]);
        EXPECT_EQ(received_by(model.phone), std::vector{thread[1].at("content")});
        const auto generated = events_of("ReplyGenerated").back();
        EXPECT_EQ(generated["body"]["provider"], model.provider);
        EXPECT_EQ(generated["body"]["model"], model.name);
    }
    const auto clients = rows(R"(select * from "Client" order by phone)");
    ASSERT_EQ(clients.size(), std::size(models));
    EXPECT_EQ(clients[0].at("phone"), models[0].phone);
    EXPECT_EQ(clients[0].at("name"), "Ana");
    EXPECT_EQ(clients[0].at("line"), line);
    const auto conversations = rows(R"(select * from "Conversation")");
    ASSERT_EQ(conversations.size(), std::size(models));
    for (const auto& one : conversations) {
        EXPECT_EQ(one.at("status"), "active");
        EXPECT_EQ(one.at("unanswered"), "0");
    }
    const auto metrics =
        rows(R"(select sum("totalSent") sent, sum(delivered) delivered, sum(failed) failed,)"
             R"( sum(received) received, sum(suppressed) suppressed from "MessageMetrics")");
    EXPECT_EQ(metrics, (Rows{{{"sent", "3"},
                              {"delivered", "3"},
                              {"failed", "0"},
                              {"received", "3"},
                              {"suppressed", "0"}}}));
}

TEST_P(Golden, OneMessageInEveryShapeIsOneEventAndNoDelivery) {
    start();
    const auto message = bodies::message("wamid.same", ana, "Hola");
    const auto again = bodies::message("wamid.same", ana, "Hola", "delivered");
    const auto event = bodies::event(message, ana, line);
    auto listed = message;
    listed["kapso"]["phone_number"] = ana;
    listed["kapso"]["phone_number_id"] = line;
    const Json list{{"data", Json::array({listed})}, {"paging", Json::object()}};
    const auto first = post(event, bodies::received);
    EXPECT_EQ(first.json()["appended"], 1) << first.body;
    const std::pair<Json, std::string> shapes[] = {
        {event, bodies::received},
        {bodies::batch(Json::array({event})), bodies::received},
        {bodies::event(again, ana, line), bodies::received},
        {list, bodies::received},
        {bodies::v1(message, ana, line), bodies::received},
        {bodies::meta(message, ana, line), ""},
        {bodies::meta(message, ana, line)["entry"][0]["changes"][0]["value"], ""},
        {bodies::seed1(message), ""},
        {bodies::seed2(message, ana), ""},
        {Json::array({bodies::seed2(message, ana)}), ""},
    };
    for (const auto& [body, name] : shapes) {
        const auto answer = post(body, name);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.json()["repeated"], 1) << body << answer.body;
        EXPECT_EQ(answer.json()["appended"], 0) << body << answer.body;
    }
    const auto twice = post(bodies::batch(Json::array({event, event})), bodies::received);
    EXPECT_EQ(twice.json()["repeated"], 2) << twice.body;
    EXPECT_EQ(events_of("MessageReceived").size(), 1U);
    EXPECT_EQ(get("/api/deliveries")["deliveries"], Json::array());
}

TEST_P(Golden, SwitchesThatAreOffKeepItSilentAndSayWhy) {
    environment_.erase("OPENAI_API_KEY");
    start();
    settings({{"debounceSeconds", 0}, {"aiEnabled", true}});
    write(ana, "uno");
    EXPECT_EQ(silences(1), std::vector<std::string>{"chatbot_off"});
    settings({{"chatbotEnabled", true}, {"aiEnabled", false}});
    write(ana, "dos");
    EXPECT_EQ(silences(2).back(), "ai_off");
    settings({{"aiEnabled", true}, {"aiProvider", "openai"}, {"aiModel", "gpt-5.4-mini"}});
    write(ana, "tres");
    EXPECT_EQ(silences(3).back(), "key_missing");
    settings({{"aiProvider", "deepseek"}, {"aiModel", "deepseek-flash"}});
    write(ana, "cuatro");
    reply_with(ana, "DELIVERED");
    std::vector<std::string> suppressed;
    for (auto& row : thread(ana)) suppressed.push_back(row["suppressed"]);
    EXPECT_EQ(suppressed,
              (std::vector<std::string>{"chatbot_off", "ai_off", "key_missing", "", ""}));
}

TEST_P(Golden, ReactionsAndGroupsAreNotAnswered) {
    start_answering();
    auto reaction = bodies::message("wamid.reaction", ana, "");
    reaction["type"] = "reaction";
    reaction["reaction"] = {{"message_id", "wamid.other"}, {"emoji", "👍"}};
    reaction.erase("text");
    post(bodies::event(reaction, ana, line), bodies::received);
    EXPECT_EQ(silences(1).back(), "reaction");
    auto grouped = bodies::message("wamid.group", ana, "Hola a todos");
    grouped["group_id"] = "group-1";
    post(bodies::event(grouped, ana, line), bodies::received);
    EXPECT_EQ(silences(2).back(), "group");
    await_tables();
    EXPECT_EQ(rows(R"(select * from "Client" where "groupId" = 'group-1')").size(), 1U);
    EXPECT_TRUE(received_by(ana).empty());
}

TEST_P(Golden, AKindThatNobodyCanReadGetsTheTextForIt) {
    start_answering();
    settings({{"unsupportedText", "Por favor, escríbelo."}});
    write(ana, "", "unsupported");
    const auto row = reply_with(ana, "DELIVERED");
    EXPECT_EQ(row.at("content"), "Por favor, escríbelo.");
    EXPECT_EQ(row.at("author"), "system");
    EXPECT_TRUE(events_of("ReplyRequested").empty()) << "no model is asked";
    settings({{"unsupportedText", ""}});
    write(ana, "", "unsupported");
    EXPECT_EQ(silences(1).back(), "unsupported_kind");
}

TEST_P(Golden, APersonOnThePhoneAppTakesOver) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    const auto answer =
        post(bodies::echo("wamid.app", ana, "Ya le atiendo yo", line), bodies::sent);
    EXPECT_EQ(answer.status, 200) << answer.body;
    eventually("the conversation is held",
               [&] { return rows(R"(select * from "Conversation")")[0].at("status") == "held"; });
    write(ana, "Gracias");
    EXPECT_EQ(silences(1).back(), "human_holds");
    EXPECT_EQ(events_of("HoldStarted").size(), 1U);
    const auto wrote = events_of("PersonWrote");
    ASSERT_EQ(wrote.size(), 1U);
    EXPECT_EQ(wrote[0]["body"]["via"], "phone_app");
    EXPECT_EQ(received_by(ana).size(), 1U);
    await_tables();
    std::vector<std::string> said;
    for (const auto& row : thread(ana)) said.push_back(row.at("content"));
    ASSERT_EQ(said.size(), 4U);
    EXPECT_EQ(said[2], "Ya le atiendo yo");
}

/// A phone number led to one conversation, a user id to another, and then a message carries both.
TEST_P(Golden, TwoConversationsOfOnePersonAreShownAsOne) {
    start();
    const auto message = [](const std::string& wamid, const std::string& text) {
        return bodies::message(wamid, ana, text);
    };
    auto by_id = message("wamid.b", "dos");
    by_id.erase("from");
    by_id["from_user_id"] = "ES.1";
    auto by_both = message("wamid.c", "tres");
    by_both["from_user_id"] = "ES.1";
    for (const auto& one : {message("wamid.a", "uno"), by_id, by_both}) {
        const Json body{{"message", one}, {"phone_number_id", line}};
        EXPECT_EQ(post(body, bodies::received).json()["appended"], 1);
    }
    await_tables();
    const auto all = get("/api/conversations")["conversations"];
    ASSERT_EQ(all.size(), 2U);
    for (const auto& one : all) {
        const auto shown = get("/api/conversations/" + one["stream"].get<std::string>());
        std::vector<std::string> texts;
        for (const auto& row : shown["messages"]) texts.push_back(row["content"]);
        EXPECT_EQ(texts, (std::vector<std::string>{"uno", "dos", "tres"})) << one;
    }
}

INSTANTIATE_TEST_SUITE_P(On, Golden, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
