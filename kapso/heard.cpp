#include <charconv>

#include "kapso/pace.hpp"
#include "net/error_body.hpp"
#include "net/retry_after.hpp"

namespace kapso {
namespace {

std::optional<std::int64_t> count_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = !text.empty() && error == std::errc() && end == text.data() + text.size();
    return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

/// A code of Meta's counts before the status, which is 400 or 429 for its throttling.
Heard::Kind kind_of(int status, std::optional<int> code) {
    using enum Heard::Kind;
    if (status >= 200 && status <= 299) return fine;
    if (code == 131056) return pair_limit;
    if (code == 130429 || code == 4 || code == 80007) return line_limit;
    if (status == 409) return in_flight;
    return status == 429 ? key_limit : other;
}

}  // namespace

Heard heard_in(const net::Result& result) {
    const auto* response = std::get_if<net::Response>(&result);
    if (response == nullptr) return {};
    Heard heard;
    const bool failed = response->status < 200 || response->status > 299;
    heard.kind = kind_of(response->status,
                         failed ? net::error_body(response->body).code : std::optional<int>());
    heard.said = Budget::Said{count_in(response->header("x-ratelimit-limit")),
                              count_in(response->header("x-ratelimit-remaining"))};
    if (const auto wait = net::retry_after(*response)) heard.wait = *wait;
    return heard;
}

}  // namespace kapso
