#pragma once

#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace simulation {

/// What a history shows of each promise (DESIGN 2), after the quiet time. Empty where all are kept;
/// else each entry begins with the promise's name.
std::vector<std::string> broken_promises(World& world);

/// One whole history from its seed: the promises that it breaks.
std::vector<std::string> run_history(std::uint64_t seed);
/// The same history in lines that a person can read, and how it ended.
std::string told_history(std::uint64_t seed);

}  // namespace simulation
