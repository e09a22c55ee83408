#include "cli/lines.hpp"

#include <algorithm>

#include "projections/client.hpp"
#include "projections/conversation.hpp"

namespace cli {
namespace {

using projections::Copy;
using projections::Select;

constexpr std::size_t most_lines = 1'000;

/// A phone_number_id is digits; whoever signs webhooks could name anything.
bool is_line(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

template <class Row>
std::optional<Row> first(projections::Views& views, Select query) {
    query.table = &projections::info_of<Row>();
    query.limit = 1;
    const auto rows = views.select(Copy::live, query);
    return rows.empty() ? std::nullopt : std::optional(projections::row_of<Row>(rows.front()));
}

}  // namespace

std::vector<std::string> lines_of(projections::Views& views, const std::string& configured) {
    std::vector<std::string> lines;
    std::string last;
    for (std::size_t looked_at = 0; looked_at < most_lines; ++looked_at) {
        const auto next = first<projections::Client>(
            views, {.where = {{{"line"}, Select::Is::more, {last}}}, .order = {{"line"}}});
        if (!next || !next->line) break;
        last = *next->line;
        if (is_line(last)) lines.push_back(last);
    }
    if (is_line(configured) && std::ranges::find(lines, configured) == lines.end()) {
        lines.push_back(configured);
    }
    return lines;
}

std::optional<LineTimes> times_of(projections::Views& views, const std::string& line) {
    const std::vector<Select::Condition> of_line{{{"line"}, Select::Is::equal, {line}}};
    const auto born = first<projections::Client>(views, {.where = of_line, .order = {{"id"}}});
    const auto last = first<projections::Conversation>(
        views, {.where = of_line, .order = {{"lastMessageAt", true}, {"id", true}}});
    if (!born || !last) return std::nullopt;
    return LineTimes{born->created_at, last->last_message_at};
}

}  // namespace cli
