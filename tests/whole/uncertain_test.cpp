#include "tests/whole/golden.hpp"

namespace tests {
namespace {

/// Sends whose answer nobody saw. Nothing tells of them by itself: no status comes, and our key
/// comes back in none.
class Uncertain : public Golden {
protected:
    void start_in_silence() {
        start_answering();
        switches({{"statuses", false}, {"echo_key", false}});
    }
    void fail_next_send(const std::string& fault) const {
        switches({{"send_fault", fault}, {"send_fault_times", 1}});
    }
    /// How often Kapso took a message, whatever its text, and how many of them it took twice.
    std::pair<std::size_t, std::size_t> taken() const {
        const auto all = outside("GET", "/sandbox/counts")["outbound"];
        const auto twice =
            std::ranges::count_if(all, [](const Json& one) { return one["sends"] != 1; });
        return {all.size(), static_cast<std::size_t>(twice)};
    }
    Answer settle(const std::string& message, const std::string& outcome) const {
        return ask("POST", "/api/messages/" + message + "/settle",
                   {{"outcome", outcome}, {"author", "Luis"}});
    }
};

TEST_P(Uncertain, ASendWhoseAnswerWasLostIsFoundInTheListAndNeverSentAgain) {
    start_in_silence();
    fail_next_send("reset_after");
    write(ana, "Hola");
    eventually("it is settled", [&] { return events_of("SendSettled").size() == 1; });
    await_tables();
    // The list tells how far it had come when it was read.
    auto row = replies_to(ana).back();
    EXPECT_TRUE(row["deliveryStatus"] == "SENT" || row["deliveryStatus"] == "DELIVERED");
    EXPECT_EQ(received_by(ana), std::vector{row.at("content")});
    EXPECT_EQ(events_of("SendUncertain").size(), 1U);
    const auto settled = events_of("SendSettled");
    ASSERT_EQ(settled.size(), 1U);
    EXPECT_EQ(settled[0]["body"]["sent"], true);
    EXPECT_EQ(settled[0]["body"]["wamid"], row.at("messageId"));
    write(ana, "¿Y mañana?");
    eventually("the conversation goes on", [&] { return received_by(ana).size() == 2; });
    EXPECT_EQ(taken(), (std::pair<std::size_t, std::size_t>{2, 0}));
}

TEST_P(Uncertain, ASendThatNeverArrivedStaysUnknownUntilAPersonSaysThatItGoesOutAgain) {
    start_in_silence();
    fail_next_send("reset_before");
    write(ana, "Hola");
    const auto row = reply_with(ana, "UNKNOWN");
    EXPECT_NE(ask("GET", "/metrics").body.find("hilo_replies_unknown 1\n"), std::string::npos);
    const auto found = run({"doctor"}).out;
    EXPECT_NE(found.find("hilo message " + row.at("id") + " settle"), std::string::npos) << found;
    EXPECT_NE(said().find("may or may not have been sent"), std::string::npos);
    stop();
    start();  // another life looks at the list again, and sends nothing
    write("34600100299", "Buenas");
    eventually("others are answered", [&] { return received_by("34600100299").size() == 1; });
    EXPECT_EQ(reply_with(ana, "UNKNOWN").at("id"), row.at("id"));
    EXPECT_EQ(taken().first, 1U);
    EXPECT_EQ(settle(row.at("id"), "send_again").status, 202);
    eventually("it is sent", [&] { return received_by(ana).size() == 1; });
    EXPECT_EQ(received_by(ana), std::vector{row.at("content")});
    reply_with(ana, "ACCEPTED");
    EXPECT_EQ(taken(), (std::pair<std::size_t, std::size_t>{2, 0}));
}

INSTANTIATE_TEST_SUITE_P(On, Uncertain, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
