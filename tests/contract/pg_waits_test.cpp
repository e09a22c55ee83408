#include "db/views_sql.hpp"
#include "projections/message.hpp"
#include "tests/contract/stores.hpp"

namespace contract {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

/// Every wait on PostgreSQL has an end, and holds up as few others as can be.
class PostgresqlWaits : public testing::Test {
protected:
    events::Log& log() { return store_->log(); }
    Appended append(Append request) { return events::append_now(log(), std::move(request)); }
    std::size_t messages() {
        const projections::Select query{&projections::info_of<projections::Message>()};
        return store_->views().select(projections::Copy::live, query).size();
    }
    /// A transaction of somebody else, who takes all the time in the world.
    std::unique_ptr<db::pg::Connection> begun(const std::string& sql) const {
        auto holder = std::make_unique<db::pg::Connection>(database_.url());
        holder->exec("set idle_in_transaction_session_timeout = 0");
        holder->exec("begin; " + sql);
        return holder;
    }

    Database database_{Kind::postgresql};
    std::unique_ptr<db::Store> store_ = database_.open();
};

TEST_F(PostgresqlWaits, AClientFrozenInATransactionIsEnded) {
    db::pg::Connection frozen(database_.url());
    frozen.exec("begin; select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) + ")");
    EXPECT_EQ(append(fact(person("ann"), {message("m1")})).outcome, Outcome::appended)
        << "within the patience of a request";
}

TEST_F(PostgresqlWaits, ALongReadKeepsTheLiveTableAndFreezesNobody) {
    const auto& projection = *projections::projection_named("messages");
    const auto reader = begun("select count(*) from \"Message\"");
    store_->views().begin_rebuild(projection);
    std::atomic<bool> over{false};
    std::thread rebuild([&] {
        EXPECT_THROW(store_->views().swap(projection), db::views::TableBusy);
        over = true;
    });
    auto longest = steady_clock::duration::zero();
    while (!over) {
        const auto start = steady_clock::now();
        EXPECT_EQ(messages(), 0u);
        longest = std::max(longest, steady_clock::now() - start);
    }
    rebuild.join();
    EXPECT_LT(longest, seconds(3));
    reader->exec("rollback");
    EXPECT_TRUE(store_->views().swap(projection));
}

TEST_F(PostgresqlWaits, TablesThatAreInUseKeepNobodyFromTheLog) {
    const auto holder = begun("lock table \"Message\" in access exclusive mode");
    std::vector<std::thread> readers;
    for (int i = 0; i < 12; ++i) readers.emplace_back([&] { EXPECT_EQ(messages(), 0u); });
    EXPECT_TRUE(eventually([&] {
        return database_.number(
                   "select count(*) from pg_stat_activity where datname = current_database()"
                   " and wait_event = 'relation'") >= 6;
    }));
    const auto start = steady_clock::now();
    EXPECT_EQ(append(fact(person("ann"), {message("m1")})).outcome, Outcome::appended);
    EXPECT_FALSE(log().find_message("wamid.m1"));
    EXPECT_EQ(log().read_all(0, 10).size(), 1u);
    EXPECT_LT(steady_clock::now() - start, seconds(2));
    holder->exec("rollback");
    for (auto& reader : readers) reader.join();
}

TEST_F(PostgresqlWaits, ALogThatDoesNotAnswerIsGivenUpInSeconds) {
    const auto holder = begun("lock table message_ref in access exclusive mode");
    const auto start = steady_clock::now();
    EXPECT_THROW(log().find_message("wamid.m1"), db::pg::Error);
    EXPECT_LT(steady_clock::now() - start, seconds(8));
    holder->exec("rollback");
    EXPECT_FALSE(log().find_message("wamid.m1"));
}

TEST_F(PostgresqlWaits, ARenewalThatFindsTheLogBusyEndsInSecondsAndTheNextOneHoldsAll) {
    store_->renew_leases();
    const auto holder =
        begun("select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) + ")");
    const auto start = steady_clock::now();
    EXPECT_THROW(store_->renew_leases(), db::pg::Error);
    EXPECT_LT(steady_clock::now() - start, seconds(4));
    holder->exec("rollback");
    EXPECT_EQ(store_->renew_leases().held.size(), std::size_t{events::slice_count});
}

}  // namespace
}  // namespace contract
