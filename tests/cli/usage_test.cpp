#include "tests/cli/stage.hpp"

namespace tests {
namespace {

using Usage = CliStage;

TEST_F(Usage, NamesTheNearestRightWord) {
    struct Slip {
        std::vector<std::string> words;
        std::string hint;
    };
    for (const auto& [words, hint] : std::vector<Slip>{
             {{"evnts", "list"}, "unknown command \"evnts\"; did you mean events?"},
             {{"events", "lst"}, "unknown command \"lst\"; did you mean list?"},
             {{"events", "--limt", "3"}, "unknown flag --limt; did you mean --limit?"},
             {{"events", "--output", "jsn"}, "did you mean json?"},
             {{"projections", "rebuild", "mesages"}, "did you mean messages?"},
             {{"settings", "get", "aiModl"}, "unknown setting \"aiModl\"; did you mean aiModel?"},
             {{"settings", "set", "debounce=1"}, "did you mean debounceSeconds?"},
             {{"settings", "set", "prompt=x"}, "did you mean systemPrompt?"},
             {{"webhook", "send", "--from", "+"}, "--from has no digit"},
             {{"settings", "set", "aiEnabled"}, "write name=value"},
             {{"webhook", "send", "--shape", "v3"}, "is none of v2|v1|batch|meta|seed1|seed2"},
             {{"events", "--limit", "0"}, "--limit"},
             {{"conv"}, "id is required"},
             {{"version", "now"}, "unexpected argument \"now\""},
             {{}, "subcommand is required"}}) {
        const auto ran = run(words);
        EXPECT_EQ(ran.code, 2) << hint;
        EXPECT_TRUE(has(ran.said, hint)) << ran.said;
        EXPECT_EQ(ran.out, "") << "stdout is for data";
    }
}

TEST_F(Usage, AnArgumentThatIsNoTextIsUsage) {
    const std::string broken = "Hola \xff\xfe";
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"test-chat", broken}, {"settings", "set", "systemPrompt=" + broken}, {broken}}) {
        const auto ran = run(words);
        EXPECT_EQ(ran.code, 2);
        EXPECT_EQ(ran.said,
                  "hilo: argument " + std::to_string(words.size()) + " is not valid UTF-8\n");
    }
}

TEST_F(Usage, HelpIsDataWithExamples) {
    for (const auto& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                   {"events", "--help"},
                                                                   {"events", "show", "--help"},
                                                                   {"sandbox", "--help"},
                                                                   {"version", "--help"},
                                                                   {"doctor", "--help"}}) {
        const auto ran = run(words);
        EXPECT_EQ(ran.code, 0);
        EXPECT_TRUE(has(ran.out, "Example")) << ran.out;
        EXPECT_EQ(ran.said, "");
    }
}

TEST_F(Usage, VersionComesInEveryForm) {
    const auto text = run({"version"}).out;
    EXPECT_TRUE(text.starts_with("hilo "));
    EXPECT_EQ(run({"--version"}).out, text);
    EXPECT_EQ(
        "hilo " + run({"version", "--output", "json"}).json().at("version").get<std::string>(),
        text.substr(0, text.size() - 1));
    EXPECT_TRUE(run({"version", "-o", "csv"}).out.starts_with("name,version\r\n"));
}

TEST_F(Usage, ReadsDotenvInTheWorkingFolder) {
    environment_.erase("DATABASE_URL");
    std::ofstream(folder_ / ".env") << "DATABASE_URL=sqlite:elsewhere.db\n";
    EXPECT_EQ(run({"migrate"}).code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "elsewhere.db"));
    std::ofstream(folder_ / ".env") << "PORT='1\n";
    const auto ran = run({"events"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_TRUE(has(ran.said, ".env, line 1: the quote is not closed")) << ran.said;
}

TEST_F(Usage, AWrongVariableIsUsageToo) {
    environment_["KAPSO_WEBHOK_SECRET"] = "x";
    const auto ran = run({"events"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_TRUE(has(ran.said, "did you mean KAPSO_WEBHOOK_SECRET?")) << ran.said;
}

TEST_F(Usage, SignsAsOpensslDoes) {
    const std::string body = "{\"text\":\"¿Qué tal?\"}\n";
    const auto reference = run_program({"openssl", "dgst", "-sha256", "-hmac", "a secret"}, body);
    ASSERT_EQ(reference.code, 0) << reference.said;
    const auto hash = reference.out.substr(reference.out.rfind(' ') + 1);
    EXPECT_EQ(run({"webhook", "sign", "--secret", "a secret"}, body).out, hash);
    environment_["KAPSO_WEBHOOK_SECRET"] = "a secret,another";
    EXPECT_EQ(run({"webhook", "sign"}, body).out, hash) << "the first of two signs";
    environment_.erase("KAPSO_WEBHOOK_SECRET");
    EXPECT_EQ(run({"webhook", "sign"}, body).code, 2);
}

}  // namespace
}  // namespace tests
