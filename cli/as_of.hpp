#pragma once

#include <CLI/CLI.hpp>

#include "cli/usage.hpp"
#include "projections/as_of.hpp"

namespace cli {

/// `--as-of`, of a command that shows something as it was.
inline void add_as_of(CLI::App* command, std::string& place) {
    command->add_option("--as-of", place,
                        "As it was at a position of the log, or at a time (2026-11-20T18:47:03Z)");
}
/// Throws UsageError for what is neither.
inline std::int64_t place_of(events::Log& log, const std::string& text) {
    const auto place = projections::place_in(log, text);
    if (const auto* why = std::get_if<std::string>(&place)) throw UsageError("--as-of: " + *why);
    return std::get<std::int64_t>(place);
}

}  // namespace cli
