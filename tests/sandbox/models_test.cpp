#include "sandbox/models.hpp"

#include "tests/sandbox/stage.hpp"

namespace {

using tests::body_of;
using tests::Json;
using tests::status_of;

class Models : public tests::Stage {
protected:
    static Json asking(const std::string& model, const std::string& text) {
        return {{"model", model},
                {"max_completion_tokens", 100},
                {"messages", Json::array({{{"role", "system"}, {"content", "Be kind."}},
                                          {{"role", "user"}, {"content", text}}})}};
    }
    std::string complete(const Json& body, const std::string& path = "/v1/chat/completions") const {
        return raw("POST", path, body.dump(), "Authorization: Bearer sk-test\r\n");
    }
    static Json asking_claude(const std::string& text) {
        return {{"model", "claude-haiku-4-5"},
                {"max_tokens", 100},
                {"system", "Be kind."},
                {"messages", Json::array({{{"role", "user"}, {"content", text}}})}};
    }
    std::string message(const Json& body) const {
        return raw("POST", "/v1/messages", body.dump(),
                   "x-api-key: sk-ant\r\nanthropic-version: 2023-06-01\r\n");
    }
};

TEST_F(Models, QuoteTheQuestionInItsLanguage) {
    EXPECT_TRUE(sandbox::friendly_answer("Hola, cuales son tus horarios?").starts_with("¡Hola!"));
    EXPECT_TRUE(sandbox::friendly_answer("¿Abrís?").starts_with("¡Hola!"));
    EXPECT_TRUE(sandbox::friendly_answer("Are you open?").starts_with("Hello!"));
    EXPECT_NE(sandbox::friendly_answer("Are you open?").find("“Are you open?”"), std::string::npos);
    EXPECT_EQ(sandbox::friendly_answer("x"), sandbox::friendly_answer("x"));
}

TEST_F(Models, AnswerAsOpenAi) {
    const auto response = complete(asking("gpt-5.4-mini", "Are you open?"));
    ASSERT_EQ(status_of(response), 200);
    const auto answer = Json::parse(body_of(response));
    EXPECT_EQ(answer.at("object"), "chat.completion");
    const auto choice = answer.at("choices").at(0);
    EXPECT_EQ(choice.at("finish_reason"), "stop");
    EXPECT_EQ(choice.at("message").at("content"), sandbox::friendly_answer("Are you open?"));
    EXPECT_GT(answer.at("usage").at("total_tokens"), 1);
}

TEST_F(Models, AnswerAsDeepSeekWithEmptyLinesFirst) {
    const auto response = complete(asking("deepseek-flash", "Hi"), "/chat/completions");
    ASSERT_EQ(status_of(response), 200);
    EXPECT_TRUE(body_of(response).starts_with("\n\n{"));
    EXPECT_EQ(status_of(complete(asking("deepseek-chat", "Hi"))), 400) << "switched off in 2026";
}

TEST_F(Models, AnswerAsAnthropic) {
    const auto response = message(asking_claude("Are you open?"));
    ASSERT_EQ(status_of(response), 200);
    const auto answer = Json::parse(body_of(response));
    EXPECT_EQ(answer.at("type"), "message");
    EXPECT_EQ(answer.at("stop_reason"), "end_turn");
    EXPECT_EQ(answer.at("content").at(0).at("text"), sandbox::friendly_answer("Are you open?"));
}

TEST_F(Models, WantTheirKeys) {
    const auto body = asking("gpt-5.4-mini", "Hi").dump();
    EXPECT_EQ(status_of(raw("POST", "/v1/chat/completions", body)), 401);
    EXPECT_EQ(status_of(raw("POST", "/v1/chat/completions", body, "Authorization: Bearer \r\n")),
              401);
    const auto no = raw("POST", "/v1/messages", asking_claude("Hi").dump());
    EXPECT_EQ(status_of(no), 401);
    EXPECT_EQ(Json::parse(body_of(no)).at("error").at("type"), "authentication_error");
}

TEST_F(Models, RefuseWhatTheRealOnesRefuse) {
    auto old = asking("gpt-5.4-mini", "Hi");
    old["max_tokens"] = 100;
    const auto no = complete(old);
    EXPECT_EQ(status_of(no), 400);
    EXPECT_EQ(Json::parse(body_of(no)).at("error").at("code"), "unsupported_parameter");
    for (const auto& bad : {Json(), Json::array(), Json{{"model", "gpt"}},
                            Json{{"model", "gpt"}, {"messages", Json::array({7})}}}) {
        EXPECT_EQ(status_of(complete(bad)), 400) << bad;
        EXPECT_EQ(status_of(message(bad)), 400) << bad;
    }
    auto claude = asking_claude("Hi");
    claude.erase("max_tokens");
    EXPECT_EQ(status_of(message(claude)), 400);
    claude = asking("claude-haiku-4-5", "Hi");
    claude["max_tokens"] = 100;
    EXPECT_EQ(status_of(message(claude)), 400) << "a system role inside messages";
}

TEST_F(Models, FailAsTheSwitchSays) {
    for (const auto& [fault, status] : {std::pair{"429", 429}, {"529", 529}, {"500", 500}}) {
        set({{"model_fault", fault}, {"model_fault_times", 2}});
        EXPECT_EQ(status_of(complete(asking("gpt-4o", "Hi"))), status);
        EXPECT_EQ(status_of(message(asking_claude("Hi"))), status);
        EXPECT_EQ(status_of(complete(asking("gpt-4o", "Hi"))), 200);
    }
    set({{"model_fault", "429"}});
    EXPECT_NE(complete(asking("gpt-4o", "Hi")).find("Retry-After: 1\r\n"), std::string::npos);
    set({{"model_fault", "empty"}});
    const auto empty = Json::parse(body_of(complete(asking("gpt-4o", "Hi"))));
    EXPECT_EQ(empty.at("choices").at(0).at("message").at("content"), "");
    EXPECT_TRUE(Json::parse(body_of(message(asking_claude("Hi")))).at("content").empty());
    set({{"model_fault", "error_text"}});
    EXPECT_TRUE(Json::parse(body_of(complete(asking("gpt-4o", "Hi")))).contains("error"));
    EXPECT_TRUE(Json::parse(body_of(message(asking_claude("Hi")))).contains("error"));
    set({{"model_fault", "cut_short"}});
    const auto cut = Json::parse(body_of(complete(asking("gpt-4o", "Hi"))));
    EXPECT_EQ(cut.at("choices").at(0).at("finish_reason"), "length");
    EXPECT_EQ(Json::parse(body_of(message(asking_claude("Hi")))).at("stop_reason"), "max_tokens");
}

TEST_F(Models, FailOnTheWayAsTheSwitchSays) {
    set({{"model_fault", "no_json"}});
    EXPECT_FALSE(Json::accept(body_of(complete(asking("gpt-4o", "Hi")))));
    set({{"model_fault", "truncated"}});
    const auto half = complete(asking("gpt-4o", "Hi"));
    EXPECT_EQ(status_of(half), 200);
    EXPECT_FALSE(Json::accept(body_of(half)));
    set({{"model_fault", "reset"}});
    EXPECT_EQ(complete(asking("gpt-4o", "Hi")), "");
}

}  // namespace
