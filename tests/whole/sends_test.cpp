#include "tests/whole/golden.hpp"

namespace tests {
namespace {

class Sends : public Golden {
protected:
    Answer reply(const std::string& text, const std::string& key) const {
        const auto id = rows(R"(select id from "Conversation")").at(0).at("id");
        return ask("POST", "/api/conversations/" + id + "/reply",
                   {{"text", text}, {"author", "Luis"}},
                   key.empty() ? "" : "Idempotency-Key: " + key + "\r\n");
    }
    /// A conversation with a customer whom nobody has answered.
    void begin_in_silence() {
        start();
        settings({{"debounceSeconds", 0}});
        write(ana, "Hola");
        silences(1);
        await_tables();
    }
};

TEST_P(Sends, APersonsReplyUnderOneKeyIsSentOnce) {
    begin_in_silence();
    const auto first = reply("Buenos días", "key-1"), again = reply("Buenos días", "key-1");
    EXPECT_EQ(first.status, 202) << first.body;
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(again.json()["position"], first.json()["position"]);
    EXPECT_EQ(reply("Otra cosa", "key-1").status, 409);
    const auto row = reply_with(ana, "DELIVERED");
    EXPECT_EQ(row.at("author"), "Luis");
    EXPECT_EQ(received_by(ana), std::vector<std::string>{"Buenos días"});
    EXPECT_EQ(replies_to(ana).size(), 1U);
}

TEST_P(Sends, ABurstIsAnsweredOnce) {
    start_answering();
    settings({{"debounceSeconds", 1}});
    for (const auto* text : {"Hola", "una pregunta", "¿a qué hora abren?"}) write(ana, text);
    reply_with(ana, "DELIVERED");
    const auto requested = events_of("ReplyRequested");
    ASSERT_EQ(requested.size(), 1U);
    EXPECT_EQ(requested[0]["body"]["asks"].size(), 3U);
    EXPECT_EQ(received_by(ana).size(), 1U);
    EXPECT_EQ(rows(R"(select unanswered from "Conversation")")[0].at("unanswered"), "0");
}

TEST_P(Sends, ALongReplyGoesOutInPartsInOrder) {
    begin_in_silence();
    std::string text;
    for (int i = 1000; text.size() < 10'000; ++i) text += "línea " + std::to_string(i) + "\n";
    EXPECT_EQ(reply(text, "long").status, 202);
    Rows parts;
    eventually("every part is delivered", [&] {
        parts = replies_to(ana);
        return parts.size() > 1 && std::ranges::all_of(parts, [](Row& row) {
                   return row["deliveryStatus"] == "DELIVERED";
               });
    });
    ASSERT_EQ(parts.size(), 3U);
    std::vector<std::string> sent;
    std::string whole;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        EXPECT_EQ(parts[i].at("part"), std::to_string(i + 1));
        EXPECT_EQ(parts[i].at("parts"), "3");
        sent.push_back(parts[i].at("content"));
        whole += sent.back() + "\n";
    }
    EXPECT_EQ(received_by(ana), sent);
    EXPECT_EQ(whole, text);
}

TEST_P(Sends, AReplyThatKapsoRefusesIsFailedWithItsCode) {
    start_answering();
    // Kapso has never heard of this customer, so that no window is open.
    post(bodies::event(bodies::message("wamid.1", ana, "Hola"), ana, line), bodies::received);
    const auto row = reply_with(ana, "FAILED");
    EXPECT_EQ(row.at("errorCode"), "131047");
    EXPECT_NE(said().find("was not sent: 131047"), std::string::npos);
    const auto failed = rows(R"(select sum(failed) n from "MessageMetrics")");
    EXPECT_EQ(failed[0].at("n"), "1");
}

TEST_P(Sends, AKeyThatKapsoRefusesIsSaidInTheLogOnce) {
    environment_["KAPSO_API_KEY"] = "revoked";
    start_answering();
    for (const auto* phone : {ana, "34600100299"}) {
        write(phone, "Hola");
        EXPECT_EQ(reply_with(phone, "FAILED").at("errorCode"), "401");
    }
    const auto log = said();
    const auto first = log.find("Kapso refuses to send (401)");
    ASSERT_NE(first, std::string::npos) << log;
    EXPECT_NE(log.find("check KAPSO_API_KEY", first), std::string::npos);
    EXPECT_EQ(log.rfind("Kapso refuses to send"), first) << "at most once a minute";
}

TEST_P(Sends, WhatWasTakenIsAnsweredAfterAKill) {
    start_answering();
    settings({{"debounceSeconds", 2}});
    // The sandbox's own webhook counts as sent once hilo has answered 200.
    const auto wamid = write(ana, "Hola");
    eventually("the webhook is acknowledged", [&] {
        return outside("GET", "/sandbox/counts")["inbound"][wamid]["acknowledged"] == true;
    });
    kill_hard();
    start();
    reply_with(ana, "DELIVERED");
    EXPECT_EQ(received_by(ana).size(), 1U);
    stop();
    start();
    write(ana, "¿Y los sábados?");
    eventually("the second answer is delivered", [&] {
        auto replies = replies_to(ana);
        return replies.size() == 2 && replies[1]["deliveryStatus"] == "DELIVERED";
    });
    EXPECT_EQ(received_by(ana).size(), 2U);
}

TEST_P(Sends, ASettingHoldsFromTheNextTurnOn) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    const auto before = events_of("ReplyRequested").back()["body"];
    settings({{"systemPrompt", "You sell bicycles."}});
    write("34600100299", "Hola");
    reply_with("34600100299", "DELIVERED");
    const auto after = events_of("ReplyRequested").back()["body"];
    EXPECT_EQ(after["settings_version"], before["settings_version"].get<int>() + 1);
    EXPECT_NE(after["prompt_sha256"], before["prompt_sha256"]);
    await_tables();
    EXPECT_EQ(rows(R"(select "systemPrompt" from "ChatbotSettings")")[0].at("systemPrompt"),
              "You sell bicycles.");
}

INSTANTIATE_TEST_SUITE_P(On, Sends, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
