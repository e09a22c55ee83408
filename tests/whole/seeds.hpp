#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>
// GCC 12 with the address sanitizer takes std::regex's moves for uninitialised (its bug 105562).
#if !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <regex>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "tests/support/places.hpp"

/// The two set-up guides that Hilo grew from, read in place, and everything they name.
namespace tests::seeds {

inline const std::filesystem::path folder = support::source_dir() + "/../shared/seeds";

inline std::string contents(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

/// Their texts, the first guide first; empty where they are not beside the project.
inline std::vector<std::string> guides() {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::exists(folder)) return {};
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    std::vector<std::string> texts;
    for (const auto& file : files) texts.push_back(contents(file));
    return texts;
}

struct Block {
    std::string language, text;
    bool is_curl() const { return language == "bash" && text.find("curl -X") != text.npos; }
};

/// The fenced blocks of a text.
inline std::vector<Block> blocks(const std::string& guide) {
    std::vector<Block> out;
    bool inside = false;
    std::istringstream lines(guide);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            if (!inside) out.push_back({line.substr(3), {}});
            inside = !inside;
        } else if (inside) {
            out.back().text += line + "\n";
        }
    }
    return out;
}
inline std::vector<std::string> curls(const std::string& guide) {
    std::vector<std::string> out;
    for (const auto& block : blocks(guide)) {
        if (block.is_curl()) out.push_back(block.text);
    }
    return out;
}
inline std::vector<std::string> statements(const std::string& guide) {
    std::vector<std::string> out;
    for (const auto& block : blocks(guide)) {
        if (block.language == "sql") out.push_back(block.text);
    }
    return out;
}
/// The lines that it says one finds in the log.
inline std::vector<std::string> log_lines(const std::string& guide) {
    static const std::regex one(R"(^(\[WHATSAPP_WEBHOOK\] |INFO: |WARNING: ))");
    std::vector<std::string> out;
    std::istringstream lines(guide);
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_search(line, one)) out.push_back(line);
    }
    return out;
}

/// The second guide went through a wrong encoding: its letters below U+0100 are the bytes of the
/// right text. What doesn't fit is left out.
inline std::string mended(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            out += text[i];
        } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < text.size()) {
            const auto low = static_cast<unsigned char>(text[++i]) & 0x3f;
            out += static_cast<char>((byte & 3) << 6 | low);
        }
    }
    return out;
}

using Keys = std::set<std::string>;

inline void add_matches(Keys& keys, const std::string& kind, const std::string& text,
                        const std::string& pattern) {
    const std::regex form(pattern);
    for (std::sregex_iterator one(text.begin(), text.end(), form), end; one != end; ++one) {
        for (std::size_t group = 1; group < one->size(); ++group) {
            if ((*one)[group].matched) keys.insert(kind + " " + (*one)[group].str());
        }
    }
}

/// The first cells of the table under a heading.
inline void add_cells(Keys& keys, const std::string& kind, const std::string& guide,
                      const std::string& heading) {
    const auto begin = guide.find(heading);
    if (begin == std::string::npos) return;
    const auto end = guide.find("\n#", begin + 1);
    std::istringstream lines(guide.substr(begin, end - begin));
    int row = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| ") && !line.starts_with("|-")) continue;
        if (++row > 2) keys.insert(kind + " " + line.substr(2, line.find(" |") - 2));
    }
}

inline void add_numbered(Keys& keys, const std::string& kind, std::size_t guide,
                         std::size_t count) {
    for (std::size_t i = 1; i <= count; ++i) {
        keys.insert(kind + " " + std::to_string(guide) + "." + std::to_string(i));
    }
}

inline void add_endpoints(Keys& keys, const std::string& guide) {
    Keys with_method, paths;
    add_matches(with_method, "endpoint", guide, R"re(((?:GET|POST) /api/[a-z/-]+[a-z]))re");
    for (const auto& curl : curls(guide)) {
        static const std::regex call(R"re(curl -X (\w+) "?http://localhost:\d+(/api/[a-z/-]+))re");
        std::smatch found;
        if (std::regex_search(curl, found, call)) {
            with_method.insert("endpoint " + found[1].str() + " " + found[2].str());
        }
    }
    add_matches(paths, "endpoint", guide, R"re((/ai-agent|/api/v1|/api/[a-z]+/[a-z-]*[a-z]))re");
    for (const auto& path : paths) {
        const auto bare = path.substr(std::string("endpoint").size());
        const bool told = std::ranges::any_of(
            with_method, [&](const std::string& one) { return one.ends_with(bare); });
        if (!told) keys.insert(path);
    }
    keys.merge(with_method);
}

inline void add_columns(Keys& keys, const std::string& guide) {
    for (const auto& sql : statements(guide)) {
        static const std::regex table(R"re((?:FROM|TABLE) "(\w+)")re");
        std::smatch found;
        if (!std::regex_search(sql, found, table)) continue;
        const auto kind = "column " + found[1].str() + ".";
        Keys columns;
        add_matches(columns, "", sql, R"re((?:WHERE|ORDER BY) "?(\w+)"?)re");
        add_matches(columns, "", sql, R"re(\n  "(\w+)" [A-Z])re");
        for (const auto& one : columns) keys.insert(kind + one.substr(1));
    }
    add_matches(keys, "column",
                std::regex_replace(guide, std::regex(R"re(- `(totalSent|delivered|failed)` - )re"),
                                   "{MessageMetrics.$1}"),
                R"re(\{(MessageMetrics\.\w+)\})re");
    for (const auto& block : blocks(guide)) {
        if (block.text.find("prisma.message.create") == std::string::npos) continue;
        Keys columns;
        add_matches(columns, "", block.text, R"re(\b(\w+): [^{])re");
        for (const auto& one : columns) {
            if (one != " id") keys.insert("column Message." + one.substr(1));
        }
    }
}

/// Everything that one guide names and a user may rely on, one key each.
inline void add_keys(Keys& keys, const std::string& guide, std::size_t number) {
    add_numbered(keys, "curl", number, curls(guide).size());
    add_numbered(keys, "sql", number, statements(guide).size());
    add_numbered(keys, "log", number, log_lines(guide).size());
    for (const auto& block : blocks(guide)) {
        if (block.language == "bash" && !block.is_curl()) {
            add_matches(keys, "env", "\n" + block.text, R"re(\n([A-Z][A-Z0-9_]+)=)re");
        }
    }
    add_matches(keys, "env", guide, R"re(process\.env\.([A-Z_]+))re");
    add_endpoints(keys, guide);
    add_matches(keys, "table", guide, R"re((?:FROM|TABLE|REFERENCES) "(\w+)")re");
    add_matches(keys, "table", guide, R"re(Creates new (\w+) \+ (\w+))re");
    add_matches(keys, "table", guide, R"re(construct (ChatbotSettings))re");
    add_columns(keys, guide);
    add_cells(keys, "setting", guide, "### Available Settings");
    add_cells(keys, "error " + std::to_string(number), guide, "### Common Issues");
    add_matches(keys, "error " + std::to_string(number), mended(guide),
                R"re(### Problema: ([^\n]+))re");
    add_matches(keys, "log", guide, R"re(console\.\w+\(['"]\[?([\w ]+))re");
    add_matches(keys, "event", guide, R"re(`((?:whatsapp\.)?message\.\w+)`)re");
    add_matches(keys, "header", guide, R"re((X-[A-Z][A-Za-z-]+[a-z]))re");
}

}  // namespace tests::seeds
