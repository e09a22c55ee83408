#include "net/http_date.hpp"

#include <array>
#include <ctime>

namespace net {

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    std::tm fields{};
    const std::string copy(text);
    const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&fields)));
}

std::string http_date(std::chrono::sys_seconds time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm fields{};
    gmtime_r(&seconds, &fields);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    return {text.data(), size};
}

}  // namespace net
