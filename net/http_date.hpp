#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace net {

/// A time as HTTP's headers write it (RFC 9110, 5.6.7): "Fri, 20 Nov 2026 10:17:59 GMT".
/// std::nullopt where it is no such text; the two obsolete forms aren't read.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);
/// The same, written.
std::string http_date(std::chrono::sys_seconds time);

}  // namespace net
