#include "tests/cli/stage.hpp"

namespace tests {
namespace {

class ParkedCommand : public CliStage {
protected:
    void sql(const std::string& statement) {
        const auto ran = run_program({"sqlite3", "hilo.db", statement});
        ASSERT_EQ(ran.code, 0) << ran.said;
    }
    std::size_t silences() {
        std::size_t found = 0;
        for (const auto& event : run({"events", "-o", "json"}).json()) {
            found += event.at("type") == "ReplySuppressed" ? 1 : 0;
        }
        return found;
    }
    /// As `await`, for what takes the five lives of a conversation, half a minute.
    template <class F>
    bool after_five_lives(F there) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(90);
        while (!there()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        return true;
    }
};

TEST_F(ParkedCommand, AConversationThatCantGoOnIsSeenAndSkippedOn) {
    environment_["KAPSO_PHONE_NUMBER_ID"] = "100000000000001";
    environment_["KAPSO_API_BASE_URL"] = "http://127.0.0.1:1/none";
    serve();
    run({"webhook", "send"});
    await("the first silence", [&] { return silences() == 1; });
    stop_serving();
    sql("drop trigger event_kept; update event set schema = 99 where type = 4");

    serve();
    run({"webhook", "send"});
    run({"webhook", "send", "--from", "528334430061"});
    await("the others", [&] { return silences() == 2; });
    Json parked;
    ASSERT_TRUE(after_five_lives([&] {
        parked = run({"parked", "-o", "json"}).json();
        return !parked.empty();
    }));
    ASSERT_EQ(parked.size(), 1u);
    EXPECT_EQ(parked[0].at("consumer"), "conversations");
    EXPECT_TRUE(has(parked[0].at("error").get<std::string>(), "newer Hilo"));
    const auto stream = parked[0].at("stream").get<std::string>();
    EXPECT_TRUE(has(run({"doctor"}).out, "1 are parked, and nobody is answered there"));
    const auto replied = run({"conv", stream, "reply", "Hola"});
    EXPECT_EQ(replied.code, 4);
    EXPECT_TRUE(has(replied.said, "is parked")) << replied.said;

    const auto none = run({"parked", "retry", "messages", stream});
    EXPECT_EQ(none.code, 4) << none.said;
    EXPECT_TRUE(has(none.said, "is not parked for messages")) << none.said;
    const auto position = std::to_string(parked[0].at("position").get<int>());
    EXPECT_EQ(run({"parked", "skip", "conversations", stream}).code, 2) << "of which event?";
    const auto skipped = run({"parked", "skip", "conversations", stream, position, "--by", "Eva"});
    EXPECT_EQ(skipped.code, 0) << skipped.said;
    EXPECT_TRUE(has(skipped.out, "goes on"));
    await("the third silence", [&] { return silences() == 3; });
    EXPECT_EQ(run({"parked", "-o", "json"}).json(), Json::array());
    EXPECT_TRUE(has(run({"events"}).out, "OperatorActed"));
    stop_serving();
}

TEST_F(ParkedCommand, ATableIsMendedWithoutAServerToo) {
    environment_["KAPSO_PHONE_NUMBER_ID"] = "100000000000001";
    serve();
    for (int i = 0; i < 2; ++i) run({"webhook", "send"});
    await("the silence about both", [&] { return silences() == 1; });
    stop_serving();
    sql("drop trigger event_kept; update event set schema = 99 where type = 4 and position < 3");
    EXPECT_EQ(run({"projections", "rebuild", "messages"}).code, 0);
    const auto parked = run({"parked", "-o", "json"}).json();
    ASSERT_EQ(parked.size(), 1u);
    EXPECT_EQ(parked[0].at("consumer"), "messages");
    EXPECT_EQ(parked[0].at("skippable"), true);
    const auto stream = parked[0].at("stream").get<std::string>();
    EXPECT_TRUE(has(run({"doctor"}).out, "1 streams are parked (hilo parked"));

    const auto retried = run({"parked", "retry", "messages", stream});
    EXPECT_EQ(retried.code, 1);
    EXPECT_TRUE(has(retried.said, "parked again")) << retried.said;
    const auto position = std::to_string(parked[0].at("position").get<int>());
    const auto skipped = run({"parked", "skip", "messages", stream, position, "-o", "json"});
    EXPECT_EQ(skipped.code, 0) << skipped.said;
    EXPECT_EQ(skipped.json().at("outcome"), "caught up");
    EXPECT_EQ(run({"parked", "-o", "json"}).json(), Json::array());
    EXPECT_EQ(run({"parked", "skip", "messages", "nonsense", "1"}).code, 2);
    EXPECT_EQ(run({"parked", "skip", "mesages", stream, "1"}).code, 2);
    EXPECT_EQ(run({"parked", "skip", "conversations", stream, "1"}).code, 4);
}

}  // namespace
}  // namespace tests
