#include "tests/whole/golden.hpp"

/// What was there at a place in the log.
namespace tests {
namespace {

class AsOf : public Golden {};
INSTANTIATE_TEST_SUITE_P(Stores, AsOf, ::testing::Values("sqlite", "postgres"), store_name);

TEST_P(AsOf, AConversationIsShownAsItWas) {
    start_answering();
    const auto before = head();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    const auto then = head();
    const std::string time = events(then - 1).at(0)["recorded"];
    write(ana, "¿Abren hoy?");
    eventually("two replies", [&] { return replies_to(ana).size() == 2; });
    await_tables();
    const auto id = thread(ana).at(0).at("conversationId");
    const auto path = "/api/conversations/" + id;
    EXPECT_EQ(get(path)["messages"].size(), 4U);
    for (const auto& place : {std::to_string(then), time}) {
        const auto shown = get(path + "?asOf=" + place);
        EXPECT_EQ(shown["asOf"], then);
        EXPECT_EQ(shown["messages"].size(), 2U) << shown;
        EXPECT_EQ(shown["messages"][1]["deliveryStatus"], "DELIVERED");
        EXPECT_EQ(shown["client"]["phone"], ana);
        const auto ran = run({"conv", id, "--as-of", place, "--output", "json"});
        EXPECT_EQ(Json::parse(ran.out)["messages"].size(), 2U) << ran.said;
    }
    EXPECT_EQ(ask("GET", path + "?asOf=" + std::to_string(before)).status, 404);
    EXPECT_EQ(run({"conv", id, "--as-of", std::to_string(before)}).code, 3);
    EXPECT_EQ(ask("GET", path + "?asOf=999999").status, 400);
    EXPECT_EQ(run({"conv", id, "--as-of", "noon"}).code, 2);
}

TEST_P(AsOf, SettingsAreShownAsTheyWereAndWhoChangedThem) {
    start_answering();
    settings({{"holdMinutes", 7}});
    const auto then = std::to_string(head());
    settings({{"holdMinutes", 9}});
    write(ana, "Hola");  // so that there is something to rebuild
    reply_with(ana, "DELIVERED");
    const auto hold = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"settings", "get", "holdMinutes", "--output", "json"});
        return Json::parse(run(words).out)["holdMinutes"];
    };
    EXPECT_EQ(hold({}), 9);
    EXPECT_EQ(hold({"--as-of", then}), 7);
    EXPECT_EQ(hold({"--as-of", "0"}), 120) << "the default, before anything was set";
    const auto history = Json::parse(run({"settings", "history", "--output", "json"}).out);
    EXPECT_EQ(history.back()["changed"], (Json{{"holdMinutes", 9}}));
    EXPECT_EQ(history.back()["by"], "api");
}

}  // namespace
}  // namespace tests
