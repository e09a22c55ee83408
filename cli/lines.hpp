#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/reach.hpp"
#include "projections/views.hpp"

namespace cli {

/// The lines of the business that the tables know, and the one of the configuration (empty: none);
/// what can't be a phone_number_id is left out. Blocks; throws where the store is away.
std::vector<std::string> lines_of(projections::Views& views, const std::string& configured);

/// std::nullopt for a line that nobody has written to.
std::optional<LineTimes> times_of(projections::Views& views, const std::string& line);

}  // namespace cli
