#include <map>
#include <random>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

constexpr std::size_t all = events::slice_count;

std::vector<int> slices_of(const db::Leases& leases) {
    std::vector<int> slices;
    for (const auto& lease : leases.held) slices.push_back(lease.slice);
    return slices;
}
std::int64_t highest(const db::Leases& leases) {
    std::int64_t epoch = 0;
    for (const auto& lease : leases.held) epoch = std::max(epoch, lease.epoch);
    return epoch;
}
std::int64_t lowest(const db::Leases& leases) {
    std::int64_t epoch = INT64_MAX;
    for (const auto& lease : leases.held) epoch = std::min(epoch, lease.epoch);
    return epoch;
}

class LeaseContract : public Contract {};
FOR_BOTH_STORES(LeaseContract);

TEST_P(LeaseContract, AProcessAloneHoldsEverySliceAndKeepsItsEpochs) {
    const auto leases = store_->renew_leases();
    EXPECT_EQ(leases.held.size(), all);
    EXPECT_EQ(leases.deciders, 1);
    EXPECT_GT(lowest(leases), 0) << "0 would fence nothing";
    EXPECT_EQ(store_->renew_leases().held, leases.held);
}

TEST_P(LeaseContract, WhoComesAfterAnOrderlyEndHoldsAllAtOnceUnderHigherEpochs) {
    const auto before = store_->renew_leases();
    store_->end_leases();
    reopen();
    const auto after = store_->renew_leases();
    EXPECT_EQ(after.held.size(), all);
    EXPECT_GT(lowest(after), highest(before));
}

TEST_P(LeaseContract, WhoComesAfterAKillHoldsAllOnceTheLeasesHaveRunOut) {
    const auto before = store_->renew_leases();
    reopen();
    database_.let_leases_run_out();
    const auto after = store_->renew_leases();
    EXPECT_EQ(after.held.size(), all);
    EXPECT_GT(lowest(after), highest(before));
}

TEST_P(LeaseContract, ATableThatWasTamperedWithIsRepairedAndFencesWhoDecidedByIt) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    const auto ours = " where slice = " + std::to_string(events::slice_of(stream));
    auto epoch = epoch_of(store_->renew_leases(), stream);
    int gate = 1;
    for (const auto& tampering :
         {"update lease set epoch = 0" + ours, "update lease set epoch = -5" + ours,
          "update lease set epoch = 9223372036854775807" + ours,
          "update lease set owner = 'somebody', epoch = epoch + 1" + ours,
          "update lease set owner = '', epoch = epoch + 1" + ours, "delete from lease" + ours,
          std::string("update lease set epoch = -epoch"),
          std::string("update lease set slice = slice + 100000"),
          std::string(
              "insert into lease (slice, epoch, owner) values (-1, 1, ''), (1024, 7, 'x')")}) {
        SCOPED_TRACE(tampering);
        database_.execute(tampering);
        const auto leases = store_->renew_leases();
        ASSERT_EQ(leases.held.size(), all);
        EXPECT_GT(lowest(leases), 0);
        auto request = decision(stream, {hold("old " + tampering)}, gate);
        if (const auto now = epoch_of(leases, stream); now != epoch) {
            request.expect->epoch = epoch;
            EXPECT_EQ(append(request).outcome, Outcome::fenced);
            EXPECT_GT(now, epoch);
            epoch = now;
        }
        request.expect->epoch = epoch;
        EXPECT_EQ(append(request).outcome, Outcome::appended);
        ++gate;
    }
}

/// Several processes on one PostgreSQL, each a store of its own.
class PostgresqlLeases : public testing::Test {
protected:
    db::Leases renew(std::size_t process, const std::vector<int>& give_back = {}) {
        while (stores_.size() <= process) stores_.push_back(database_.open());
        return stores_[process]->renew_leases(give_back);
    }
    /// As `hilo serve` does where nothing is being sent.
    db::Leases renew_fairly(std::size_t process) {
        const auto leases = renew(process);
        const auto share = static_cast<std::size_t>(db::fair_share(leases.deciders));
        auto surplus = slices_of(leases);
        if (surplus.size() <= share) return leases;
        surplus.erase(surplus.begin(), surplus.begin() + static_cast<std::ptrdiff_t>(share));
        return renew(process, surplus);
    }

    Database database_{Kind::postgresql};
    std::vector<std::unique_ptr<db::Store>> stores_;
};

TEST_F(PostgresqlLeases, WhatIsHeldIsNobodyElses) {
    const auto first = renew(0);
    const auto second = renew(1);
    EXPECT_TRUE(second.held.empty());
    EXPECT_EQ(second.deciders, 2) << "it is seen though it holds nothing";
    EXPECT_EQ(renew(0).held, first.held) << "a surplus is kept until it is given back";
    EXPECT_EQ(renew(0).deciders, 2);
}

TEST_F(PostgresqlLeases, TwoAndThreeProcessesShareAllSlices) {
    for (const std::size_t count : {2U, 3U}) {
        std::map<int, std::int64_t> owned;
        std::size_t most = 0, least = all;
        for (int round = 0; round < 2; ++round) {
            for (std::size_t i = 0; i < count; ++i) renew_fairly(i);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const auto leases = renew_fairly(i);
            EXPECT_EQ(leases.deciders, static_cast<int>(count));
            most = std::max(most, leases.held.size());
            least = std::min(least, leases.held.size());
            for (const auto& one : leases.held) {
                EXPECT_TRUE(owned.emplace(one.slice, one.epoch).second) << one.slice;
            }
        }
        EXPECT_EQ(owned.size(), all);
        EXPECT_LE(most, static_cast<std::size_t>(db::fair_share(static_cast<int>(count))));
        EXPECT_GE(least + 2, most);
    }
}

TEST_F(PostgresqlLeases, WhatWasGivenBackIsTakenUnderAHigherEpochAndFencesWhoGaveIt) {
    const auto first = renew(0);
    const auto stream =
        events::append_now(stores_[0]->log(), fact(person("ann"), {message("m1")})).stream;
    renew(1);
    renew(0, {events::slice_of(stream)});
    const auto second = renew(1);
    ASSERT_EQ(slices_of(second), std::vector<int>{events::slice_of(stream)});
    EXPECT_GT(lowest(second), highest(first));
    auto request = decision(stream, {hold("h1")}, 1);
    request.expect->epoch = epoch_of(first, stream);
    EXPECT_EQ(events::append_now(stores_[0]->log(), request).outcome, Outcome::fenced);
    request.expect->epoch = epoch_of(second, stream);
    EXPECT_EQ(events::append_now(stores_[1]->log(), request).outcome, Outcome::appended);
}

TEST_F(PostgresqlLeases, NobodyCanGiveBackWhatIsAnothers) {
    const auto first = renew(0);
    renew(1, slices_of(first));
    EXPECT_EQ(renew(0).held, first.held);
}

TEST_F(PostgresqlLeases, WhatRanOutIsTakenOverAndThePausedOwnerGetsNothingBack) {
    const auto first = renew(0);
    database_.let_leases_run_out();
    const auto second = renew(1);
    EXPECT_EQ(second.held.size(), all);
    EXPECT_EQ(second.deciders, 1);
    EXPECT_GT(lowest(second), highest(first));
    EXPECT_TRUE(renew(0).held.empty());
    EXPECT_EQ(renew(1).held, second.held);
}

TEST_F(PostgresqlLeases, OnesOwnThatRanOutComeBackUnderAHigherEpoch) {
    const auto first = renew(0);
    database_.let_leases_run_out();
    const auto second = renew(0);
    EXPECT_EQ(second.held.size(), all);
    EXPECT_GT(lowest(second), highest(first)) << "somebody may have decided in between";
}

TEST_F(PostgresqlLeases, ALeaseFurtherAheadThanItCanLastIsNone) {
    for (const char* until : {"9223372036854775807", "until + 3600000000"}) {
        SCOPED_TRACE(until);
        const auto before = renew(0);
        database_.execute("update decider set until = " + std::string(until));
        const auto after = renew(1);
        EXPECT_EQ(after.held.size(), all);
        EXPECT_EQ(after.deciders, 1);
        EXPECT_GT(lowest(after), highest(before));
        stores_[1]->end_leases();
    }
}

TEST_F(PostgresqlLeases, ATableOfProcessesThatWasTamperedWithIsRepaired) {
    auto known = renew(0);
    for (const std::string tampering :
         {"delete from decider", "update decider set until = -1", "update decider set owner = ''",
          "update decider set until = 0",
          "insert into decider values ('', 9223372036854775807), ('ghost', -7)"}) {
        SCOPED_TRACE(tampering);
        database_.execute(tampering);
        database_.execute("delete from decider where owner = ''");
        const auto leases = renew(0);
        EXPECT_EQ(leases.held.size(), all);
        EXPECT_EQ(leases.deciders, 1);
        EXPECT_TRUE(leases.held == known.held || lowest(leases) > highest(known));
        known = leases;
    }
}

TEST_F(PostgresqlLeases, AProcessThatIsNoneTakesItsShareForTenSecondsAtMost) {
    renew(0);
    database_.execute("insert into decider select 'ghost', until from decider");
    EXPECT_EQ(renew(0).deciders, 2);
    database_.let_leases_run_out();
    EXPECT_EQ(renew(0).deciders, 1);
}

TEST_F(PostgresqlLeases, ThatTheConnectionIsLostCostsOneRenewalAndNoLease) {
    const auto first = renew(0);
    database_.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()");
    db::Leases second;
    EXPECT_TRUE(eventually([&] {
        try {
            second = renew(0);
            return true;
        } catch (const db::pg::Error&) {
            return false;
        }
    }));
    EXPECT_EQ(second.held, first.held);
}

TEST_F(PostgresqlLeases, NoTwoProcessesEverDecideForASliceUnderOneEpoch) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    std::map<db::Lease, std::size_t, decltype([](const auto& a, const auto& b) {
                 return std::pair(a.slice, a.epoch) < std::pair(b.slice, b.epoch);
             })>
        owners;
    renew(0);  // makes the tables
    for (int step = 0; step < 150; ++step) {
        const auto process = below(4);
        if (below(12) == 0) database_.let_leases_run_out();
        if (below(12) == 0) database_.execute("delete from decider where random() < 0.5");
        const auto leases = below(3) == 0 ? renew(process) : renew_fairly(process);
        for (const auto& lease : leases.held) {
            const auto owner = owners.emplace(lease, process).first->second;
            ASSERT_EQ(owner, process) << lease.slice << " under " << lease.epoch;
        }
        if (below(12) == 0) stores_[process]->end_leases();
    }
}

}  // namespace
}  // namespace contract
