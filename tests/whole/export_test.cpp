#include "tests/whole/golden.hpp"

/// A conversation that somebody takes out of the log, and somebody else verifies without it.
namespace tests {
namespace {

constexpr auto luis = "34600000099";

class Exported : public Golden {
protected:
    Exported() {
        environment_["HILO_SIGNING_KEY"] = std::string(64, '7');
        environment_["HILO_CHECKPOINTS"] = "kept";
    }
    /// By an auditor, who has this file and a public key, and no configuration.
    auto verify(const std::string& file, std::vector<std::string> more = {}) {
        const auto environment = std::exchange(environment_, clean_environment());
        more.insert(more.begin(), {"audit", "verify", "--export", file, "--output", "json"});
        auto ran = run(more);
        environment_ = environment;
        return ran;
    }
    std::string text_of(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(folder_ / name).rdbuf();
        return out.str();
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, Exported, ::testing::Values("sqlite", "postgres"), store_name);

TEST_P(Exported, ConversationIsVerifiedByItselfAlone) {
    start_answering();
    write(luis, "Buenas");
    reply_with(luis, "DELIVERED");
    write(ana, "¿A qué hora abren?");
    reply_with(ana, "DELIVERED");
    await_tables();
    const auto conversation = thread(ana).at(0).at("conversationId");
    stop();  // a last checkpoint is signed
    const auto exported = run({"conv", conversation, "export", "--file", "ana.jsonl"});
    ASSERT_EQ(exported.code, 0) << exported.said;
    const auto file = folder_ / "ana.jsonl";
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << "it has the keys to what was said";
    const auto text = text_of("ana.jsonl");
    EXPECT_NE(text.find("¿A qué hora abren?"), std::string::npos);
    EXPECT_EQ(text.find("Buenas"), std::string::npos);

    const auto page = run({"conv", conversation, "export", "--format", "html"});
    EXPECT_EQ(page.code, 0) << page.said;
    EXPECT_NE(page.out.find("¿A qué hora abren?"), std::string::npos);
    EXPECT_EQ(page.out.find("Buenas"), std::string::npos);
    const auto sheet = run({"conv", conversation, "export", "--format", "csv"});
    EXPECT_NE(sheet.out.find(",DELIVERED,"), std::string::npos) << sheet.out;

    const auto key = Json::parse(run({"audit", "key", "--output", "json"}).out)["key"];
    const auto good = verify("ana.jsonl", {"--key", key});
    ASSERT_EQ(good.code, 0) << good.said;
    const auto row = Json::parse(good.out);
    EXPECT_EQ(row["verdict"], "as it was written");
    EXPECT_GE(row["events"], 5);
    EXPECT_EQ(row["covered"], row["events"]);
    EXPECT_EQ(row["silent"], 0);
    const auto other = verify("ana.jsonl", {"--key", std::string(64, '1')});
    EXPECT_EQ(other.code, 1);
    EXPECT_NE(other.out.find("signed by another key"), std::string::npos) << other.out;
    EXPECT_NE(verify("ana.jsonl").said.find(key.get<std::string>()), std::string::npos);
    EXPECT_EQ(run({"conv", conversation, "export"}).out, text) << "stdout is a place, too";

    auto changed = text;
    changed.replace(changed.find("hora abren"), 4, "día ");
    std::ofstream(folder_ / "changed.jsonl") << changed;
    const auto bad = verify("changed.jsonl");
    EXPECT_EQ(bad.code, 1);
    EXPECT_EQ(Json::parse(bad.out)["verdict"], "changed");
    EXPECT_EQ(Json::parse(bad.out)["defect"]["what"],
              "the event does not say what it is shown to say");

    std::ofstream(folder_ / "short.jsonl") << text.substr(0, text.size() / 2);
    const auto cut = verify("short.jsonl");
    EXPECT_EQ(cut.code, 1);
    EXPECT_NE(cut.said.find("short.jsonl: line"), std::string::npos) << cut.said;

    EXPECT_EQ(run({"conv", conversation, "export", "--file", "ana.jsonl"}).code, 1)
        << "what is there stays";
    EXPECT_EQ(verify("nowhere.jsonl").code, 3);
    EXPECT_EQ(run({"conv", "999", "export"}).code, 3);
}

}  // namespace
}  // namespace tests
