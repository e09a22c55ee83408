#include "ai/requests.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;
using domain::Speaker;

domain::Line line(Speaker speaker, std::string text) { return {speaker, std::move(text), {}, 0}; }

ai::Call call_to(std::string provider) {
    return {.provider = std::move(provider),
            .model = "some-model",
            .prompt = {"Be kind.",
                       {line(Speaker::customer, "Hi"), line(Speaker::business, "Hello!"),
                        line(Speaker::customer, "Open?")}},
            .max_output_tokens = 321};
}

Json body_of(const ai::Call& call) { return Json::parse(ai::request_of(call, {"k", ""})->body); }

std::string header(const net::Request& request, const std::string& name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) return value;
    }
    return {};
}

const Json spoken = Json::parse(R"([{"role":"user","content":"Hi"},
                                    {"role":"assistant","content":"Hello!"},
                                    {"role":"user","content":"Open?"}])");
Json with_system() {
    auto out = spoken;
    out.insert(out.begin(), Json{{"role", "system"}, {"content", "Be kind."}});
    return out;
}

TEST(RequestsTest, OpenAiIsAskedForACompletion) {
    const auto request = ai::request_of(call_to("openai"), {"sk-1", ""});
    EXPECT_EQ(request->url, "https://api.openai.com/v1/chat/completions");
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(header(*request, "Authorization"), "Bearer sk-1");
    EXPECT_EQ(header(*request, "Content-Type"), "application/json");
    EXPECT_FALSE(request->once);
    EXPECT_EQ(body_of(call_to("openai")), (Json{{"model", "some-model"},
                                                {"messages", with_system()},
                                                {"max_completion_tokens", 321}}));
}

TEST(RequestsTest, DeepSeekDoesNotThinkAloud) {
    EXPECT_EQ(ai::request_of(call_to("deepseek"), {"k", ""})->url,
              "https://api.deepseek.com/chat/completions");
    EXPECT_EQ(body_of(call_to("deepseek")), (Json{{"model", "some-model"},
                                                  {"messages", with_system()},
                                                  {"max_tokens", 321},
                                                  {"thinking", {{"type", "disabled"}}}}));
}

TEST(RequestsTest, AnthropicGetsTheSystemTextApart) {
    const auto request = ai::request_of(call_to("anthropic"), {"key", ""});
    EXPECT_EQ(request->url, "https://api.anthropic.com/v1/messages");
    EXPECT_EQ(header(*request, "x-api-key"), "key");
    EXPECT_EQ(header(*request, "anthropic-version"), "2023-06-01");
    EXPECT_EQ(header(*request, "Authorization"), "");
    EXPECT_EQ(body_of(call_to("anthropic")), (Json{{"model", "some-model"},
                                                   {"max_tokens", 321},
                                                   {"system", "Be kind."},
                                                   {"messages", spoken}}));
}

TEST(RequestsTest, AnotherBaseUrlMayEndInASlash) {
    EXPECT_EQ(ai::request_of(call_to("openai"), {"k", "http://127.0.0.1:9/v1/"})->url,
              "http://127.0.0.1:9/v1/chat/completions");
}

TEST(RequestsTest, AnUnknownProviderHasNoRequest) {
    EXPECT_FALSE(ai::request_of(call_to("gemini"), {"k", ""}));
    EXPECT_EQ(ai::default_base_url("gemini"), "");
    EXPECT_EQ(ai::default_base_url("deepseek"), "https://api.deepseek.com");
}

TEST(RequestsTest, AnEmptySystemTextIsLeftOut) {
    for (const auto* provider : {"openai", "deepseek", "anthropic"}) {
        auto call = call_to(provider);
        call.prompt.system = " \n";
        const auto body = body_of(call);
        EXPECT_FALSE(body.contains("system")) << provider;
        EXPECT_EQ(body["messages"], spoken) << provider;
    }
}

TEST(RequestsTest, BrokenTextIsMendedAndNotThrown) {
    auto call = call_to("openai");
    call.prompt.lines = {line(Speaker::customer, "a\xff")};
    EXPECT_EQ(body_of(call)["messages"][1]["content"], "a\xEF\xBF\xBD");
}

/// Whatever was said: roles alternate, no text is blank, and Anthropic's last word is the user's.
TEST(RequestsTest, RolesAlternateWhateverWasSaid) {
    EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& said) {
        ai::Call call{.provider = "anthropic", .model = "m", .prompt = {}};
        for (const auto& [ours, kind] : said) {
            call.prompt.lines.push_back(line(ours ? Speaker::business : Speaker::customer,
                                             kind % 3 == 0 ? " \n" : std::to_string(kind)));
        }
        const auto messages = body_of(call)["messages"];
        for (std::size_t i = 0; i < messages.size(); ++i) {
            RC_ASSERT(messages[i]["content"].get<std::string>().find_first_not_of(" \n") !=
                      std::string::npos);
            if (i > 0) RC_ASSERT(messages[i]["role"] != messages[i - 1]["role"]);
        }
        if (!messages.empty()) RC_ASSERT(messages.back()["role"] == "user");
    }));
}

}  // namespace
