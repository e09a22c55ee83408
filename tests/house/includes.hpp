#pragma once

#include "tests/house/source.hpp"

namespace house {

/// A folder includes only itself and what stands above it; a library is known where its row says;
/// the pure folders ask no clock, no randomness, no file and no thread.
Complaints broken_include_rules(const Source& source);

}  // namespace house
