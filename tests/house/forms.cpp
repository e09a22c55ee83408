#include "tests/house/forms.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

namespace house {
namespace {

/// "domain" or "domain::conversation" for a file in domain/; an anonymous one has no name here.
bool fits(const std::string& name, const std::string& folder) {
    return name == folder || name.starts_with(folder + "::");
}

/// The name that a line opens at the left margin; nested ones may have any name.
std::optional<std::string> opened_namespace(std::string_view line) {
    constexpr std::string_view word = "namespace ";
    if (!line.starts_with(word) || !line.ends_with(" {")) return std::nullopt;
    line.remove_prefix(word.size());
    if (line == "{") return std::nullopt;
    return std::string(line.substr(0, line.size() - 2));
}

Complaints strange_namespaces(const Source& source) {
    Complaints complaints;
    bool own = false;
    const auto code = lines_of(code_of(source.text));
    for (std::size_t i = 0; i < code.size() && !own; ++i) {
        const auto name = opened_namespace(code[i]);
        own = name && fits(*name, folder_of(source));
        if (name && !own)
            complaints.push_back(complaint(source, i + 1, "namespace is not the folder"));
    }
    if (!own && complaints.empty() && is_header(source)) {
        complaints.push_back(
            complaint(source, 1, "namespace " + folder_of(source) + " is missing"));
    }
    return complaints;
}

bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word(std::string_view line, std::string_view word) {
    for (auto at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool begins = at == 0 || !is_word_part(line[at - 1]);
        if (begins && (end == line.size() || !is_word_part(line[end]))) return true;
    }
    return false;
}

/// In two pieces each, so that this file doesn't break its own rule.
bool left_for_later(std::string_view line) {
    static const std::array<std::string, 4> marks{
        std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X",
        std::string("HA") + "CK"};
    return std::ranges::any_of(marks, [&](const auto& mark) { return has_word(line, mark); });
}

}  // namespace

Complaints broken_form_rules(const Source& source) {
    Complaints complaints;
    const auto lines = lines_of(source.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (left_for_later(lines[i])) {
            complaints.push_back(
                complaint(source, i + 1, "left for later: do it, or open an issue"));
        }
    }
    if (is_header(source) && !source.text.starts_with("#pragma once\n")) {
        complaints.push_back(complaint(source, 1, "a header begins with #pragma once"));
    }
    const auto folder = folder_of(source);
    if (is_cpp(source) && !folder.empty() && folder != "tests" && folder != "bench") {
        const auto strange = strange_namespaces(source);
        complaints.insert(complaints.end(), strange.begin(), strange.end());
    }
    return complaints;
}

}  // namespace house
