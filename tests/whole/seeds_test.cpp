#include "tests/whole/seeds.hpp"

#include <sys/file.h>

#include "tests/support/places.hpp"
#include "tests/whole/stage.hpp"

namespace tests {
namespace {

constexpr auto phone = "528334430060";  // of the first guide's customer

std::string without(std::string text, const std::string& what) {
    const auto at = text.find(what);
    return at == std::string::npos ? text : text.substr(0, at);
}
std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// A port that a guide's commands name. Only one test at a time has it, on the whole machine.
class NamedPort {
public:
    explicit NamedPort(std::uint16_t port) : number(port) {
        const auto name = std::filesystem::temp_directory_path() /
                          ("hilo-test-port-" + std::to_string(port) + ".lock");
        file_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file_ < 0 || flock(file_, LOCK_EX) != 0) throw std::runtime_error("no port lock");
    }
    ~NamedPort() { close(file_); }
    NamedPort(const NamedPort&) = delete;
    NamedPort& operator=(const NamedPort&) = delete;
    const std::uint16_t number;

private:
    int file_ = -1;
};

struct HasPort {
    explicit HasPort(std::uint16_t number) : port(number) {}
    NamedPort port;
};

class Guide : private HasPort, public Stage {
protected:
    Guide(std::size_t index, std::uint16_t number) : HasPort(number), Stage(number) {
        const auto all = seeds::guides();
        if (index < all.size()) text_ = all[index];
    }
    void SetUp() override {
        if (text_.empty()) GTEST_SKIP() << "no guides beside the project: " << seeds::folder;
    }
    /// Runs a guide's commands as they stand; what they printed.
    std::string shell(const std::string& commands) const {
        const auto out = folder_ / "commands";
        std::filesystem::remove(out);
        Process bash({"bash", "-c", commands}, clean_environment(), folder_, out);
        bash.wait(std::chrono::seconds(30));
        return seeds::contents(out);
    }

    std::string text_;
};

class FirstGuide : public Guide {
protected:
    FirstGuide() : Guide(0, 3002) {
        environment_.erase("PORT");  // 3002 is the default
        environment_.erase("KAPSO_WEBHOOK_SECRET");
        environment_["HILO_ALLOW_UNSIGNED"] = "true";
    }
    void begin() {
        start();
        settings({{"chatbotEnabled", true}, {"aiEnabled", true}, {"debounceSeconds", 0}});
    }
    Row reply_to(const std::string& who, const std::string& status) const {
        Row row;
        eventually("a reply to " + who + " is " + status, [&] {
            const auto replies = replies_to(who);
            if (!replies.empty()) row = replies.back();
            return row["deliveryStatus"] == status;
        });
        return row;
    }
};

TEST_P(FirstGuide, ItsCurlsWorkAsWritten) {
    begin();
    const auto curls = seeds::curls(text_);
    ASSERT_EQ(curls.size(), 3U);

    const auto chat = shell(curls[0]);
    for (const auto* part : {R"("configured":true)", R"("aiEnabled":true)",
                             R"("provider":"deepseek")", R"("message":")", "horarios"}) {
        EXPECT_NE(chat.find(part), std::string::npos) << part << " is not in " << chat;
    }
    EXPECT_TRUE(events_of("MessageReceived").empty()) << "a test chat is nobody's message";

    const auto challenge = shell(replaced(curls[1], "YOUR_TOKEN", token));
    EXPECT_NE(challenge.find("test_challenge"), std::string::npos) << challenge;
    EXPECT_NE(shell(curls[1]).find("wrong_verify_token"), std::string::npos);

    const auto sent = shell(curls[2]);
    EXPECT_NE(sent.find(R"("processed":true)"), std::string::npos) << sent;
    const auto received = events_of("MessageReceived");
    ASSERT_EQ(received.size(), 1U);
    EXPECT_EQ(received[0]["body"]["text"], "Hola");
    EXPECT_EQ(received[0]["body"]["wamid"], "msg_123");
    EXPECT_NE(said().find("[WHATSAPP_WEBHOOK] Received message from"), std::string::npos);
    EXPECT_NE(shell(curls[2]).find(R"("repeated":1)"), std::string::npos);
}

TEST_P(FirstGuide, ItsQueriesRunWordForWord) {
    begin();
    write("34600100200", "Hola, quiero una cita");
    reply_to("34600100200", "DELIVERED");
    // Kapso has not heard of the guide's customer, so that its reply fails.
    shell(seeds::curls(text_)[2]);
    reply_to("+" + std::string(phone), "FAILED");

    const auto all = seeds::statements(text_);
    ASSERT_EQ(all.size(), 5U);
    EXPECT_THROW(rows(all[0]), std::runtime_error) << "no store has INDEX inside of CREATE TABLE";
    EXPECT_NE(all[0].find("CREATE TABLE"), std::string::npos);

    const auto metrics = rows(all[1]);
    ASSERT_EQ(metrics.size(), 1U);
    EXPECT_EQ(metrics[0].at("totalSent"), "1");
    EXPECT_EQ(metrics[0].at("delivered"), "1");
    EXPECT_EQ(metrics[0].at("failed"), "1");
    const auto clients = rows(all[2]), agents = rows(all[3]), failed = rows(all[4]);
    ASSERT_EQ(clients.size(), 2U);
    EXPECT_EQ(clients[0].at("content"), "Hola");
    ASSERT_EQ(agents.size(), 2U);
    EXPECT_EQ(agents[0].at("deliveryStatus"), "FAILED");
    EXPECT_EQ(agents[1].at("deliveryStatus"), "DELIVERED");
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].at("errorCode"), "131047");
}

TEST_P(FirstGuide, EveryTableAndColumnThatItNamesIsThere) {
    start();
    seeds::Keys keys;
    seeds::add_keys(keys, text_, 1);
    int columns = 0;
    for (const auto& key : keys) {
        if (key.starts_with("table ")) {
            EXPECT_NO_THROW(rows("select * from \"" + key.substr(6) + "\"")) << key;
        } else if (key.starts_with("column ")) {
            const auto dot = key.find('.');
            EXPECT_NO_THROW(rows("select x.\"" + key.substr(dot + 1) + "\" from \"" +
                                 key.substr(7, dot - 7) + "\" x"))
                << key;
            ++columns;
        }
    }
    EXPECT_GT(columns, 10);
}

TEST_P(FirstGuide, ItsLogLinesAppearAsWrittenWhereContentIsShown) {
    environment_["LOG_CONTENT"] = "true";
    begin();
    write(phone, "Hola, cuales son tus horarios?");
    reply_to(phone, "DELIVERED");
    const auto lines = seeds::log_lines(text_);
    ASSERT_EQ(lines.size(), 7U);
    const auto log = said();
    for (const auto& one : lines) {
        // The answer's words and the message's id are the guide's own.
        const auto sentence = without(without(one, "\"Hola"), "xxx");
        EXPECT_NE(log.find(sentence), std::string::npos) << sentence;
    }
}

TEST_P(FirstGuide, ItsLogLinesAreMaskedOtherwise) {
    begin();
    write(phone, "Hola, cuales son tus horarios?");
    reply_to(phone, "DELIVERED");
    const auto log = said();
    EXPECT_NE(log.find("[WHATSAPP_WEBHOOK] Received message from 52****60"), std::string::npos);
    EXPECT_NE(log.find("[WHATSAPP_WEBHOOK] Generating AI response with deepseek"),
              std::string::npos);
    EXPECT_EQ(log.find(phone), std::string::npos) << "a number stands in the log";
    EXPECT_EQ(log.find("horarios"), std::string::npos) << "a customer's words stand in the log";
}

class SecondGuide : public Guide {
protected:
    SecondGuide() : Guide(1, 8000) {}
};

TEST_P(SecondGuide, ItsCurlIsTakenAndWhatItLacksIsKept) {
    start();
    const auto curls = seeds::curls(text_);
    ASSERT_EQ(curls.size(), 1U);
    const std::regex printed("(^|\n)SECRET=[^\n]*");
    ASSERT_TRUE(std::regex_search(curls[0], printed));
    const auto ours =
        std::regex_replace(curls[0], printed, "$1SECRET='" + std::string(secret) + "'");
    const auto answer = shell(ours);
    EXPECT_NE(answer.find(R"("status":"ok")"), std::string::npos) << answer;
    // A message's event without a message: nobody could answer it.
    const auto kept = get("/api/deliveries")["deliveries"];
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0]["reason"], "the event has no message");
    EXPECT_NE(shell(curls[0]).find("invalid_signature"), std::string::npos)
        << "the printed secret signs nothing here";
}

TEST_P(SecondGuide, ItsPrintedSecretStopsTheStart) {
    const std::regex setting("\nKAPSO_WEBHOOK_SECRET=(\\S+)");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(text_, found, setting));
    const auto printed = found[1].str();
    for (const auto& value : {printed, "another-one," + printed}) {
        std::filesystem::remove(log());
        environment_["KAPSO_WEBHOOK_SECRET"] = value;
        launch();
        EXPECT_EQ(hilo_->wait(std::chrono::seconds(20)), 2);
        EXPECT_NE(said().find("KAPSO_WEBHOOK_SECRET is the one that a public guide prints"),
                  std::string::npos)
            << said();
        EXPECT_EQ(said().find(printed), std::string::npos) << "and the log prints it again";
        hilo_.reset();
    }
}

TEST_P(SecondGuide, ItsVariablesAreTaken) {
    environment_.erase("KAPSO_API_KEY");
    environment_.erase("KAPSO_PHONE_NUMBER_ID");  // else it would ask the real Kapso for its list
    const std::regex setting("\n(KAPSO_API_\\w+)=(\\S+)");
    for (std::sregex_iterator one(text_.begin(), text_.end(), setting), end; one != end; ++one) {
        environment_[(*one)[1]] = (*one)[2];
    }
    ASSERT_TRUE(environment_.contains("KAPSO_API_TOKEN"));
    start();
    EXPECT_NE(said().find("KAPSO_API_BASE_URL names Kapso's legacy API"), std::string::npos);
    EXPECT_EQ(said().find("KAPSO_API_KEY is not set"), std::string::npos);
}

TEST_P(SecondGuide, ItsBatchIsUnderstood) {
    start();
    const auto entry = [](const std::string& number) {
        return Json{{"event_type", "whatsapp.message.received"},
                    {"conversation_id", "conv-" + number},
                    {"message_id", "msg-" + number},
                    {"payload", {{"content", "Hola"}, {"from", "+5691234567" + number}}}};
    };
    const auto body = Json::array({entry("1"), entry("2")}).dump();
    const auto answer = post(body, {}, "X-Webhook-Batch: true\r\nX-Batch-Size: 2\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json()["appended"], 2) << answer.body;
    eventually("both messages are rows", [&] {
        return rows(R"(select * from "Message" where "messageId" in ('msg-1', 'msg-2'))").size() ==
               2;
    });
}

INSTANTIATE_TEST_SUITE_P(On, FirstGuide, ::testing::Values("sqlite", "postgres"), store_name);
INSTANTIATE_TEST_SUITE_P(On, SecondGuide, ::testing::Values("sqlite", "postgres"), store_name);

/// docs/seeds.md says of everything that the guides name whether it works.
TEST(SeedsPage, HasOneRowForEverythingThatTheGuidesName) {
    const auto guides = seeds::guides();
    if (guides.empty()) GTEST_SKIP() << "no guides beside the project: " << seeds::folder;
    ASSERT_EQ(guides.size(), 2U);
    seeds::Keys named;
    for (std::size_t i = 0; i < guides.size(); ++i) seeds::add_keys(named, guides[i], i + 1);
    EXPECT_GT(named.size(), 80U);

    seeds::Keys rows;
    const std::regex form(R"(^\| `([^`]+)` \| (\w+) \|( .+)? \|$)");
    std::istringstream page(seeds::contents(support::source_dir() + "/docs/seeds.md"));
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| `")) continue;
        std::smatch cells;
        ASSERT_TRUE(std::regex_match(line, cells, form)) << line;
        EXPECT_TRUE(rows.insert(cells[1]).second) << cells[1] << " has two rows";
        const std::set<std::string> verdicts{"works", "instead", "roadmap"};
        EXPECT_TRUE(verdicts.contains(cells[2])) << line;
        EXPECT_TRUE(cells[2] == "works" || cells[3].matched) << "no reason: " << line;
    }
    for (const auto& key : named) EXPECT_TRUE(rows.contains(key)) << "no row for: " << key;
    for (const auto& key : rows) EXPECT_TRUE(named.contains(key)) << "no guide names: " << key;
}

}  // namespace
}  // namespace tests
