#include <iostream>
#include <set>

#include "tests/support/places.hpp"
#include "tests/whole/bodies.hpp"
#include "tests/whole/samples_table.hpp"
#include "tests/whole/stage.hpp"

namespace tests {
namespace {

namespace fs = std::filesystem;

const fs::path samples = support::source_dir() + "/../shared/samples";

bool is_webhook(const fs::path& file) {
    const auto name = file.filename().string();
    return file.extension() == ".json" && !name.starts_with("api-") && !name.starts_with("real-") &&
           name != "signature-vectors.json";
}

std::map<std::string, std::string> documented_bodies() {
    std::map<std::string, std::string> out;
    for (const auto* folder : {"kapso", "meta"}) {
        for (const auto& file : fs::directory_iterator(samples / folder)) {
            if (!is_webhook(file.path())) continue;
            std::ostringstream text;
            text << std::ifstream(file.path(), std::ios::binary).rdbuf();
            out[folder + ("/" + file.path().filename().string())] = text.str();
        }
    }
    return out;
}

/// Ids of the messages that a body is about; the documentation uses one for several stories.
void collect_ids(const Json& json, bool of_message, std::set<std::string>& ids) {
    if (json.is_array()) {
        for (const auto& one : json) collect_ids(one, of_message, ids);
    } else if (json.is_object()) {
        for (const auto& [key, value] : json.items()) {
            if (of_message && key == "id" && value.is_string()) ids.insert(value);
            collect_ids(value,
                        key == "message" || key == "messages" || key == "statuses" ||
                            key == "message_echoes",
                        ids);
        }
    }
}

std::set<std::string> ids_in(const std::string& body) {
    std::set<std::string> ids;
    collect_ids(Json::parse(body, nullptr, false), false, ids);
    return ids;
}

/// What intake says; the rest of a log is its bookkeeping and the rules' decisions.
bool is_fact(const Json& event) {
    static const std::set<std::string> facts{"MessageReceived",  "PersonWrote", "MessageSent",
                                             "MessageDelivered", "MessageRead", "MessagePlayed",
                                             "MessageFailed"};
    // What the rules say of a message that nobody claimed is told after it (domain/decide).
    return facts.contains(event["type"]) && event["body"].value("source", "") != "backfill";
}

/// Every status in Meta's envelope, with the line that it is about.
std::vector<std::pair<std::string, Json>> statuses_in(const std::string& body) {
    std::vector<std::pair<std::string, Json>> found;
    const auto json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return found;
    for (const auto& entry : json.value("entry", Json::array())) {
        for (const auto& change : entry.value("changes", Json::array())) {
            const auto& value = change.value("value", Json::object());
            if (!value.is_object() || !value.contains("statuses")) continue;
            const std::string of = value["metadata"]["phone_number_id"];
            for (const auto& one : value["statuses"]) found.emplace_back(of, one);
        }
    }
    return found;
}

class Samples : public Stage {
protected:
    /// A status is of something that was sent to somebody: whoever it names has written before.
    void introduce_customers(const std::string& body) {
        for (const auto& [of, status] : statuses_in(body)) {
            const auto name = "wamid.introduced." + std::to_string(++introduced_);
            auto message = bodies::message(name, status.value("recipient_id", ""), "Hola");
            if (status.contains("recipient_user_id")) {
                message["from_user_id"] = status["recipient_user_id"];
            }
            const Json hello{{"message", message}, {"phone_number_id", of}};
            EXPECT_EQ(post(hello, bodies::received).json()["appended"], 1) << hello;
        }
    }
    /// Facts in order, "again" for each that was there, "kept" for each delivery.
    std::vector<std::string> told_by(const std::string& name, const std::string& body) {
        const std::int64_t before = get("/readyz")["head"];
        const auto answer = post(body, samples_table.at(name).event);
        EXPECT_EQ(answer.status, 200) << name << ": " << answer.body;
        const auto receipt = answer.json();
        std::vector<std::string> told;
        for (const auto& event : events(before)) {
            if (is_fact(event)) told.push_back(event["type"]);
        }
        EXPECT_EQ(receipt["appended"], told.size()) << name << ": " << answer.body;
        told.insert(told.end(), receipt["repeated"], "again");
        told.insert(told.end(), receipt["kept"], "kept");
        if (told.empty()) {
            EXPECT_GT(receipt["ignored"], 0) << name << " is not even counted";
        }
        return told;
    }
    /// Posts what shares no id with what was posted before it, and leaves the rest.
    void post_round(std::map<std::string, std::string>& bodies) {
        std::set<std::string> met;
        for (auto next = bodies.begin(); next != bodies.end();) {
            const auto& [name, body] = *next;
            const auto ids = ids_in(body);
            const auto is_met = [&](const std::string& id) { return met.contains(id); };
            if (std::ranges::any_of(ids, is_met)) {
                ++next;
                continue;
            }
            met.insert(ids.begin(), ids.end());
            introduce_customers(body);
            EXPECT_EQ(told_by(name, body), samples_table.at(name).facts) << name;
            ++taken_;
            next = bodies.erase(next);
        }
    }

    std::size_t taken_ = 0;
    int introduced_ = 0;
};

TEST_P(Samples, EveryDocumentedBodyBecomesTheFactsThatTheTableNames) {
    if (!fs::exists(samples / "kapso")) GTEST_SKIP() << "no sample folder beside the project";
    auto bodies = documented_bodies();
    for (const auto& [name, row] : samples_table) EXPECT_TRUE(bodies.contains(name)) << name;
    for (const auto& [name, body] : bodies) ASSERT_TRUE(samples_table.contains(name)) << name;
    const auto all = bodies.size();
    while (!bodies.empty()) {
        database_ = environment_["DATABASE_URL"] = fresh_database();
        start();
        post_round(bodies);
        stop();
    }
    std::cout << "posted " << taken_ << ", expected " << samples_table.size() << ", skipped "
              << all - taken_ << "\n";
}

INSTANTIATE_TEST_SUITE_P(On, Samples, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
