#include "net/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "net/http_date.hpp"

namespace net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds longest = std::chrono::hours(24);

/// A count without a sign; decimals ("1.5", as some send) are cut off.
std::optional<std::int64_t> count_of(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool whole = stop == end || *stop == '.';
    if (error != std::errc() || !whole || value < 0) return std::nullopt;
    return std::min(value, std::int64_t{longest.count()});
}

}  // namespace

std::optional<milliseconds> retry_after(const Response& response) {
    if (const auto ms = count_of(response.header("retry-after-ms"))) {
        return std::min(milliseconds(*ms), longest);
    }
    const auto value = response.header("retry-after");
    if (const auto s = count_of(value)) return std::min<milliseconds>(seconds(*s), longest);
    const auto until = parse_http_date(value), from = parse_http_date(response.header("date"));
    if (!until || !from) return std::nullopt;
    return std::clamp<milliseconds>(*until - *from, milliseconds(0), longest);
}

}  // namespace net
