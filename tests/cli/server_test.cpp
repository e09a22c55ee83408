#include "tests/cli/stage.hpp"

namespace tests {
namespace {

/// Commands beside a running `hilo serve`; one test starts it once for several steps.
class BesideServer : public CliStage {
protected:
    void start() {
        environment_["KAPSO_PHONE_NUMBER_ID"] = "100000000000001";
        environment_["KAPSO_API_BASE_URL"] = "http://127.0.0.1:1/none";
        environment_["HILO_ADMIN_TOKEN"] = "an admin token";
        serve();
    }
    /// The one conversation, when the tables have it.
    std::string conversation() {
        Json list;
        await("the conversation", [&] {
            list = run({"convs", "--output", "json"}).json();
            return list.is_array() && !list.empty();
        });
        EXPECT_EQ(list.size(), 1u);
        return std::to_string(list[0].at("id").get<std::int64_t>());
    }
};

TEST_F(BesideServer, SettingsGoThroughTheServerThatHasTheFile) {
    start();
    const auto set = run({"settings", "set", "holdMinutes=7"});
    EXPECT_EQ(set.code, 0) << set.said;
    EXPECT_FALSE(has(set.said, "in the database itself")) << set.said;
    EXPECT_EQ(run({"settings", "get", "holdMinutes"}).out, "holdMinutes  7\n");
    EXPECT_EQ(run({"settings", "set", "holdMinutes=-1"}).code, 2);
    const auto rebuilt = run({"projections", "rebuild", "all", "-o", "json"});
    EXPECT_EQ(rebuilt.code, 0) << rebuilt.said;
    ASSERT_EQ(rebuilt.json().size(), 3u);
    for (const auto& one : rebuilt.json()) {
        EXPECT_EQ(one.at("rebuilt"), true);
        EXPECT_EQ(one.at("parkedCount"), 0);
    }

    const auto chat = run({"test-chat", "Hola"});
    EXPECT_EQ(chat.code, 1) << "no key is set";
    EXPECT_TRUE(has(chat.out, "DEEPSEEK_API_KEY")) << chat.out;

    environment_["HILO_ADMIN_TOKEN"] = "another";
    const auto stranger = run({"settings", "set", "holdMinutes=9"});
    EXPECT_EQ(stranger.code, 1);
    EXPECT_TRUE(has(stranger.said, "HILO_ADMIN_TOKEN")) << stranger.said;

    environment_["PORT"] = "1";
    const auto locked = run({"settings", "set", "holdMinutes=9"});
    EXPECT_EQ(locked.code, 1);
    EXPECT_TRUE(has(locked.said, "in use by another hilo")) << locked.said;
    stop_serving();
    EXPECT_EQ(run({"settings", "get", "holdMinutes"}).out, "holdMinutes  7\n");
}

/// 127.1 is this machine too, but not by a name that counts as loopback.
TEST_F(BesideServer, CommandsFindAServerThatListensElsewhere) {
    start();
    environment_["HOST"] = "127.1";
    const auto set = run({"settings", "set", "holdMinutes=7"});
    EXPECT_EQ(set.code, 0) << set.said;
    EXPECT_EQ(run({"webhook", "send"}).code, 0);
    EXPECT_TRUE(has(run({"doctor"}).out, "ready at http://127.1:"));
    environment_["PORT"] = "1";
    const auto none = run({"test-chat", "Hola"});
    EXPECT_TRUE(has(none.said, "no server answers at http://127.1:1")) << none.said;
    stop_serving();
}

TEST_F(BesideServer, DeliveriesGoAfter30Days) {
    start();
    const auto list = [&] { return run({"deliveries", "-o", "json"}).json(); };
    run({"webhook", "send", "--from", "+52 833 443 0060"});
    const auto url = "http://127.0.0.1:" + environment_.at("PORT") + "/api/whatsapp/webhook";
    for (const std::string body : {"old nonsense", "new nonsense"}) {
        const auto signature = run({"webhook", "sign"}, body).out;
        const auto sent = run_program(
            {"curl", "-s", url, "-H",
             "X-Webhook-Signature: " + signature.substr(0, signature.size() - 1), "-d", body});
        EXPECT_TRUE(has(sent.out, "\"kept\":1")) << sent.out;
    }
    ASSERT_EQ(list().size(), 2u);
    const auto old = list()[1].at("sha256").get<std::string>();
    stop_serving();
    const auto aged = run_program(
        {"sqlite3", "hilo.db",
         "update delivery set received = received - 31 * 86400000000 where hex(sha256) = upper('" +
             old + "')"});
    ASSERT_EQ(aged.code, 0) << aged.said;
    EXPECT_EQ(list().size(), 2u);
    serve();
    await("the old delivery is removed", [&] { return list().size() == 1; });
    EXPECT_NE(list()[0].at("sha256"), old);
    stop_serving();
}

TEST_F(BesideServer, ANumberIsTheSameHoweverItIsTyped) {
    start();
    for (const std::string from : {"528334430060", "+52 833 443-0060", "+52 (833) 4430060"}) {
        EXPECT_EQ(run({"webhook", "send", "--from", from}).code, 0);
    }
    run({"webhook", "send", "--from", "US.1349"});
    await("both persons", [&] { return run({"convs", "-o", "json"}).json().size() == 2; });
    const auto all = run({"convs", "-o", "json"}).json();
    EXPECT_EQ(all[0].at("bsuid"), "US.1349");
    EXPECT_EQ(all[1].at("phone"), "528334430060");
    stop_serving();
}

TEST_F(BesideServer, ASilenceIsShownWithItsReason) {
    start();
    run({"webhook", "send"});
    const auto reasons = [&] {
        std::vector<std::string> found;
        for (const auto& event : run({"events", "-o", "json"}).json()) {
            if (event.at("type") == "ReplySuppressed") found.push_back(event.at("reason"));
        }
        return found;
    };
    await("the silence", [&] { return !reasons().empty(); });
    EXPECT_EQ(reasons(), std::vector<std::string>{"chatbot_off"});
    EXPECT_TRUE(has(run({"events"}).out, "chatbot_off"));
    await("the table", [&] { return has(run({"conv", conversation()}).out, "chatbot_off"); });
    stop_serving();
}

TEST_F(BesideServer, AProviderComesWithItsModelAndAWordAboutItsKey) {
    start();
    const auto set = run({"settings", "set", "aiProvider=openai", "-o", "json"});
    EXPECT_EQ(set.code, 0) << set.said;
    EXPECT_EQ(set.json().at("aiModel"), "gpt-5.4-mini");
    EXPECT_TRUE(has(set.said, "aiProvider is openai, which has no key")) << set.said;
    const auto kept = run({"settings", "set", "aiModel=deepseek-flash", "-o", "json"});
    EXPECT_TRUE(has(kept.said, "is a model of deepseek")) << kept.said;
    stop_serving();
}

TEST_F(BesideServer, EveryShapeOfWebhookIsAMessageOfOnePerson) {
    start();
    const std::vector<std::string> shapes{"v2", "v1", "batch", "meta", "seed1", "seed2"};
    for (const auto& shape : shapes) {
        const auto sent = run({"webhook", "send", "--shape", shape, "--from", "528334430060",
                               "--text", "Hola de " + shape, "-o", "json"});
        EXPECT_EQ(sent.code, 0) << shape << ": " << sent.out << sent.said;
        EXPECT_EQ(sent.json().at("status"), 200);
    }
    std::vector<std::string> texts;
    for (const auto& event : run({"events", "--content", "-o", "json"}).json()) {
        if (event.at("type") == "MessageReceived") texts.push_back(event.at("body").at("text"));
    }
    std::vector<std::string> expected;
    for (const auto& shape : shapes) expected.push_back("Hola de " + shape);
    EXPECT_EQ(texts, expected);
    EXPECT_EQ(run({"deliveries", "-o", "json"}).out, "[]\n");

    const auto id = conversation();
    await("the thread", [&] {
        return run({"conv", id, "show", "-o", "json"}).json().at("messages").size() ==
               shapes.size();
    });
    EXPECT_TRUE(has(run({"conv", id}).out, "Hola de meta"));

    const auto forged = run({"webhook", "send", "--secret", "another"});
    EXPECT_EQ(forged.code, 1);
    EXPECT_TRUE(has(forged.out, "401")) << forged.out;
    stop_serving();
}

TEST_F(BesideServer, APersonsReplyIsTakenOncePerKey) {
    start();
    ASSERT_EQ(run({"webhook", "send"}).code, 0);
    const auto id = conversation();
    const auto first = run({"conv", id, "reply", "At nine.", "--key", "k1", "-o", "json"});
    EXPECT_EQ(first.code, 0) << first.said;
    EXPECT_EQ(first.json().at("status"), "accepted");
    EXPECT_EQ(
        run({"conv", id, "reply", "At nine.", "--key", "k1", "-o", "json"}).json().at("status"),
        "repeated");
    const auto other = run({"conv", id, "reply", "At ten.", "--key", "k1"});
    EXPECT_EQ(other.code, 4) << other.said;
    EXPECT_EQ(run({"conv", "999999", "reply", "Hello"}).code, 3);
    stop_serving();
}

}  // namespace
}  // namespace tests
