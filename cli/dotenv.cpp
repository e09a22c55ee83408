#include "cli/dotenv.hpp"

namespace cli {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(c >= '0' && c <= '9')) return false;
    }
    return true;
}

[[noreturn]] void fail(std::size_t line, const std::string& what) {
    throw DotenvError(".env, line " + std::to_string(line) + ": " + what);
}

/// A quote's content; what follows it may only be a comment.
std::string quoted(std::string_view text, std::size_t line) {
    const char quote = text[0];
    std::string value;
    std::size_t i = 1;
    for (; i < text.size() && text[i] != quote; ++i) {
        if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            value += next == 'n' ? '\n' : next == 't' ? '\t' : next;
        } else {
            value += text[i];
        }
    }
    if (i >= text.size()) fail(line, "the quote is not closed");
    const auto rest = trimmed(text.substr(i + 1));
    if (!rest.empty() && rest[0] != '#') fail(line, "text behind the closing quote");
    return value;
}

std::string value_of(std::string_view text, std::size_t line) {
    text = trimmed(text);
    if (!text.empty() && (text[0] == '"' || text[0] == '\'')) return quoted(text, line);
    // A comment begins behind a blank: a secret may hold a '#'.
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool comment =
            text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t');
        if (comment) return std::string(trimmed(text.substr(0, i)));
    }
    return std::string(text);
}

}  // namespace

std::map<std::string, std::string> read_dotenv(std::string_view text) {
    std::map<std::string, std::string> values;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        auto line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line[0] == '#') continue;
        if (line.starts_with("export ")) line = trimmed(line.substr(7));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) fail(number, "no '=' after the name");
        const auto name = trimmed(line.substr(0, equals));
        if (!is_name(name)) fail(number, "the name before '=' isn't one");
        values[std::string(name)] = value_of(line.substr(equals + 1), number);
    }
    return values;
}

}  // namespace cli
