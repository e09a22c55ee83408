#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tests/simulation/oracle.hpp"
#include "tests/support/wanted.hpp"

/// HILO_HISTORIES=n runs n histories in all (2,000 unless told); HILO_SEED=n runs that one alone
/// and prints it.
namespace simulation {
namespace {

constexpr std::uint64_t shards = 20;

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) out += "\n  " + line;
    return out;
}

std::string outcome_of(std::uint64_t seed) {
    try {
        return joined(run_history(seed));
    } catch (const std::exception& error) {
        return std::string("\n  ") + error.what();
    }
}

class Shard : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Shard, EveryHistoryKeepsThePromises) {
    spdlog::set_level(spdlog::level::off);
    const auto count = support::wanted("HILO_HISTORIES", 2'000) / shards;
    int broken = 0;
    for (std::uint64_t i = 0; i < count && broken < 3; ++i) {
        const auto seed = GetParam() * 1'000'000 + i;
        const auto outcome = outcome_of(seed);
        if (!outcome.empty()) ++broken;
        EXPECT_EQ(outcome, "") << "replay it with HILO_SEED=" << seed;
    }
}
INSTANTIATE_TEST_SUITE_P(Simulation, Shard, testing::Range(std::uint64_t{0}, shards));

TEST(Simulation, TheSameSeedIsTheSameHistory) {
    spdlog::set_level(spdlog::level::off);
    for (std::uint64_t seed = 7'000'000; seed < 7'000'010; ++seed) {
        EXPECT_EQ(told_history(seed), told_history(seed)) << seed;
    }
}

TEST(Simulation, OneSeedIsToldWhole) {
    spdlog::set_level(spdlog::level::off);
    const auto seed = support::wanted("HILO_SEED", 1);
    const auto told = told_history(seed);
    if (std::getenv("HILO_SEED") != nullptr) std::cout << told;
    EXPECT_NE(told.find("MessageReceived"), std::string::npos);
    EXPECT_EQ(told.find("BROKEN"), std::string::npos);
}

}  // namespace
}  // namespace simulation
