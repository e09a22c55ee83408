#pragma once

#include "tests/whole/bodies.hpp"
#include "tests/whole/stage.hpp"

namespace tests {

/// Conversations from an HTTP request to the rows of the tables. After each test the tables are
/// built again from the log, and must be the same; and so must all that was decided.
class Golden : public Stage {
protected:
    void TearDown() override {
        if (hilo_ && !HasFatalFailure()) {
            expect_rebuilt_is_live();
            expect_decided_again_is_logged();
        }
        Stage::TearDown();
    }

    /// Waits until a person's only or last reply has come so far.
    Row reply_with(const std::string& phone, const std::string& status) const {
        Row row;
        eventually("a reply to " + phone + " is " + status, [&] {
            const auto replies = replies_to(phone);
            if (!replies.empty()) row = replies.back();
            return row["deliveryStatus"] == status;
        });
        return row;
    }
    /// The reasons of all silences so far, waiting for that many.
    std::vector<std::string> silences(std::size_t count) const {
        std::vector<Json> events;
        eventually(std::to_string(count) + " messages stay without an answer", [&] {
            events = events_of("ReplySuppressed");
            return events.size() >= count;
        });
        std::vector<std::string> reasons;
        for (const auto& event : events) reasons.push_back(event["body"]["reason"]);
        return reasons;
    }
    void await_tables() const {
        eventually("the tables have followed", [&] {
            const auto all = get("/api/projections")["projections"];
            return std::ranges::all_of(all, [](const Json& one) { return one["lag"] == 0; });
        });
    }
    std::map<std::string, Rows> tables() const {
        return all_tables([&](const std::string& sql) { return rows(sql); });
    }
    std::int64_t head() const { return get("/readyz")["head"]; }
    void rebuild_all() const {
        const auto all = get("/api/projections")["projections"];
        for (const auto& one : all) {
            const std::string name = one["name"];
            const auto answer = ask("POST", "/api/projections/" + name + "/rebuild");
            EXPECT_EQ(answer.status, 202) << name << ": " << answer.body;
        }
        eventually("the rebuilds are over", [&] {
            const auto now = get("/api/projections")["projections"];
            return std::ranges::all_of(now,
                                       [](const Json& one) { return one["rebuilding"].is_null(); });
        });
        const auto ended = get("/api/projections")["projections"];
        for (const auto& one : ended) {
            EXPECT_TRUE(one["lastRebuild"]["error"].is_null()) << one;
        }
    }
    void expect_decided_again_is_logged() const {
        const auto ran = run({"decisions", "--output", "json"});
        EXPECT_EQ(ran.code, 0) << ran.out << ran.said;
        const auto found = Json::parse(ran.out, nullptr, false);
        EXPECT_EQ(found["different"], 0) << ran.out;
        EXPECT_EQ(found["notKnown"], 0) << ran.out;
    }
    void expect_rebuilt_is_live() const {
        for (int tries = 0; tries < 10; ++tries) {
            const auto before = head();
            await_tables();
            const auto live = tables();
            if (head() != before) continue;  // a status came late: what we read is of two moments
            rebuild_all();
            const auto rebuilt = tables();
            if (head() != before) continue;
            EXPECT_GT(live.at("Message").size(), 0U);
            for (const auto& [name, content] : live) EXPECT_EQ(content, rebuilt.at(name)) << name;
            return;
        }
        ADD_FAILURE() << "the log never came to rest";
    }
};

}  // namespace tests
