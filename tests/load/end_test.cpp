#include <gtest/gtest.h>

#include "tests/load/database.hpp"
#include "tests/support/places.hpp"

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
    Served hilo(support::hilo_binary(), database.environment());
    Provider provider(shuffled(messages, persons, 1), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    EXPECT_TRUE(hilo.terminate(end_bound)) << hilo.said();
    EXPECT_LT(provider.answered(), provider.size()) << "it ended after the load";
    expect_kept(database, provider);
    EXPECT_EQ(database.defect(), "");
}

TEST(Start, OfASecondServeOnOneSqliteFileIsRefusedAndSaysWhy) {
    const Database database(Kind::sqlite);
    const Served first(support::hilo_binary(), database.environment());
    Served second(Served::Later(), support::hilo_binary(), database.environment());
    second.launch();
    EXPECT_TRUE(eventually(5s, [&] { return second.has_ended(); })) << second.said();
    EXPECT_NE(second.said().find("is in use by another hilo"), std::string::npos) << second.said();
    EXPECT_EQ(first.ready(), 200);
}

TEST(Outage, SigtermWhilePostgresqlIsGoneEndsSoon) {
    const Database database(Kind::postgresql);
    Served hilo(support::hilo_binary(), database.environment());
    Provider provider(shuffled(messages, persons, 2), {hilo.port()}, 16);
    ASSERT_TRUE(eventually(30s, [&] { return provider.answered() >= provider.size() / 3; }));
    {
        const Outage outage;
        EXPECT_TRUE(hilo.terminate(end_bound)) << hilo.said();
    }
    expect_kept(database, provider);
}

}  // namespace
}  // namespace load
