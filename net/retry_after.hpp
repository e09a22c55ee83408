#pragma once

#include <chrono>
#include <optional>

#include "net/client.hpp"

namespace net {

/// How long a response asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP
/// date, which counts from the response's own Date. At most a day; std::nullopt where it says
/// nothing that can be understood.
std::optional<std::chrono::milliseconds> retry_after(const Response& response);

}  // namespace net
