#include "sandbox/sandbox.hpp"
#include "tests/cli/stage.hpp"

namespace tests {
namespace {

using Database = CliStage;

TEST_F(Database, BeforeTheFirstMigrationReadingSaysWhatToDo) {
    for (const auto* command : {"events", "convs", "deliveries", "projections", "settings"}) {
        const auto ran = run({command});
        EXPECT_EQ(ran.code, 1);
        EXPECT_TRUE(has(ran.said, "there is no database hilo.db")) << ran.said;
        EXPECT_TRUE(has(ran.said, "hilo migrate")) << ran.said;
        EXPECT_EQ(ran.out, "");
    }
    const auto set = run({"settings", "set", "aiEnabled=true"});
    EXPECT_EQ(set.code, 1);
    EXPECT_TRUE(has(set.said, "run: hilo migrate")) << set.said;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "hilo.db")) << "a slip must make no database";
}

TEST_F(Database, MigratesOnceAndTellsBefore) {
    const auto before = run({"migrate", "--dry-run", "--output", "json"});
    ASSERT_GE(before.json().size(), 1u) << before.out;
    EXPECT_EQ(before.json()[0].at("applied"), false);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "hilo.db"));
    const auto done = run({"migrate", "--output", "json"});
    EXPECT_EQ(done.code, 0) << done.said;
    EXPECT_EQ(done.json().size(), before.json().size());
    EXPECT_EQ(done.json()[0].at("applied"), true);
    EXPECT_TRUE(has(done.said, "a master key was made")) << "said on stderr, and kept beside it";
    EXPECT_EQ(run({"migrate", "--output", "json"}).out, "[]\n");
}

TEST_F(Database, SettingsAreWrittenWithoutAServer) {
    run({"migrate"});
    const auto set = run({"settings", "set", "debounceSeconds=0", "aiModel=m=1", "aiEnabled=true"});
    EXPECT_EQ(set.code, 0) << set.said;
    EXPECT_TRUE(has(set.said, "in the database itself")) << set.said;
    const auto all = run({"settings", "get", "--output", "json"}).json();
    EXPECT_EQ(all.at("debounceSeconds"), 0);
    EXPECT_EQ(all.at("aiModel"), "m=1");
    EXPECT_EQ(all.at("aiEnabled"), true);
    EXPECT_EQ(run({"settings", "get", "aiModel"}).out, "aiModel  m=1\n");

    const auto wrong = run({"settings", "set", "debounceSeconds=900"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_TRUE(has(wrong.said, "debounceSeconds must be a whole number from 0 to 60"));
    EXPECT_EQ(run({"projections", "-o", "json"}).json()[1].at("lag"), 0)
        << "the tables were brought up with it";
}

TEST_F(Database, EventsAreListedShownAndTailed) {
    run({"migrate"});
    run({"settings", "set", "historyLimit=5"});
    run({"settings", "set", "historyLimit=6"});
    const auto list = run({"events", "list", "--output", "json"}).json();
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[1].at("type"), "SettingsChanged");
    EXPECT_FALSE(list[1].contains("body")) << "what was sealed shows only on demand";
    const auto stream = list[0].at("stream").get<std::string>();
    const auto tail =
        run({"events", "tail", "--stream", stream, "--limit", "1", "--content", "-o", "json"});
    EXPECT_EQ(tail.json().at("body").at("changed").at("historyLimit"), 6) << tail.out;
    EXPECT_EQ(run({"events", "--after", "1", "-o", "csv"}).out.substr(0, 10), "position,r");
    EXPECT_EQ(run({"events", "show", "2", "-o", "json"}).json().at("position"), 2);
    EXPECT_EQ(run({"events", "show", "3"}).code, 3);
    EXPECT_EQ(run({"events", "--stream", "mine"}).code, 2);
}

TEST_F(Database, WhatIsNotThereIsNotFound) {
    run({"migrate"});
    const std::string id = "6b1f0d7a-523e-4c19-9a44-68696c6f0001";
    EXPECT_EQ(run({"conv", "12"}).code, 3);
    EXPECT_EQ(run({"conv", id}).code, 3);
    EXPECT_EQ(run({"conv", "ana"}).code, 2);
    EXPECT_EQ(run({"deliveries", "show", id}).code, 3);
    EXPECT_EQ(run({"deliveries", "replay", id}).code, 3);
    EXPECT_EQ(run({"deliveries", "show", "1"}).code, 2);
}

TEST_F(Database, RebuildsWithoutAServer) {
    run({"migrate"});
    const auto ran = run({"projections", "rebuild", "all", "--output", "json"});
    EXPECT_EQ(ran.code, 0) << ran.said;
    ASSERT_EQ(ran.json().size(), 3u);
    for (const auto& one : ran.json()) EXPECT_EQ(one.at("rebuilt"), true);
    EXPECT_EQ(ran.said.find("in the database itself"), ran.said.rfind("in the database itself"))
        << "said once for all of it: " << ran.said;
}

TEST_F(Database, WhatNeedsAServerSaysSo) {
    run({"migrate"});
    for (const auto& words : std::vector<std::vector<std::string>>{{"conv", "1", "reply", "Hola"},
                                                                   {"test-chat", "Hola"}}) {
        const auto ran = run(words);
        EXPECT_EQ(ran.code, 1);
        EXPECT_TRUE(has(ran.said, "start it with hilo serve")) << ran.said;
    }
}

// ---- The doctor -------------------------------------------------------------------------------

TEST_F(Database, TheDoctorNamesWhatIsMissingAndHowToMendIt) {
    const auto ran = run({"doctor"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_TRUE(has(ran.out, "error  webhook secret: KAPSO_WEBHOOK_SECRET is not set")) << ran.out;
    EXPECT_TRUE(has(ran.out, "warn   schema: ")) << ran.out;
    EXPECT_TRUE(has(ran.out, "hilo migrate applies them")) << ran.out;
    EXPECT_TRUE(has(ran.out, "warn   Kapso key: ")) << ran.out;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "hilo.db")) << "the doctor changes nothing";
}

TEST_F(Database, TheDoctorIsContentWithAWholeInstallation) {
    const std::string secret = "never-to-be-shown";
    sandbox::Options options;
    options.api_key = options.webhook_secret = secret;
    options.line = "1";
    sandbox::Sandbox kapso(options);
    const auto url = "http://127.0.0.1:" + std::to_string(kapso.start());
    environment_.merge(Environment{{"KAPSO_WEBHOOK_SECRET", secret},
                                   {"KAPSO_API_KEY", secret},
                                   {"KAPSO_WEBHOOK_TOKEN", secret},
                                   {"KAPSO_API_BASE_URL", url},
                                   {"KAPSO_PHONE_NUMBER_ID", "1"},
                                   {"DEEPSEEK_API_KEY", secret},
                                   {"HILO_ADMIN_TOKEN", secret}});
    run({"migrate"});
    run({"settings", "set", "chatbotEnabled=true", "aiEnabled=true"});
    const auto ran = run({"doctor", "--output", "json"});
    EXPECT_EQ(ran.code, 0) << ran.out;
    for (const auto& finding : ran.json()) EXPECT_EQ(finding.at("state"), "ok") << finding;
    EXPECT_FALSE(has(ran.out + ran.said, secret));

    environment_["HILO_MASTER_KEY"] = std::string(64, 'b');
    const auto other_key = run({"doctor"});
    EXPECT_EQ(other_key.code, 1);
    EXPECT_TRUE(has(other_key.out, "error  database: ")) << other_key.out;

    environment_["PORT"] = "many";
    const auto wrong = run({"doctor"});
    EXPECT_EQ(wrong.code, 1);
    EXPECT_TRUE(has(wrong.out, "error  environment: PORT must be a number")) << wrong.out;
}

}  // namespace
}  // namespace tests
