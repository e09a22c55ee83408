#include "projections/cells.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

namespace projections {
namespace {

using namespace std::chrono;

constexpr sys_days first_day = year(1) / January / 1;
constexpr sys_days last_day = year(9999) / December / 31;

template <class T>
T must(const std::optional<T>& value, const std::string& text) {
    if (!value) refuse_cell(text);
    return *value;
}

}  // namespace

void refuse_cell(const std::string& text) {
    throw std::invalid_argument("a column holds what was never written to it: " + text);
}

std::string put(const std::string& value) {
    std::string text;
    for (const char c : value) {
        if (c == '\0') {
            text += "\xEF\xBF\xBD";
        } else {
            text += c;
        }
    }
    return text;
}
std::string put(Time value) {
    const Time last = Time(last_day + days(1)) - microseconds(1);
    return events::iso8601(std::clamp(value, Time(first_day), last));
}
std::string put(Date value) {
    return events::utc_date(Time(std::clamp(value, first_day, last_day)));
}

std::string put(const std::vector<std::int64_t>& values) {
    std::string text;
    for (const auto one : values) text += (text.empty() ? "" : " ") + std::to_string(one);
    return text;
}

void get(const std::string& text, bool& to) {
    if (text != "0" && text != "1") refuse_cell(text);
    to = text == "1";
}
void get(const std::string& text, std::int64_t& to) {
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, to);
    if (read.ec != std::errc() || read.ptr != end) refuse_cell(text);
}
void get(const std::string& text, Uuid& to) { to = must(crypto::parse_uuid(text), text); }
void get(const std::string& text, Time& to) { to = must(events::parse_iso8601(text), text); }
void get(const std::string& text, Date& to) {
    to = floor<days>(must(events::parse_iso8601(text + "T00:00:00Z"), text));
}

void get(const std::string& text, std::vector<std::int64_t>& to) {
    to.clear();
    std::istringstream in(text);
    for (std::string item; in >> item;) get(item, to.emplace_back());
}

}  // namespace projections
