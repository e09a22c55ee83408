#include <gtest/gtest.h>

#include "tests/load/account.hpp"
#include "tests/support/places.hpp"

/// `kill -9` at every step between a customer's message and its settled delivery.
namespace faults {
namespace {

using namespace load;

/// A step as kill_at.cpp names it, and what the log must have ended with when it came (empty:
/// whatever it likes).
struct Step {
    std::string at;
    std::string last = {};
};

/// Every step of one reply that any of the parties can see from outside.
const std::vector<Step> named{
    {"after webhook of a message 1", ""},
    {"before answer to a message 1", "MessageReceived"},
    {"after answer to a message 1"},  // while its burst is waited for
    {"before question to the model 1", "ReplyRequested"},
    {"after question to the model 1", "ReplyRequested"},
    {"after answer of the model 1", "ReplyRequested"},
    {"before send to Kapso 1", "SendRequested"},
    {"after send to Kapso 1", "SendRequested"},
    {"after answer of Kapso 1", "SendRequested"},
    {"after webhook of a status 1"},
    {"before answer to a status 1"},
    {"after answer to a status 1"},
    {"after webhook of a status 2"},
    {"before answer to a status 2"},
    {"after answer to a status 2"},
};

/// Around each commit to the log: on PostgreSQL exactly those, on SQLite also those of the tables,
/// and before pages that make one up.
std::vector<Step> commits(Kind kind) {
    std::vector<Step> steps;
    if (kind == Kind::postgresql) {
        for (int i = 1; i <= 6; ++i) {
            steps.push_back({"before commit " + std::to_string(i)});
            steps.push_back({"after commit " + std::to_string(i)});
        }
        return steps;
    }
    for (int i = 1; i <= 14; ++i) steps.push_back({"after commit " + std::to_string(i)});
    for (int i = 1; i <= 100; i += 9) steps.push_back({"before write " + std::to_string(i)});
    return steps;
}

/// One customer, one message, one kill.
class Case {
public:
    Case(Kind kind, Step step)
        : step_(std::move(step)),
          database_(kind),
          port_(free_port()),
          outside_(port_),
          hilo_(Served::Later(), support::hilo_binary(), with(database_, outside_, port_)) {
        auto& environment = hilo_.environment();
        environment["LD_PRELOAD"] = support::kill_at_library();
        environment["KILL_AT"] = step_.at;
        environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
    }

    Served& hilo() { return hilo_; }
    const std::string& name() const { return step_.at; }

    void begin() {
        const auto answer = hilo_.ask("PUT", "/api/settings",
                                      R"({"chatbotEnabled": true, "aiEnabled": true,
                                          "debounceSeconds": 1, "debounceMaxSeconds": 1})");
        ASSERT_EQ(tests::status_of(answer), 200) << answer << hilo_.said();
        outside_.write(0, 1);
    }
    /// Looks at what the kill left, and makes ready for a life without one.
    void was_killed() {
        at_death_ = database_.told();
        if (!step_.last.empty()) {
            EXPECT_EQ(at_death_.last, step_.last);
        }
        for (const auto* name : {"LD_PRELOAD", "KILL_AT", "ASAN_OPTIONS"}) {
            hilo_.environment().erase(name);
        }
    }
    const std::string& last_at_death() const { return at_death_.last; }
    void check() const {
        const auto account = expect_all_accounted_for(database_, outside_, 90s);
        EXPECT_EQ(account.answered + account.unknown, 1) << account.text() << hilo_.said();
        if (account.unknown > 0) {
            EXPECT_EQ(at_death_.last, "SendRequested") << "only an intent may be unknown";
        }
        EXPECT_EQ(database_.told().intents.size(), 1U);
    }

private:
    Step step_;
    const Database database_;
    const std::uint16_t port_;
    Outside outside_;
    Served hilo_;
    Told at_death_;
};

class Steps : public testing::TestWithParam<Kind> {
protected:
    /// So many at a time, for each mostly waits.
    static constexpr std::size_t at_once = 16;

    void kill_at_each(const std::vector<Step>& steps) {
        for (std::size_t i = 0; i < steps.size(); i += at_once) {
            std::vector<std::unique_ptr<Case>> cases;
            for (auto j = i; j < std::min(steps.size(), i + at_once); ++j) {
                cases.push_back(std::make_unique<Case>(GetParam(), steps[j]));
            }
            kill_and_look(cases);
        }
    }
    static void start(const std::vector<std::unique_ptr<Case>>& cases) {
        for (const auto& one : cases) one->hilo().launch();
        for (const auto& one : cases) one->hilo().await();
    }
    void kill_and_look(std::vector<std::unique_ptr<Case>>& cases) {
        start(cases);
        for (const auto& one : cases) one->begin();
        for (const auto& one : cases) {
            SCOPED_TRACE(one->name());
            EXPECT_TRUE(eventually(20s, [&] { return one->hilo().has_ended(); }))
                << "the step never came: " << one->hilo().said();
            one->hilo().end(SIGKILL);
            one->was_killed();
            ends_.insert(one->last_at_death());
        }
        start(cases);
        for (const auto& one : cases) {
            SCOPED_TRACE(one->name());
            one->check();
        }
    }

    std::set<std::string> ends_;  // what the log ended with at the kills
};
INSTANTIATE_TEST_SUITE_P(Stores, Steps, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(Steps, AKillAtAnyOfThemLosesAndDoublesNothing) { kill_at_each(named); }

TEST_P(Steps, AKillAroundAnyCommitLosesAndDoublesNothing) {
    kill_at_each(commits(GetParam()));
    for (const auto* last :
         {"", "MessageReceived", "ReplyRequested", "SendRequested", "SendAccepted"}) {
        EXPECT_TRUE(ends_.contains(last)) << "no kill came when the log ended with " << last;
    }
}

}  // namespace
}  // namespace faults
