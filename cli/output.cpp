#include "cli/output.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace cli {
namespace {

constexpr std::size_t widest = 60;  // characters of a value in a list for people

std::string dumped(const Json& value, int indent = -1) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// Texts as they are, all else as JSON; nothing for null.
std::string plain(const Json& value) {
    if (value.is_null()) return {};
    return value.is_string() ? value.get<std::string>() : dumped(value);
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

/// What somebody wrote must not steer the reader's terminal.
std::string harmless(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::string shortened(std::string text) {
    if (width(text) <= widest) return text;
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end) {
        if (begins_character(text[end]) && ++seen == widest) break;
    }
    return text.substr(0, end) + "…";
}

std::string shown(const Json& value) {
    auto text = shortened(harmless(plain(value)));
    return text.empty() ? "-" : text;
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

using Line = std::vector<std::string>;

Json field(const Json& row, const std::string& name) {
    const auto found = row.find(name);
    return found == row.end() ? Json() : *found;
}

std::vector<Line> lines_of(const Columns& columns, const std::vector<Json>& rows,
                           std::string (*text_of)(const Json&)) {
    std::vector<Line> lines;
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& name : columns) line.push_back(text_of(field(row, name)));
    }
    return lines;
}

void print_aligned(std::ostream& out, const std::vector<Line>& lines) {
    std::vector<std::size_t> widths;
    for (const auto& line : lines) {
        widths.resize(std::max(widths.size(), line.size()));
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], width(line[i]));
        }
    }
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            out << line[i];
            const bool last = i + 1 == line.size();
            if (!last) out << std::string(widths[i] + 2 - width(line[i]), ' ');
        }
        out << "\n";
    }
}

void print_csv(std::ostream& out, const std::vector<Line>& lines) {
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) out << (i ? "," : "") << csv_field(line[i]);
        out << "\r\n";
    }
}

void print_rows(std::ostream& out, const std::string& output, const Columns& columns,
                const std::vector<Json>& rows, bool names) {
    const bool csv = output == "csv";
    auto lines = lines_of(columns, rows, csv ? plain : shown);
    if (names) lines.insert(lines.begin(), columns);
    csv ? print_csv(out, lines) : print_aligned(out, lines);
}

}  // namespace

void print_list(std::ostream& out, const std::string& output, const Columns& columns,
                const std::vector<Json>& rows) {
    if (output != "json") return print_rows(out, output, columns, rows, true);
    out << dumped(Json(rows), 2) << "\n";
}

void print_part(std::ostream& out, const std::string& output, const Columns& columns,
                const std::vector<Json>& rows, bool first) {
    if (output != "json") return print_rows(out, output, columns, rows, first);
    for (const auto& row : rows) out << dumped(row) << "\n";
}

void print_one(std::ostream& out, const std::string& output, const Json& row) {
    if (output == "json") {
        out << dumped(row, 2) << "\n";
        return;
    }
    Columns names;
    for (const auto& [name, value] : row.items()) names.push_back(name);
    if (output == "csv") return print_rows(out, output, names, {row}, true);
    std::vector<Line> lines;
    for (const auto& [name, value] : row.items()) {
        const auto text = harmless(plain(value));
        lines.push_back({name, text.empty() ? "-" : text});
    }
    print_aligned(out, lines);
}

}  // namespace cli
