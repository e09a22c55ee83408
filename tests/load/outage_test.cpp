#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/load/database.hpp"

/// The database is away, full, shut or crowded, in the middle of a load.
namespace load {
namespace {

constexpr int persons = 300, messages = 1500;

using Mend = std::function<void()>;
struct Fault {
    const char* name;
    Kind kind;
    Mend (*happens)(const Database&, const Served&);
};

/// The name in postgresql:///NAME?...
std::string name_in(const std::string& url) {
    const auto start = url.find("///") + 3;
    return url.substr(start, url.find('?') - start);
}
void end_backends_of(const std::string& name) {
    support::Postgres::instance().command(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'");
}

Mend crash(const Database&, const Served&) {
    support::Postgres::instance().crash();
    return [] { support::Postgres::instance().start(); };
}

Mend read_only(const Database& database, const Served&) {
    const auto name = name_in(database.url());
    const auto set = [name](const std::string& value) {
        support::Postgres::instance().command("alter database " + name +
                                              " set default_transaction_read_only = " + value);
        end_backends_of(name);
    };
    set("on");
    return [set] { set("off"); };
}

/// The user that owns a database where no superuser is to be it.
std::string owner_of(const std::string& name) { return "owner_of_" + name; }

/// No connection is left for the user that the server comes as.
Mend crowded(const Database& database, const Served&) {
    const auto name = name_in(database.url());
    const auto leave = [name](int count) {
        support::Postgres::instance().command("alter role " + owner_of(name) +
                                              " connection limit " + std::to_string(count));
    };
    leave(0);
    end_backends_of(name);
    return [leave] { leave(-1); };
}

/// No file may grow: what a full disk looks like to SQLite.
Mend full_disk(const Database& database, const Served& hilo) {
    const auto file = database.url().substr(std::string("sqlite:").size());
    rlimit before{};
    ::prlimit(hilo.pid(), RLIMIT_FSIZE, nullptr, &before);
    auto full = before;
    full.rlim_cur = std::filesystem::file_size(file + "-wal") / 2;
    ::prlimit(hilo.pid(), RLIMIT_FSIZE, &full, nullptr);
    return [pid = hilo.pid(), before] { ::prlimit(pid, RLIMIT_FSIZE, &before, nullptr); };
}

const std::vector<Fault> faults{{"PostgresqlCrashes", Kind::postgresql, crash},
                                {"PostgresqlIsReadOnly", Kind::postgresql, read_only},
                                {"PostgresqlIsCrowded", Kind::postgresql, crowded},
                                {"TheDiskIsFull", Kind::sqlite, full_disk}};

/// A limit of connections holds for no superuser, which the tests are otherwise.
Environment as_another_user(const Database& database) {
    auto environment = database.environment();
    auto& server = support::Postgres::instance();
    const auto name = name_in(database.url());
    server.command("create role " + owner_of(name) + " login");
    server.command("alter database " + name + " owner to " + owner_of(name));
    auto& url = environment.at("DATABASE_URL");
    url.replace(url.find("user=postgres"), 13, "user=" + owner_of(name));
    return environment;
}

class Outages : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(Databases, Outages, testing::ValuesIn(faults),
                         [](const auto& given) { return std::string(given.param.name); });

TEST_P(Outages, LeadTo503AndTheirEndToRecovery) {
    const Database database(GetParam().kind);
    Served hilo(HILO_BINARY,
                GetParam().happens == crowded ? as_another_user(database) : database.environment());
    Provider provider(shuffled(messages, persons, 3), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    {
        const auto mend = GetParam().happens(database, hilo);
        // Each connection's request is refused twice, so that one that waited behind another is
        // too.
        EXPECT_TRUE(eventually(40s, [&] { return provider.statuses()[503] >= 32; })) << hilo.said();
        EXPECT_EQ(tests::status_of(hilo.ask("GET", "/livez")), 200);
        mend();
    }
    EXPECT_TRUE(provider.finish(30s)) << hilo.said();
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
