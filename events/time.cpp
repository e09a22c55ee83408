#include "events/time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace events {
namespace {

/// Reads digits from the front of a text; remembers whether anything was amiss.
struct Scanner {
    std::string_view rest;
    bool ok = true;

    int number(std::size_t digits) {
        int value = 0;
        if (rest.size() < digits) return fail();
        for (std::size_t i = 0; i < digits; ++i) {
            if (rest[i] < '0' || rest[i] > '9') return fail();
            value = value * 10 + (rest[i] - '0');
        }
        rest.remove_prefix(digits);
        return value;
    }
    bool skip(std::string_view any_of) {
        if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
        rest.remove_prefix(1);
        return true;
    }
    void expect(std::string_view any_of) { ok = skip(any_of) && ok; }
    int fail() {
        ok = false;
        return 0;
    }
};

int decimals(Scanner& in) {
    if (!in.skip(".")) return 0;
    int value = 0, digits = 0;
    if (in.rest.empty() || in.rest.front() < '0' || in.rest.front() > '9') return in.fail();
    while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
        if (digits < 6) value = value * 10 + (in.rest.front() - '0'), ++digits;
        in.rest.remove_prefix(1);
    }
    for (; digits < 6; ++digits) value *= 10;
    return value;
}

minutes offset(Scanner& in) {
    if (in.skip("Zz")) return minutes(0);
    const int sign = in.skip("-") ? -1 : 1;
    if (sign == 1) in.expect("+");
    const int h = in.number(2);
    in.skip(":");
    const int m = in.number(2);
    if (h > 23 || m > 59) in.fail();
    return minutes(sign * (h * 60 + m));
}

/// Four digits of a year are written; what lies beyond ("never") shows as the last moment there is.
Time showable(Time time) {
    using namespace std::chrono;
    constexpr Time first = sys_days(year(0) / January / 1),
                   beyond = sys_days(year(10'000) / January / 1);
    return std::clamp(time, first, beyond - microseconds(1));
}

}  // namespace

std::string iso8601(Time any) {
    const auto time = showable(any);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const auto micro = (time - day).count();
    std::array<char, 32> out{};
    const int size = std::snprintf(
        out.data(), out.size(), "T%02d:%02d:%02d.%06dZ", static_cast<int>(micro / 3'600'000'000),
        static_cast<int>(micro / 60'000'000 % 60), static_cast<int>(micro / 1'000'000 % 60),
        static_cast<int>(micro % 1'000'000));
    return utc_date(time) + std::string(out.data(), static_cast<std::size_t>(size));
}

std::string utc_date(Time time) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(showable(time)));
    std::array<char, 32> out{};
    const int size =
        std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {out.data(), static_cast<std::size_t>(size)};
}

std::optional<Time> parse_iso8601(std::string_view text) {
    Scanner in{text};
    const int year = in.number(4);
    in.expect("-");
    const int month = in.number(2);
    in.expect("-");
    const int day = in.number(2);
    in.expect("Tt ");
    const int hour = in.number(2);
    in.expect(":");
    const int minute = in.number(2);
    in.expect(":");
    const int second = in.number(2);
    const int micro = decimals(in);
    const auto zone = offset(in);
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!in.ok || !in.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return Time(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
           std::chrono::microseconds(micro) - zone;
}

}  // namespace events
