#include "ai/answers.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace std::chrono_literals;
using domain::conversation::Answer;

ai::Call call_to(std::string provider) {
    return {.provider = std::move(provider), .model = "asked", .prompt = {}};
}
std::variant<Answer, ai::Problem> read(const std::string& provider, net::Response response) {
    return ai::answer_of(call_to(provider), response);
}
Answer answer(const std::string& provider, const std::string& body) {
    const auto out = read(provider, {200, {}, body});
    if (const auto* problem = std::get_if<ai::Problem>(&out)) ADD_FAILURE() << problem->error;
    return std::holds_alternative<Answer>(out) ? std::get<Answer>(out) : Answer{};
}
ai::Problem problem(const std::string& provider, net::Response response) {
    const auto out = read(provider, std::move(response));
    if (const auto* text = std::get_if<Answer>(&out)) ADD_FAILURE() << "answered " << text->text;
    return std::holds_alternative<Answer>(out) ? ai::Problem{} : std::get<ai::Problem>(out);
}

TEST(AnswersTest, ReadsACompletion) {
    EXPECT_EQ(answer("openai", R"({"model":"m-2026","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"Yes.","refusal":null}}],
        "usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}})"),
              (Answer{"openai", "m-2026", "Yes.", 12, 3, 0}));
}

/// No sum of what a provider counts runs over.
TEST(AnswersTest, CountsOfTokensHaveABound) {
    const auto said = answer("anthropic", R"({"content":[{"type":"text","text":"Hi"}],
        "usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,
        "output_tokens":-1}})");
    EXPECT_EQ(said.text, "Hi");
    EXPECT_EQ(said.input_tokens, 2'000'000'000'000);
    EXPECT_EQ(said.output_tokens, 0);
}

TEST(AnswersTest, TakesTheFirstChoiceWithAText) {
    EXPECT_EQ(answer("openai", R"({"choices":[{"message":{"content":null}},
        {"message":{"content":" \n"}},{"message":{"content":"third"}},
        {"message":{"content":"fourth"}}]})"),
              (Answer{"openai", "asked", "third", 0, 0, 0}));
}

TEST(AnswersTest, ATruncatedTextIsAText) {
    EXPECT_EQ(answer("openai", R"({"choices":[{"finish_reason":"length",
        "message":{"content":"Once upon"}}]})")
                  .text,
              "Once upon");
    EXPECT_EQ(answer("anthropic", R"({"stop_reason":"max_tokens",
        "content":[{"type":"text","text":"Once upon"}]})")
                  .text,
              "Once upon");
}

TEST(AnswersTest, DeepSeeksBlankLinesAreTrimmed) {
    EXPECT_EQ(answer("deepseek",
                     "\n\n\r\n\n"
                     R"({"choices":[{"message":{"content":"Hi",
        "reasoning_content":"hidden"}}]})")
                  .text,
              "Hi");
}

TEST(AnswersTest, JoinsAnthropicsTextsAndCountsTheCache) {
    EXPECT_EQ(answer("anthropic", R"({"model":"c","stop_reason":"end_turn","content":[
        {"type":"thinking","thinking":"hm"},{"type":"text","text":"One. "},
        {"type":"text","text":"Two."}],"usage":{"input_tokens":5,"output_tokens":2,
        "cache_creation_input_tokens":10,"cache_read_input_tokens":100}})"),
              (Answer{"anthropic", "c", "One. Two.", 115, 2, 0}));
}

TEST(AnswersTest, NoTextIsAFailureThatStays) {
    struct Row {
        std::string provider, body, word;
    };
    const Row rows[] = {
        {"openai", R"({"choices":[]})", "empty"},
        {"openai", R"({})", "empty"},
        {"openai", R"({"choices":"?","usage":[]})", "empty"},
        {"openai", R"({"choices":[null,1,{"message":[]}]})", "empty"},
        {"openai", R"({"choices":[{"message":{"content":["x"]}}]})", "empty"},
        {"openai", R"({"choices":[{"message":{"content":null,"refusal":"I can't"}}]})", "refused"},
        {"openai", R"({"choices":[{"finish_reason":"content_filter",
                                   "message":{"content":"Half a"}}]})",
         "content filter"},
        {"openai", R"({"choices":[{"finish_reason":"length","message":{"content":""}}]})",
         "token limit"},
        {"openai", R"({"error":{"message":"late","type":"server_error"}})",
         "200 server_error: late"},
        {"openai", "<html>", "not a JSON object"},
        {"openai", "[]", "not a JSON object"},
        {"openai", "", "not a JSON object"},
        {"anthropic", R"({"content":[]})", "empty"},
        {"anthropic", R"({"content":null})", "empty"},
        {"anthropic", R"({"content":[{"type":"thinking","thinking":"x"}],
                          "stop_reason":"max_tokens"})",
         "token limit"},
        {"anthropic", R"({"content":[{"type":"text","text":"I"}],"stop_reason":"refusal"})",
         "refused"},
    };
    for (const auto& row : rows) {
        const auto got = problem(row.provider, {200, {}, row.body});
        EXPECT_NE(got.error.find(row.word), std::string::npos) << row.body << " -> " << got.error;
        EXPECT_FALSE(got.may_pass) << row.body;
    }
}

TEST(AnswersTest, DeepSeekWithoutResourcesMayPass) {
    EXPECT_TRUE(problem("deepseek", {200, {}, R"({"choices":[{"message":{"content":""},
        "finish_reason":"insufficient_system_resource"}]})"})
                    .may_pass);
}

TEST(AnswersTest, KnowsWhatMayPass) {
    const auto named = [](const std::string& code) {
        return R"({"error":{"message":"m","type":"t","code":")" + code + R"("}})";
    };
    struct Row {
        std::string provider;
        int status;
        std::string body;
        bool may_pass;
    };
    const Row rows[] = {
        {"openai", 400, named("unsupported_parameter"), false},
        {"openai", 401, named("invalid_api_key"), false},
        {"deepseek", 402, R"({"error":{"message":"Insufficient Balance"}})", false},
        {"openai", 403, "", false},
        {"openai", 404, R"({"error":"not found"})", false},
        {"openai", 408, "", true},
        {"openai", 409, "", true},
        {"openai", 422, "{}", false},
        {"openai", 429, named("rate_limit_exceeded"), true},
        {"openai", 429, named("slow_down"), true},
        {"openai", 429, "Too many", true},
        {"openai", 429, named("insufficient_quota"), false},
        {"openai", 429, R"({"error":{"type":"insufficient_quota","code":null}})", false},
        {"openai", 429, named("credit_balance_exhausted"), false},
        {"openai", 429, named("project_spend_limit_exceeded"), false},
        {"openai", 429, named("organization_usage_limit_exceeded"), false},
        {"anthropic", 429, R"({"type":"error","error":{"type":"rate_limit_error"}})", false},
        {"openai", 500, "", true},
        {"openai", 503, "Bad Gateway", true},
        {"anthropic", 529, R"({"error":{"type":"overloaded_error","message":"Overloaded"}})", true},
        {"openai", 302, "", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(problem(row.provider, {row.status, {}, row.body}).may_pass, row.may_pass)
            << row.status << " " << row.body;
    }
}

TEST(AnswersTest, PassesOnHowLongToWait) {
    EXPECT_EQ(problem("openai", {429, {{"retry-after", "7"}}, ""}).wait, 7s);
    const auto limited = problem("anthropic", {429, {{"retry-after", "3"}}, "{}"});
    EXPECT_TRUE(limited.may_pass);
    EXPECT_EQ(limited.wait, 3s);
    EXPECT_FALSE(problem("openai", {500, {}, ""}).wait);
}

TEST(AnswersTest, AFailedExchangeMayPass) {
    const auto got = ai::problem_of(net::Failure{true, "reset"});
    EXPECT_TRUE(got.may_pass);
    EXPECT_EQ(got.error, "reset");
}

TEST(AnswersTest, NoBodyThrows) {
    EXPECT_TRUE(rc::check([](const std::string& text, int status, bool ours) {
        for (const auto& body : {text, R"({"choices":[{"message":)" + text + "}]}",
                                 R"({"content":)" + text + "}", R"({"usage":)" + text + "}"}) {
            const auto out =
                read(ours ? "openai" : "anthropic", {200 + std::abs(status % 400), {}, body});
            if (const auto* got = std::get_if<Answer>(&out)) RC_ASSERT(!got->text.empty());
        }
    }));
}

}  // namespace
