#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

constexpr int people = 40, messages = 400;

Append request(int i) {
    const auto name = std::to_string(i);
    const auto who = std::to_string(i % people);
    const auto to = i % 3 == 0 ? person("b" + who) : person("b" + who, {"1" + who});
    return fact(to, {opened(name), learnt(name), message(name)});
}

/// The same people, each known by the phone alone or by both.
Append by_phone(int i) {
    const auto name = std::to_string(i);
    const auto who = std::to_string(i % people);
    const auto to = person(i / people % 2 == 0 ? "" : "b" + who, {"1" + who});
    return fact(to, {opened(name), learnt(name), message(name)});
}

/// A process of its own that appends every message; the same ones as its twin, so that each is
/// there twice. Ends with 0 where all were answered well.
pid_t begun(const Database& database, Append (*make)(int) = request) {
    const pid_t child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int bad = 0;
    try {
        const auto store = database.open();
        Answers answers;
        for (int i = 0; i < messages; ++i) answers.send(store->log(), make(i));
        for (const auto& answer : answers.wait()) {
            bad += answer.outcome != Outcome::appended && answer.outcome != Outcome::already_there;
        }
    } catch (const std::exception&) {
        bad = 1;
    }
    _exit(bad == 0 ? 0 : 1);
}

int status_of(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

void expect_one_of_each(const Database& database) {
    const auto store = database.open();
    EXPECT_EQ(database.number("select count(*) from event where type = 4"), messages);
    EXPECT_EQ(database.number("select count(*) from event where type = 1"), people);
    EXPECT_EQ(database.number("select count(distinct stream) from event"), people);
    EXPECT_EQ(database.number("select count(distinct stream) from alias"), people);
    EXPECT_EQ(database.number("select count(*) from event where type = 1 and version <> 1"), 0);
    expect_gapless(store->log());
    EXPECT_FALSE(store->verify());
}

TEST(PostgresqlProcesses, TwoThatAppendTheSameKeepEachMessageOnce) {
    const Database database(Kind::postgresql);
    const auto first = begun(database), second = begun(database);
    EXPECT_EQ(status_of(first), 0);
    EXPECT_EQ(status_of(second), 0);
    expect_one_of_each(database);
}

TEST(PostgresqlProcesses, TwoThatMeetAPersonByPhoneAndByBothOpenOneConversation) {
    const Database database(Kind::postgresql);
    const auto first = begun(database, by_phone), second = begun(database, by_phone);
    EXPECT_EQ(status_of(first), 0);
    EXPECT_EQ(status_of(second), 0);
    expect_one_of_each(database);
    EXPECT_EQ(database.number("select count(*) from alias"), 2 * people);
}

TEST(PostgresqlProcesses, ARenewalThatIsFrozenStopsNoAppend) {
    const Database database(Kind::postgresql);
    database.open().reset();
    db::pg::Connection holder(database.url());
    holder.exec("begin; select pg_advisory_xact_lock(" + std::to_string(db::pg::log_lock) + ")");
    const pid_t claiming = fork();
    if (claiming == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        try {
            _exit(database.open()->renew_leases().held.empty() ? 1 : 0);
        } catch (const std::exception&) {
            _exit(1);
        }
    }
    const bool waits = eventually([&] {
        return database.number(
                   "select count(*) from pg_stat_activity where datname = current_database()"
                   " and wait_event = 'advisory'") == 1;
    });
    kill(claiming, SIGSTOP);
    holder.exec("rollback");
    const auto store = database.open();
    const auto start = std::chrono::steady_clock::now();
    const auto answer = events::append_now(store->log(), fact(person("ann"), {message("m1")}));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    kill(claiming, SIGCONT);
    EXPECT_TRUE(waits);
    EXPECT_EQ(answer.outcome, Outcome::appended);
    EXPECT_EQ(status_of(claiming), 0);
    EXPECT_EQ(database.number("select count(*) from lease where owner <> ''"), events::slice_count);
}

TEST(PostgresqlProcesses, OneThatIsKilledHarmsNeitherTheLogNorItsTwin) {
    const Database database(Kind::postgresql);
    database.open().reset();
    const auto victim = begun(database), twin = begun(database);
    EXPECT_TRUE(eventually(
        [&] { return database.number("select max(first + count - 1) from seal") > 20; }));
    kill(victim, SIGKILL);
    status_of(victim);
    EXPECT_EQ(status_of(twin), 0);
    expect_one_of_each(database);
}

}  // namespace
}  // namespace contract
