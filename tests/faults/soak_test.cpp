#include <gtest/gtest.h>

#include <iostream>

#include "tests/load/account.hpp"
#include "tests/load/rebuilt.hpp"
#include "tests/support/places.hpp"
#include "tests/support/relay.hpp"
#include "tests/support/wanted.hpp"

/// Traffic without a pause for HILO_SOAK_SECONDS, and every fault in turn.
namespace faults {
namespace {

using namespace load;

constexpr auto its_own_bound = 60s;  // after which serve's alarm ends it, and not in peace
constexpr auto longer_than_a_lease = std::chrono::seconds(db::lease_time) + 2s;

class Soak : public testing::TestWithParam<Kind> {
protected:
    struct Fault {
        const char* name;
        std::function<void()> happens;
    };

    Served& any() { return *served_[below(served_.size())]; }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    /// On a slow machine fewer messages come: this is no test of overload. A tenth may stay without
    /// an answer for good.
    void let_catch_up() {
        eventually(60s, [&] {
            if (outside_.wamids().size() < outside_.answers() * 10 / 9 + 300) return true;
            std::this_thread::sleep_for(1s);
            return false;
        });
    }
    void write_for(std::chrono::milliseconds time) {
        const auto until = Clock::now() + time;
        do {
            outside_.write(customers_, customers_ + 2);
            customers_ += 2;
            std::this_thread::sleep_for(100ms);
        } while (Clock::now() < until);
    }
    void switches(const char* fault, std::vector<const char*> choices) {
        outside_.change({{fault, choices[below(choices.size())]},
                         {std::string(fault) + "_times", 1 + below(5)}});
    }

    void stand_still() {
        const auto& one = any();
        one.pause();
        write_for(longer_than_a_lease);
        one.go_on();
    }
    /// It runs for a tenth of the time.
    void starve() {
        const auto& one = any();
        outside_.write(customers_, customers_ + 10);
        customers_ += 10;
        for (const auto until = Clock::now() + 5s; Clock::now() < until;) {
            one.pause();
            std::this_thread::sleep_for(90ms);
            one.go_on();
            std::this_thread::sleep_for(10ms);
        }
    }
    void end_database() {
        support::Postgres::instance().crash();
        write_for(2s);
        support::Postgres::instance().start();
    }
    void cut() {
        relay_->cut();
        write_for(longer_than_a_lease);
        relay_->mend();
    }

    std::vector<Fault> faults() {
        std::vector<Fault> all{
            {"kill",
             [&] {
                 auto& one = any();
                 one.end(SIGKILL);
                 one.start();
             }},
            {"restart",
             [&] {
                 auto& one = any();
                 EXPECT_TRUE(one.terminate(its_own_bound + 10s)) << one.said();
                 one.start();
             }},
            {"stand still", [&] { stand_still(); }},
            {"starve", [&] { starve(); }},
            {"model",
             [&] {
                 switches("model_fault", {"429", "529", "500", "empty", "slow"});
             }},
            {"send",
             [&] {
                 switches("send_fault", {"402", "409", "429", "131056", "500", "500_sent", "504",
                                         "504_sent", "reset_before", "reset_after", "slow"});
             }},
            {"list",
             [&] {
                 switches("list_fault", {"429", "500", "no_list", "reset"});
             }},
            {"statuses", [&] {
                 outside_.change({{"echo_key", below(2) == 0},
                                  {"duplicates", below(3)},
                                  {"status_order", below(2) == 0 ? "early" : "reversed"}});
             }}};
        if (GetParam() == Kind::postgresql) {
            all.push_back({"database", [&] { end_database(); }});
            all.push_back({"cut", [&] { cut(); }});
        }
        return all;
    }

    const std::uint64_t seed_ = support::wanted("HILO_SEED", std::random_device{}());
    std::mt19937_64 random_{seed_};
    const Database database_{GetParam()};
    const std::uint16_t port_ = free_port();
    Outside outside_{port_};
    std::vector<std::unique_ptr<Served>> served_;
    std::optional<support::Relay> relay_;  // of the second one to its database
    int customers_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Stores, Soak, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(Soak, LosesAndDoublesNothing) {
    SCOPED_TRACE("HILO_SEED=" + std::to_string(seed_));
    served_.push_back(
        std::make_unique<Served>(support::hilo_binary(), with(database_, outside_, port_)));
    if (GetParam() == Kind::postgresql) {
        relay_.emplace(database_.url());
        auto environment = with(database_, outside_, free_port());
        environment["DATABASE_URL"] = relay_->url();
        served_.push_back(std::make_unique<Served>(support::hilo_binary(), environment));
    }
    switch_on(*served_.front());
    // A 429 of theirs tells of a minute of 100 calls, and the next answer of 6,000 again.
    outside_.change({{"slow", 2'000}, {"minute_limit", 6'000}});
    const auto time = std::chrono::seconds(support::wanted("HILO_SOAK_SECONDS", 15));
    const auto until = Clock::now() + time;
    auto all = faults();
    std::map<std::string, int> happened;
    while (Clock::now() < until) {
        std::ranges::shuffle(all, random_);
        for (const auto& one : all) {
            if (Clock::now() >= until) break;
            write_for(1s);
            one.happens();
            let_catch_up();
            ++happened[one.name];
        }
    }
    outside_.change({{"echo_key", true},
                     {"duplicates", 0},
                     {"send_fault", "none"},
                     {"list_fault", "none"},
                     {"model_fault", "none"}});
    const auto account = expect_all_accounted_for(database_, outside_, 150s);
    if (HasFailure()) {
        for (const auto& one : served_) std::cout << one->said() << one->ask("GET", "/metrics");
        std::cout << database_.told().owed();
    }
    // A Hilo that falls silent loses nothing either.
    EXPECT_GT(account.answered, account.messages * 9 / 10) << account.text();
    expect_rebuilt_is_live(database_, *served_.front());
    std::cout << "soak of " << time.count() << " s, seed " << seed_ << ":";
    for (const auto& [name, times] : happened) std::cout << " " << times << " x " << name << ",";
    std::cout << " " << account.text() << "\n";
}

}  // namespace
}  // namespace faults
