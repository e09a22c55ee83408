#pragma once

#include "cli/config.hpp"

namespace cli {

/// `hilo serve`: takes webhooks, moves conversations, keeps the tables, answers the API; until
/// SIGINT or SIGTERM. Returns the exit code.
int serve(const Config& config);

/// One line a message on stderr: time, level, text.
void set_up_logging();

inline constexpr auto version_text = HILO_VERSION;

}  // namespace cli
