#include "domain/reply_text.hpp"

#include <algorithm>
#include <array>

namespace domain {
namespace {

constexpr std::string_view blanks = " \t\r\n";

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// The byte offset behind the first `count` characters.
std::size_t bytes_of(std::string_view text, std::size_t count) {
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        if (starts_character(text[i]) && count-- == 0) break;
    }
    return i;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Where to cut `head`, which is too long by what follows it: behind the best boundary in its
/// second half, so that parts don't get tiny, else anywhere.
std::size_t cut_of(std::string_view head) {
    static constexpr std::array<std::string_view, 6> boundaries{"\n\n", "\n", ". ",
                                                                "? ",   "! ", " "};
    for (const auto boundary : boundaries) {
        const auto at = head.rfind(boundary);
        if (at != std::string_view::npos && at > head.size() / 2) return at + boundary.size();
    }
    const auto space = head.rfind(' ');
    return space == std::string_view::npos || space == 0 ? head.size() : space + 1;
}

}  // namespace

std::vector<std::string> split_text(std::string_view text, std::size_t limit) {
    std::vector<std::string> parts;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        auto cut = bytes_of(text, limit);
        if (cut < text.size()) cut = cut_of(text.substr(0, cut));
        parts.emplace_back(trimmed(text.substr(0, cut)));
        text.remove_prefix(cut);
    }
    return parts;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_character));
}

}  // namespace domain
