#include "db/pg_connection.hpp"
#include "tests/load/account.hpp"
#include "tests/support/places.hpp"
#include "tests/support/relay.hpp"

namespace load {
namespace {

constexpr int all = events::slice_count;
// A lease, and what is late: a renewal, the poll of whoever takes over.
constexpr auto takeover = 15s;

/// Several `hilo serve` on one PostgreSQL; the provider delivers to the first port.
class Takeover : public testing::Test {
protected:
    /// Starts one more and waits until all have their share.
    Served& join() { return join(database_.url()); }
    Served& join(const std::string& url) {
        auto environment = with(database_, outside_, served_.empty() ? port_ : free_port());
        environment["DATABASE_URL"] = url;
        served_.push_back(std::make_unique<Served>(support::hilo_binary(), environment));
        EXPECT_TRUE(shared_within(30s)) << said();
        return *served_.back();
    }
    Served& operator[](std::size_t i) { return *served_.at(i); }

    /// Those that run have each at most their fair share, and together all.
    bool shared_within(std::chrono::milliseconds time) {
        return eventually(time, [&] {
            int sum = 0, most = 0, running = 0;
            for (const auto& one : served_) {
                if (!one->runs()) continue;
                ++running;
                sum += one->slices();
                most = std::max(most, one->slices());
            }
            return sum == all && most <= db::fair_share(running);
        });
    }
    bool all_is_closed() {
        return eventually(40s, [&] { return all_closed(database_, outside_); });
    }
    bool some_are_answered(std::size_t more) {
        const auto enough = outside_.answers() + more;
        return eventually(20s, [&] { return outside_.answers() >= enough; });
    }
    /// A transaction that stays open until it is dropped.
    std::unique_ptr<db::pg::Connection> begun(const std::string& statement) const {
        auto db = std::make_unique<db::pg::Connection>(database_.url());
        db->exec("set idle_in_transaction_session_timeout = 0");
        db->exec("begin; " + statement);
        return db;
    }
    /// The second of two is away for longer than its leases last, and comes back.
    void expect_taken_over(const std::function<void()>& away, const std::function<void()>& back) {
        outside_.write(0, 60);
        ASSERT_TRUE(some_are_answered(5)) << said();
        away();
        EXPECT_TRUE(eventually(takeover, [&] { return served_[0]->slices() == all; })) << said();
        outside_.write(60, 90);
        EXPECT_TRUE(all_is_closed()) << said();
        const auto intents = database_.told().intents.size();
        back();
        EXPECT_TRUE(shared_within(30s)) << "it takes part again: " << said();
        EXPECT_EQ(database_.told().intents.size(), intents);
        outside_.write(90, 120);
        EXPECT_TRUE(all_is_closed()) << said();
        expect_answered_once(database_, outside_);
        end_all();
    }
    std::string said() const {
        std::string text;
        for (const auto& one : served_) text += one->said() + "\n----\n";
        return text;
    }
    void end_all() {
        for (const auto& one : served_) {
            if (!one->runs()) continue;
            EXPECT_TRUE(one->terminate(30s)) << one->said();
        }
    }

    const Database database_{Kind::postgresql};
    const std::uint16_t port_ = free_port();
    Outside outside_{port_};
    std::vector<std::unique_ptr<Served>> served_;
};

TEST_F(Takeover, TwoAndThreeProcessesShareTheSlicesAndComeAndGoInOrderWithoutAnUncertainSend) {
    switch_on(join());
    EXPECT_EQ(served_[0]->slices(), all);
    outside_.write(0, 30);
    join();
    outside_.write(30, 60);
    join();
    outside_.write(60, 90);
    EXPECT_TRUE(some_are_answered(5)) << said();
    EXPECT_TRUE(served_[1]->terminate(30s)) << said();
    EXPECT_TRUE(shared_within(5s)) << "an orderly end waits for no lease: " << said();
    EXPECT_TRUE(all_is_closed()) << said();
    expect_answered_once(database_, outside_);
    end_all();
    const auto told = database_.told();
    EXPECT_EQ(told.intents.size(), 90U) << said();
    EXPECT_EQ(told.accepted.size(), 90U) << said();
    EXPECT_EQ(outside_.answers(), 90U) << said();
}

TEST_F(Takeover, WhenOneOfTwoIsKilledTheOtherOneFinishesItsWork) {
    switch_on(join());
    join();
    outside_.write(0, 60);
    ASSERT_TRUE(some_are_answered(5)) << said();
    served_[1]->end(SIGKILL);
    EXPECT_TRUE(shared_within(takeover)) << said();
    EXPECT_TRUE(all_is_closed()) << said();
    expect_answered_once(database_, outside_);
    end_all();
}

TEST_F(Takeover, WhenTwoOfThreeAreKilledTheLastOneFinishesTheirWork) {
    switch_on(join());
    join();
    join();
    outside_.write(0, 60);
    ASSERT_TRUE(some_are_answered(5)) << said();
    served_[1]->end(SIGKILL);
    served_[2]->end(SIGKILL);
    EXPECT_TRUE(shared_within(takeover)) << said();
    EXPECT_TRUE(all_is_closed()) << said();
    expect_answered_once(database_, outside_);
    end_all();
}

TEST_F(Takeover, WhoStoodStillForLongerThanItsLeasesDecidesNothingByThem) {
    switch_on(join());
    join();
    expect_taken_over([&] { served_[1]->pause(); }, [&] { served_[1]->go_on(); });
}

TEST_F(Takeover, WhoIsCutOffFromTheDatabaseForLongerThanItsLeasesDecidesNothingByThem) {
    const support::Relay way(database_.url());
    switch_on(join());
    join(way.url());
    expect_taken_over([&] { way.cut(); }, [&] { way.mend(); });
    served_.clear();  // before its way ends
}

/// Open work is looked through where slices are gained; that may take as long as it likes.
TEST_F(Takeover, ATableThatIsSlowHoldsUpNoRenewal) {
    switch_on(join());
    join();
    const auto lease = std::chrono::seconds(db::lease_time) + 3s;
    const auto slow = begun("lock table open_work in access exclusive mode");
    EXPECT_TRUE(served_[1]->terminate(30s)) << said();
    ASSERT_TRUE(shared_within(5s)) << said();
    int least = all;
    const auto until = Clock::now() + lease;
    while (Clock::now() < until) {
        least = std::min(least, served_[0]->slices());
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_EQ(least, all) << said();
}

}  // namespace
}  // namespace load
