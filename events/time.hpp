#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace events {

/// Microseconds since 1970 in UTC: the resolution of every time in the log.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t micros(Time time) { return time.time_since_epoch().count(); }
constexpr Time from_micros(std::int64_t value) { return Time(std::chrono::microseconds(value)); }

/// 2026-11-20T18:47:03.250000Z. The years 0000 to 9999 can be shown; what lies beyond is shown as
/// their first or last moment.
std::string iso8601(Time time);
/// 2026-11-20, the UTC date.
std::string utc_date(Time time);
/// ISO 8601 with `Z` or an offset; decimals beyond the sixth are dropped. std::nullopt for anything
/// else.
std::optional<Time> parse_iso8601(std::string_view text);

}  // namespace events
