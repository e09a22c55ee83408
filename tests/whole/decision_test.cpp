#include "tests/whole/golden.hpp"

/// Why the bot said that: asked of the log alone.
namespace tests {
namespace {

class Decision : public Golden {
protected:
    Json step_with(const Json& shown, const std::string& type) const {
        for (const auto& step : shown["steps"]) {
            for (const auto& event : step["decided"]) {
                if (event["type"] == type) return step;
            }
        }
        ADD_FAILURE() << "no step decided " << type << ": " << shown;
        return {};
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, Decision, ::testing::Values("sqlite", "postgres"), store_name);

TEST_P(Decision, ShowsWhatItKnewWasAskedAndSaid) {
    start_answering();
    settings({{"systemPrompt", "Be brief."}});
    write(ana, "Hola");
    const auto reply = reply_with(ana, "DELIVERED");
    settings({{"systemPrompt", "Be long."}, {"chatbotEnabled", false}});  // later, and no matter
    await_tables();

    const auto ran = run({"decision", reply.at("id"), "show", "--output", "json"});
    ASSERT_EQ(ran.code, 0) << ran.said;
    const auto shown = Json::parse(ran.out);
    EXPECT_EQ(shown["turn"], reply.at("turn"));
    const auto asked = step_with(shown, "ReplyRequested");
    EXPECT_EQ(asked["replay"], "same");
    EXPECT_EQ(asked["prompt"]["system"], "Be brief.");
    EXPECT_EQ(asked["prompt"]["lines"][0]["text"], "Hola");
    EXPECT_EQ(asked["prompt"]["sha256"], asked["decided"][0]["body"]["prompt_sha256"]);
    EXPECT_EQ(asked["saw"]["settings"]["systemPrompt"], "Be brief.");
    for (const auto& gate : asked["gates"]) EXPECT_EQ(gate["closed"], false) << gate;
    const auto said = step_with(shown, "ReplyGenerated");
    EXPECT_EQ(said["about"], "generated");
    EXPECT_EQ(said["decided"][1]["body"]["text"], reply.at("content"));

    // The same turn by any of its names.
    for (const auto& name : {reply.at("turn"), reply.at("attempt"), reply.at("eventId")}) {
        EXPECT_EQ(run({"decision", name, "--output", "json"}).out, ran.out) << name;
    }
    EXPECT_EQ(run({"decision", reply.at("id"), "replay"}).code, 0);
    EXPECT_EQ(run({"decision", reply.at("id"), "diff", "--output", "json"}).out, "[]\n");
}

TEST_P(Decision, ShowsWhichGateWasClosed) {
    start_answering();
    settings({{"aiEnabled", false}});
    const auto wamid = write(ana, "Hola");
    silences(1);
    await_tables();
    const auto message = thread(ana).at(0);
    const auto ran = run({"decision", message.at("id"), "--output", "json"});
    ASSERT_EQ(ran.code, 0) << ran.said;
    const auto step = step_with(Json::parse(ran.out), "ReplySuppressed");
    std::vector<std::string> closed;
    for (const auto& gate : step["gates"]) {
        if (gate["closed"]) closed.push_back(gate["gate"]);
    }
    EXPECT_EQ(closed, std::vector<std::string>{"ai_off"});
}

TEST_P(Decision, WhatNothingWasDecidedAboutIsSaid) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    EXPECT_EQ(run({"decision", "999999"}).code, 3);
    EXPECT_EQ(run({"decision", "00000000-0000-4000-8000-000000000000"}).code, 3);
    const auto ran = run({"decision", "what"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.said.find("\"what\" is neither a UUID nor a number"), std::string::npos)
        << ran.said;
}

}  // namespace
}  // namespace tests
