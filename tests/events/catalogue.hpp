#pragma once

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/places.hpp"

/// Reads docs/events.md as people do: sections, their sentences, their tables.
namespace catalogue {

struct Section {
    std::string title;
    std::vector<std::string> lines = {};

    /// The text in one line, so that a sentence may be broken anywhere.
    std::string flowing() const {
        std::string out;
        for (const auto& line : lines) out += (out.empty() || line.empty() ? "" : " ") + line;
        return out;
    }
};

inline std::vector<Section> sections() {
    std::ifstream in(support::source_dir() + "/docs/events.md");
    std::vector<Section> out{{""}};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("## ") || line.starts_with("### ")) {
            out.push_back({line.substr(line.find(' ') + 1)});
        } else {
            out.back().lines.push_back(line);
        }
    }
    return out;
}

/// The cells of "| a | `b` |", without the marks of code.
inline std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> out;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');) {
        std::erase(cell, '`');
        const auto first = cell.find_first_not_of(' '), last = cell.find_last_not_of(' ');
        if (first != std::string::npos) out.push_back(cell.substr(first, last - first + 1));
    }
    return out;
}

/// The rows of a section's tables, without their heads.
inline std::vector<std::vector<std::string>> rows(const Section& section) {
    std::vector<std::vector<std::string>> out;
    bool head = true;
    for (const auto& line : section.lines) {
        if (!line.starts_with("|")) {
            head = true;
        } else if (line.starts_with("|-")) {
            head = false;
        } else if (!head) {
            out.push_back(cells(line));
        }
    }
    return out;
}

/// What stands between two texts; empty where they don't stand there.
inline std::string between(const std::string& text, const std::string& from,
                           const std::string& to) {
    const auto start = text.find(from);
    if (start == std::string::npos) return "";
    const auto end = text.find(to, start + from.size());
    return text.substr(start + from.size(), end - start - from.size());
}

}  // namespace catalogue
