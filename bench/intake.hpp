#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace bench {

enum class Store { sqlite, postgresql };

/// alone: both switches off, so a message is taken and closed by one event, ReplySuppressed; no
/// call outside. whole: both on and debounce 0, so it goes to a model and its answer to Kapso.
enum class Mode { alone, whole };

std::string_view name_of(Store store);
std::string_view name_of(Mode mode);

/// What one run measures, in this order in every table.
struct Figure {
    std::string_view name, unit;
};
inline constexpr std::array<Figure, 8> figures{{
    {"accepted", "1/s"},  // webhooks answered 200 under load
    {"load POST to 200 p50", "ms"},
    {"load POST to 200 p99", "ms"},
    {"events in the log", "1/s"},  // all kinds, while the load lasts
    {"idle POST to 200 p50", "ms"},
    {"idle POST to 200 p99", "ms"},
    {"idle POST to model p50", "ms"},
    {"idle POST to model p99", "ms"},
}};
using Figures = std::array<double, figures.size()>;

/// Starts a server on a fresh database, measures, and ends it. Throws where a request that was to
/// be answered was not.
Figures run(Store store, Mode mode, std::chrono::seconds load);

}  // namespace bench
