#include <gtest/gtest.h>

#include <iostream>

#include "tests/load/account.hpp"
#include "tests/support/wanted.hpp"

/// `kill -9` at random moments under load: HILO_KILLS of each store.
namespace faults {
namespace {

using namespace load;

class RandomKills : public testing::TestWithParam<Kind> {
protected:
    /// On PostgreSQL the leases of the one that was killed have to run out before the next one
    /// decides anything.
    std::chrono::milliseconds longest() const {
        return GetParam() == Kind::sqlite ? 1'500ms : 13'000ms;
    }
    std::uint64_t kills() const {
        return support::wanted("HILO_KILLS", GetParam() == Kind::sqlite ? 12 : 4);
    }
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

    const std::uint64_t seed_ = support::wanted("HILO_SEED", std::random_device{}());
    std::mt19937_64 random_{seed_};
};
INSTANTIATE_TEST_SUITE_P(Stores, RandomKills, testing::Values(Kind::sqlite, Kind::postgresql),
                         [](const auto& given) { return name_of(given.param); });

TEST_P(RandomKills, LoseAndDoubleNothing) {
    SCOPED_TRACE("HILO_SEED=" + std::to_string(seed_));
    Answering whole(GetParam());
    auto& [database, port, outside, hilo] = whole;
    int customers = 0;
    for (std::uint64_t i = 0; i < kills(); ++i) {
        outside.change({{"echo_key", below(2) == 0},
                        {"duplicates", below(3)},
                        {"status_order", below(2) == 0 ? "early" : "reversed"}});
        const auto until = Clock::now() + std::chrono::milliseconds(
                                              below(static_cast<std::uint64_t>(longest().count())));
        do {
            outside.write(customers, customers + 2);
            customers += 2;
            std::this_thread::sleep_for(100ms);
        } while (Clock::now() < until);
        hilo.end(SIGKILL);
        hilo.start();
    }
    outside.change({{"echo_key", true}, {"duplicates", 0}});
    const auto account = expect_answered_once(database, outside, 120s);
    std::cout << kills() << " kills, seed " << seed_ << ": " << account.text() << "\n";
}

}  // namespace
}  // namespace faults
