#include <gtest/gtest.h>

#include <iostream>

#include "tests/load/account.hpp"
#include "tests/support/wanted.hpp"

/// PostgreSQL ends at once (SIGQUIT) and comes back, HILO_DB_KILLS times, while replies go out.
namespace faults {
namespace {

using namespace load;

TEST(PostgresqlEnds, AgainAndAgainAndNothingIsLostOrDoubled) {
    Answering whole(Kind::postgresql);
    auto& [database, port, outside, hilo] = whole;
    auto& server = support::Postgres::instance();
    const auto times = support::wanted("HILO_DB_KILLS", 4);
    int customers = 0;
    const auto write_for = [&](std::chrono::milliseconds time) {
        for (const auto until = Clock::now() + time; Clock::now() < until;) {
            outside.write(customers, customers + 2);
            customers += 2;
            std::this_thread::sleep_for(50ms);
        }
    };
    for (std::uint64_t i = 0; i < times; ++i) {
        const auto enough = outside.answers() + 10;
        write_for(1s);
        ASSERT_TRUE(eventually(30s, [&] { return outside.answers() >= enough; })) << hilo.said();
        server.crash();
        write_for(1s);
        server.start();
    }
    const auto account = expect_all_accounted_for(database, outside, 120s);
    EXPECT_EQ(account.silent + account.refused, 0) << account.text() << account.details;
    // No process ended: whoever sent it heard the answer, and wrote it down later.
    EXPECT_EQ(account.unknown, 0) << account.text() << account.details;
    std::cout << times << " ends of PostgreSQL: " << account.text() << "\n";
}

}  // namespace
}  // namespace faults
