#include <gtest/gtest.h>

#include "tests/load/database.hpp"

namespace load {
namespace {

constexpr int persons = 300, messages = 1500;
// What drains (10 s) and what still waits for the log (7 s), and the slowness of sanitizers.
constexpr auto end_bound = 30s;

class Outage {
public:
    Outage() { support::Postgres::instance().crash(); }
    Outage(const Outage&) = delete;
    Outage& operator=(const Outage&) = delete;
    ~Outage() { support::Postgres::instance().start(); }
};

void expect_kept(const Database& database, const Provider& provider) {
    const auto told = database.told();
    for (const auto& [wamid, times] : told.received) EXPECT_EQ(times, 1) << wamid;
    for (const int message : provider.accepted()) {
        EXPECT_TRUE(told.received.contains(wamid_of(message))) << message;
    }
}

class End : public testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(Stores, End, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(End, SigtermUnderLoadEndsSoonAndKeepsWhatWasAnswered) {
    const Database database(GetParam());
    Served hilo(HILO_BINARY, database.environment());
    Provider provider(shuffled(messages, persons, 1), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    EXPECT_TRUE(hilo.terminate(end_bound)) << hilo.said();
    EXPECT_LT(provider.answered(), provider.size()) << "it ended after the load";
    expect_kept(database, provider);
    EXPECT_EQ(database.defect(), "");
}

TEST(Outage, SigtermWhilePostgresqlIsGoneEndsSoon) {
    const Database database(Kind::postgresql);
    Served hilo(HILO_BINARY, database.environment());
    Provider provider(shuffled(messages, persons, 2), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    {
        const Outage outage;
        EXPECT_TRUE(hilo.terminate(end_bound)) << hilo.said();
    }
    expect_kept(database, provider);
}

TEST(Outage, APostgresqlThatCrashesLeadsTo503AndItsReturnToRecovery) {
    const Database database(Kind::postgresql);
    Served hilo(HILO_BINARY, database.environment());
    Provider provider(shuffled(messages, persons, 3), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    {
        const Outage outage;
        EXPECT_TRUE(eventually(10s, [&] { return hilo.ready() == 503; }));
        // Each connection's request is refused twice, so that one that waited behind another is
        // too.
        EXPECT_TRUE(eventually(30s, [&] { return provider.statuses()[503] >= 32; }));
        EXPECT_EQ(tests::status_of(hilo.ask("GET", "/livez")), 200);
    }
    EXPECT_TRUE(provider.finish(30s)) << hilo.said();
    EXPECT_TRUE(eventually(20s, [&] { return hilo.decides(); })) << hilo.said();
    EXPECT_EQ(hilo.ready(), 200);
    EXPECT_LT(provider.longest(), 10s) << "the provider gives up after ten seconds";
    const auto told = database.told();
    EXPECT_EQ(told.received.size(), static_cast<std::size_t>(messages));
    EXPECT_EQ(told.opened.size(), static_cast<std::size_t>(persons));
    expect_kept(database, provider);
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
