#include <libpq-fe.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What only a server with several clients can suffer.
class PostgresqlFaults : public testing::Test {
protected:
    events::Log& log() { return store_->log(); }
    Appended append(Append request) { return events::append_now(log(), std::move(request)); }
    static support::Postgres& server() { return support::Postgres::instance(); }
    std::int64_t waiting_for(const std::string& what) const {
        return database_.number(
            "select count(*) from pg_stat_activity where datname ="
            " current_database() and wait_event = '" +
            what + "'");
    }
    /// Commits wait for a standby that doesn't exist. The server takes a new setting in when it
    /// gets to it: another client commits until it is made to wait, and is let go.
    void let_commits_wait() const {
        server().command("alter system set synchronous_standby_names = 'nobody'");
        server().command("select pg_reload_conf()");
        bool waits = false;
        for (int i = 0; i < 1'000 && !waits; ++i) {
            std::atomic<bool> over{false};
            std::thread other([&] {
                db::pg::Connection(database_.url())
                    .exec("create table t" + std::to_string(i) + "()");
                over = true;
            });
            waits = eventually([&] { return over || waiting_for("SyncRep") == 1; }) && !over;
            database_.execute(
                "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
            other.join();
        }
        ASSERT_TRUE(waits);
    }
    void end_the_append() const {
        database_.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname ="
            " current_database() and query like 'call append%'");
    }

    Database database_{Kind::postgresql};
    std::unique_ptr<db::Store> store_ = database_.open();
};

// One event, as the append's connection would send it; ids and hashes are of no matter here.
constexpr const char* raw_append =
    "call append(array['00000000-0000-4000-8000-00000000000a']::uuid[], array[1::int2],"
    " array[null]::bytea[], array[null]::bytea[], array[null]::bytea[], array[1], array[1],"
    " array[true], null, null, null, array[null]::uuid[], array[202611], null,"
    " array['00000000-0000-4000-8000-00000000000b']::uuid[], array[4::int2], array[1::int2],"
    " array[true], array[0::int2], array[0::int8], array[null]::uuid[], array[null]::uuid[],"
    " array[null]::int4[], array['']::bytea[], array[null]::uuid[], array['']::bytea[],"
    " array[sha256('')], array['']::bytea[], '{}'::int4[], '{}'::bytea[], '{}'::uuid[],"
    " null, null, null, null, null, null)";

TEST_F(PostgresqlFaults, AClientFrozenInTheMiddleOfAnAppendStopsNobody) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> frozen(PQconnectdb(database_.url().c_str()),
                                                            PQfinish);
    // Parse, Bind and Execute go out, and no Sync ever does.
    ASSERT_EQ(PQenterPipelineMode(frozen.get()), 1);
    ASSERT_EQ(PQsendQueryParams(frozen.get(), raw_append, 0, nullptr, nullptr, nullptr, nullptr, 1),
              1);
    ASSERT_EQ(PQsendFlushRequest(frozen.get()), 1);
    ASSERT_EQ(PQflush(frozen.get()), 0);
    ASSERT_TRUE(eventually([&] { return log().head() == 1; }))
        << "the append has committed although its client says no more";
    const auto answer = append(fact(person("ann"), {message("m1")}));
    EXPECT_EQ(answer.outcome, Outcome::appended);
    EXPECT_EQ(answer.position, 2);
}

TEST_F(PostgresqlFaults, AnAppendWhoseConnectionIsLostBeforeItsCommitIsDoneAgain) {
    db::pg::Connection holder(database_.url());
    holder.exec("begin; select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) + ")");
    Answers answers;
    answers.send(log(), fact(person("ann"), {opened("ann"), message("m1")}));
    ASSERT_TRUE(eventually([&] { return waiting_for("advisory") == 1; }));
    end_the_append();
    holder.exec("rollback");
    EXPECT_EQ(answers.wait().front().outcome, Outcome::appended);
    EXPECT_EQ(log().head(), 2);
    EXPECT_FALSE(store_->verify());
}

TEST_F(PostgresqlFaults, ACommitWhoseAnswerIsLostIsReadBackAndNotDoneTwice) {
    append(fact(person("bob"), {message("m0")}));
    // The commit stands, and waits: there the connection is ended.
    let_commits_wait();
    Answers answers;
    answers.send(log(), fact(person("ann"), {opened("ann"), message("m1")}));
    const bool committed = eventually([&] { return waiting_for("SyncRep") == 1; });
    end_the_append();
    const auto answer = answers.wait().front();
    server().command("alter system reset synchronous_standby_names");
    server().command("select pg_reload_conf()");
    ASSERT_TRUE(committed);
    EXPECT_EQ(answer.outcome, Outcome::appended) << "its events were read back";
    EXPECT_EQ(answer.position, 3);
    EXPECT_EQ(log().head(), 3);
    EXPECT_EQ(log().read_stream(answer.stream, 0, 10).size(), 2u);
}

TEST_F(PostgresqlFaults, BackendsEndedAtRandomLoseAndRepeatNothing) {
    constexpr int count = 400;
    constexpr auto time = std::chrono::seconds(2);  // nobody's patience is over by then
    std::atomic<bool> over{false};
    std::thread killer([&] {
        std::mt19937 random{7};
        for (const auto until = steady_clock::now() + time; steady_clock::now() < until && !over;) {
            std::this_thread::sleep_for(milliseconds(random() % 60));
            end_the_append();
        }
    });
    Answers answers;
    for (int i = 0; i < count; ++i) {
        answers.send(log(),
                     fact(person("p" + std::to_string(i % 50)), {message(std::to_string(i))}));
        if (i % 4 == 0) std::this_thread::sleep_for(milliseconds(2));
    }
    const auto all = answers.wait();
    over = true;
    killer.join();
    for (const auto& answer : all) EXPECT_EQ(answer.outcome, Outcome::appended);
    EXPECT_EQ(log().head(), count);
    expect_gapless(log());
    EXPECT_FALSE(store_->verify());
}

TEST_F(PostgresqlFaults, AServerThatCrashesLosesNothingThatWasAnswered) {
    Answers answers;
    for (int i = 0; i < 100; ++i) {
        answers.send(log(), fact(person(std::to_string(i)), {message(std::to_string(i))}));
    }
    server().crash();
    server().start();
    const auto all = answers.wait();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto request = fact(person(std::to_string(i)), {message(std::to_string(i))});
        // Where the server took longer than a request may wait, it was not answered well.
        const bool was_there = log().stream_of(request.events.front().id).has_value();
        EXPECT_TRUE(was_there || all[i].outcome != Outcome::appended) << i;
        // What came into doubt is told as appended, be it there before.
        const auto again = append(request).outcome;
        EXPECT_TRUE(again == Outcome::appended || (was_there && again == Outcome::already_there));
    }
    EXPECT_EQ(log().head(), 100);
    EXPECT_FALSE(store_->verify());
}

TEST_F(PostgresqlFaults, WritersThatRollBackLeaveNoGap) {
    std::atomic<bool> over{false};
    std::thread rival([&] {
        db::pg::Connection db(database_.url());
        while (!over) {
            db.exec("begin; select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) +
                    ")");
            const auto head = db.query(
                                    "select first + count - 1 from seal order by first desc"
                                    " limit 1")
                                  .integer(0, 0);
            const auto next = std::to_string(head + 1);
            db.exec("insert into event select " + next +
                    ", gen_random_uuid(), 1, 1,"
                    " gen_random_uuid(), 4, 1, 0, 0, null, null, null, '', null, '', '', '';"
                    "insert into seal values (" +
                    next + ", 1, 0, ''); rollback");
        }
    });
    const auto other = database_.open();
    Answers answers;
    for (int i = 0; i < 200; ++i) {
        auto& to = i % 2 == 0 ? log() : other->log();
        answers.send(to, fact(person(std::to_string(i % 20)), {message(std::to_string(i))}));
        if (i % 3 == 0) std::this_thread::sleep_for(milliseconds(1));
    }
    for (const auto& answer : answers.wait()) EXPECT_EQ(answer.outcome, Outcome::appended);
    over = true;
    rival.join();
    EXPECT_EQ(log().head(), 200);
    expect_gapless(log());
    EXPECT_FALSE(store_->verify());
}

TEST_F(PostgresqlFaults, ALongReadSlowsNobody) {
    const auto time_of = [&](const std::string& name, int count) {
        std::vector<std::chrono::steady_clock::duration> times;
        for (int i = 0; i < count; ++i) {
            const auto start = std::chrono::steady_clock::now();
            append(fact(person("ann"), {message(name + std::to_string(i))}));
            times.push_back(std::chrono::steady_clock::now() - start);
        }
        std::ranges::sort(times);
        return times[times.size() / 2];
    };
    db::pg::Connection reader(database_.url());
    reader.exec("set idle_in_transaction_session_timeout = 0");
    reader.exec("begin isolation level repeatable read; select count(*) from event");
    const auto early = time_of("early", 100);
    Answers answers;
    for (int i = 0; i < 3'000; ++i) {
        answers.send(log(), fact(person(std::to_string(i % 9)), {message(std::to_string(i))}));
    }
    answers.wait();
    const auto late = time_of("late", 100);
    EXPECT_LT(late, early * 5 + milliseconds(5));
    store_.reset();  // its connections report what they did
    // The cause of the slowness that this design avoids: rows that were updated.
    EXPECT_EQ(database_.number("select coalesce(sum(n_tup_upd + n_tup_del), 0)::int8 from"
                               " pg_stat_user_tables where relname in ('event', 'seal', 'alias',"
                               " 'message_ref', 'stream_key')"),
              0);
}

TEST_F(PostgresqlFaults, ALockThatIsHeldForLongIsFullAndNotForever) {
    db::pg::Connection holder(database_.url());
    holder.exec("set idle_in_transaction_session_timeout = 0");
    holder.exec("begin; select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) + ")");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(append(fact(person("ann"), {message("m1")})).outcome, Outcome::full);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10))
        << "Kapso waits no longer";
    holder.exec("rollback");
    EXPECT_EQ(append(fact(person("ann"), {message("m1")})).outcome, Outcome::appended);
}

TEST_F(PostgresqlFaults, AnotherProcessHearsOfAnAppend) {
    const auto other = database_.open();
    std::atomic<std::int64_t> heard{0};
    other->on_commit([&](std::int64_t head) { heard = head; });
    append(fact(person("ann"), {message("m1"), message("m2")}));
    EXPECT_TRUE(eventually([&] { return heard == 2; }));
}

}  // namespace
}  // namespace contract
