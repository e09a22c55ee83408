#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/load/database.hpp"
#include "tests/load/pair.hpp"
#include "tests/load/small_disk.hpp"
#include "tests/support/places.hpp"

/// The database is away, full, shut, crowded or replaced, in the middle of a load.
namespace load {
namespace {

using support::Postgres;

constexpr int persons = 300, messages = 1500;
// A database of all these messages fits, so that what fills the disk is the test's own.
constexpr int disk_size = 64;

using Mend = std::function<void()>;
/// A database, and what befalls it and the server on it.
struct Trouble {
    std::shared_ptr<const Database> database;
    std::function<Mend(const Served&)> happens;
};
struct Fault {
    const char* name;
    Trouble (*prepare)();
};

/// The name in postgresql:///NAME?...
std::string name_in(const std::string& url) {
    const auto start = url.find("///") + 3;
    return url.substr(start, url.find('?') - start);
}
void end_backends_of(const std::string& name) {
    Postgres::instance().command(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'");
}

Trouble crash() {
    return {std::make_shared<Database>(Kind::postgresql), [](const Served&) {
                Postgres::instance().crash();
                return [] { Postgres::instance().start(); };
            }};
}

Trouble read_only() {
    const auto database = std::make_shared<Database>(Kind::postgresql);
    const auto set = [name = name_in(database->url())](const std::string& value) {
        Postgres::instance().command("alter database " + name +
                                     " set default_transaction_read_only = " + value);
        end_backends_of(name);
    };
    return {database, [set](const Served&) {
                set("on");
                return [set] { set("off"); };
            }};
}

/// No connection is left for the user that the server comes as. That is no superuser, for whom no
/// limit holds.
Trouble crowded() {
    auto& server = Postgres::instance();
    auto url = server.fresh();
    const auto name = name_in(url), user = "owner_of_" + name;
    server.command("create role " + user + " login");
    server.command("alter database " + name + " owner to " + user);
    url.replace(url.find("user=postgres"), 13, "user=" + user);
    const auto leave = [user](int count) {
        Postgres::instance().command("alter role " + user + " connection limit " +
                                     std::to_string(count));
    };
    return {std::make_shared<Database>(url), [leave, name](const Served&) {
                leave(0);
                end_backends_of(name);
                return [leave] { leave(-1); };
            }};
}

/// The primary is gone for good, and after a while somebody promotes the standby.
Trouble fail_over() {
    const auto pair = std::make_shared<Pair>();
    return {std::make_shared<Database>(pair->url()), [pair](const Served&) {
                pair->lose_primary();
                return [pair] { pair->promote(); };
            }};
}

/// No file may grow: an I/O error, which SQLite tells from a full disk.
Trouble no_growth() {
    const auto database = std::make_shared<Database>(Kind::sqlite);
    const auto file = database->url().substr(std::string("sqlite:").size());
    return {database, [file](const Served& hilo) {
                rlimit before{};
                ::prlimit(hilo.pid(), RLIMIT_FSIZE, nullptr, &before);
                auto full = before;
                full.rlim_cur = std::filesystem::file_size(file + "-wal") / 2;
                ::prlimit(hilo.pid(), RLIMIT_FSIZE, &full, nullptr);
                return
                    [pid = hilo.pid(), before] { ::prlimit(pid, RLIMIT_FSIZE, &before, nullptr); };
            }};
}

Mend fill(const std::shared_ptr<const SmallDisk>& disk) {
    disk->fill();
    return [disk] { disk->make_room(); };
}

Trouble full_disk() {
    const auto disk = std::make_shared<SmallDisk>(disk_size);
    return {std::make_shared<Database>("sqlite:" + (disk->path() / "hilo.db").string()),
            [disk](const Served&) { return fill(disk); }};
}

/// No table can be extended; PostgreSQL's own folder, where it writes ahead, is on another disk.
Trouble full_tablespace() {
    const auto disk = std::make_shared<SmallDisk>(disk_size);
    Postgres::make_owner_of(disk->path());
    const auto server = std::make_shared<Postgres>();
    server->command("create tablespace small location '" + disk->path().string() + "'");
    server->command("create database hilo tablespace small");
    return {std::make_shared<Database>(server->url("hilo")),
            [disk, server](const Served&) { return fill(disk); }};
}

const std::vector<Fault> faults{{"PostgresqlCrashes", crash},
                                {"PostgresqlIsReadOnly", read_only},
                                {"PostgresqlIsCrowded", crowded},
                                {"PostgresqlFailsOver", fail_over},
                                {"PostgresqlsDiskIsFull", full_tablespace},
                                {"TheDiskIsFull", no_growth},
                                {"TheDiskIsFullForReal", full_disk}};

class Outages : public testing::TestWithParam<Fault> {
protected:
    void SetUp() override {
        try {
            trouble_ = GetParam().prepare();
        } catch (const MayNotMount& why) {
            GTEST_SKIP() << why.what();
        }
    }
    Trouble trouble_;
};
INSTANTIATE_TEST_SUITE_P(Databases, Outages, testing::ValuesIn(faults),
                         [](const auto& given) { return std::string(given.param.name); });

TEST_P(Outages, LeadTo503AndTheirEndToRecovery) {
    const auto& database = *trouble_.database;
    Served hilo(support::hilo_binary(), database.environment());
    Provider provider(shuffled(messages, persons, 3), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    {
        const auto mend = trouble_.happens(hilo);
        // Each connection's request is refused twice, so that one that waited behind another is
        // too.
        EXPECT_TRUE(eventually(40s, [&] { return provider.statuses()[503] >= 32; })) << hilo.said();
        EXPECT_EQ(tests::status_of(hilo.ask("GET", "/livez")), 200);
        mend();
    }
    EXPECT_TRUE(provider.finish(30s)) << hilo.said();
    EXPECT_EQ(provider.curt(), 0) << "a 503 says when to come again";
    EXPECT_TRUE(eventually(30s, [&] { return hilo.decides(); })) << hilo.said();
    EXPECT_EQ(hilo.ready(), 200);
    EXPECT_LT(provider.longest(), 10s) << "the provider gives up after ten seconds";
    const auto told = database.told();
    EXPECT_EQ(told.received.size(), static_cast<std::size_t>(messages));
    EXPECT_EQ(told.opened.size(), static_cast<std::size_t>(persons));
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
    const auto all_closed = [&] {
        const auto now = database.told();
        return now.closed.size() == static_cast<std::size_t>(messages);
    };
    EXPECT_TRUE(eventually(30s, all_closed)) << database.told().closed.size() << hilo.said();
    for (const auto& [id, times] : database.told().closed) EXPECT_EQ(times, 1) << id.text();
    EXPECT_EQ(database.defect(), "");
}

}  // namespace
}  // namespace load
