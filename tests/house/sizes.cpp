#include "tests/house/sizes.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

namespace house {
namespace {

/// What a brace opens. Functions are looked for in scopes only: neither in functions nor in values.
enum class Kind { scope, function, value };

bool opens_scope(const std::string& head) {
    static const std::set<std::string> words{"namespace", "struct", "class",
                                             "union",     "enum",   "extern"};
    std::istringstream in(head);
    for (std::string word; in >> word;) {
        if (words.contains(word)) return true;
    }
    return false;
}

/// `head` is the text between the last `;`, `{` or `}` and this brace. A template's parameters say
/// `class` too, but a function has parentheses.
Kind kind_of(const std::string& head, Kind outer) {
    if (outer != Kind::scope) return Kind::value;
    if (head.find('(') != std::string::npos) return Kind::function;
    return opens_scope(head) ? Kind::scope : Kind::value;
}

class Counter {
public:
    std::vector<Function> count(std::string_view code) {
        for (const char c : code) {
            if (c == '{') open();
            if (c == '}') close();
            if (c == '\n') ++line_;
            c == '{' || c == '}' || c == ';' ? forget_head() : extend_head(c);
        }
        settle();
        return found_;
    }

private:
    struct Brace {
        Kind kind;
        std::size_t line;  // of the head
    };

    Kind outer() const { return open_.empty() ? Kind::scope : open_.back().kind; }

    /// A member initialiser in braces looks like a whole function until the next brace opens.
    bool goes_on() const {
        const auto first = head_.find_first_not_of(" \n");
        return ended_ && (first == std::string::npos || head_[first] == ',');
    }

    void open() {
        const bool same = goes_on();
        const auto kind = same ? Kind::function : kind_of(head_, outer());
        open_.push_back({kind, same ? ended_->line : head_line_});
        if (!same) settle();
        ended_.reset();
    }

    void close() {
        settle();
        if (open_.empty()) return;
        const auto brace = open_.back();
        open_.pop_back();
        if (brace.kind == Kind::function) ended_ = {brace.line, line_ - brace.line + 1};
    }

    void settle() {
        if (ended_) found_.push_back(*ended_);
        ended_.reset();
    }

    void forget_head() {
        head_.clear();
        head_line_ = line_;
    }

    void extend_head(char c) {
        if (head_.find_first_not_of(" \n") == std::string::npos) head_line_ = line_;
        head_ += c == '\n' ? ' ' : c;
    }

    std::vector<Function> found_;
    std::vector<Brace> open_;
    std::optional<Function> ended_;
    std::string head_;
    std::size_t line_ = 1, head_line_ = 1;
};

std::string without_preprocessor(const std::string& code) {
    std::string out;
    for (const auto& line : lines_of(code)) {
        const auto first = line.find_first_not_of(' ');
        if (first == std::string::npos || line[first] != '#') out += line;
        out += '\n';
    }
    return out;
}

/// Characters, not bytes: the bytes that go on a UTF-8 sequence don't count.
std::size_t columns_of(const std::string& line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::vector<Function> functions_of(std::string_view text) {
    return Counter().count(without_preprocessor(code_of(text)));
}

Complaints broken_size_rules(const Source& source) {
    Complaints complaints;
    const auto lines = lines_of(source.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (columns_of(lines[i]) > columns_at_most) {
            complaints.push_back(complaint(source, i + 1, "over 100 columns"));
        }
    }
    if (lines.size() > file_lines_at_most) {
        complaints.push_back(complaint(source, lines.size(), "over 400 lines: split the file"));
    }
    if (!is_cpp(source)) return complaints;
    for (const auto& function : functions_of(source.text)) {
        if (function.length > function_lines_at_most) {
            complaints.push_back(
                complaint(source, function.line,
                          "a function of " + std::to_string(function.length) + " lines, over 60"));
        }
    }
    return complaints;
}

}  // namespace house
