#include "tests/house/source.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/support/places.hpp"

namespace house {
namespace {

namespace fs = std::filesystem;

bool written_by_people(const fs::path& path) {
    static const std::set<fs::path> kinds{".cpp", ".hpp", ".sql"};
    return kinds.contains(path.extension());
}

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Walks over literals and comments and blanks what they hold.
class Blanker {
public:
    explicit Blanker(std::string_view text) : text_(text) {}

    std::string run() {
        while (at_ < text_.size()) {
            if (starts("//")) {
                blank_to(text_.find('\n', at_));
            } else if (starts("/*")) {
                blank_to(after("*/", at_ + 2));
            } else if (starts("R\"")) {
                blank_to(end_of_raw());
            } else if (text_[at_] == '"' || opens_character()) {
                blank_to(end_of_quoted());
            } else {
                out_ += text_[at_++];
            }
        }
        return std::move(out_);
    }

private:
    bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

    /// A quote behind a digit separates thousands.
    bool opens_character() const {
        const auto before = at_ > 0 ? static_cast<unsigned char>(text_[at_ - 1]) : '\0';
        return text_[at_] == '\'' && std::isxdigit(before) == 0;
    }

    std::size_t after(std::string_view what, std::size_t from) const {
        const auto found = text_.find(what, from);
        return found == std::string_view::npos ? found : found + what.size();
    }

    std::size_t end_of_raw() const {
        const auto open = text_.find('(', at_);
        const auto mark = text_.substr(at_ + 2, open - at_ - 2);
        return after(")" + std::string(mark) + "\"", open);
    }

    std::size_t end_of_quoted() const {
        auto i = at_ + 1;
        while (i < text_.size() && text_[i] != text_[at_] && text_[i] != '\n') {
            i += text_[i] == '\\' ? 2 : 1;
        }
        return i + 1;
    }

    void blank_to(std::size_t end) {
        for (end = std::min(end, text_.size()); at_ < end; ++at_) {
            out_ += text_[at_] == '\n' ? '\n' : ' ';
        }
    }

    std::string_view text_;
    std::string out_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<Source> sources() {
    std::vector<Source> found;
    const fs::path root = support::source_dir();
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
        const auto path = fs::relative(it->path(), root);
        const auto name = path.filename().string();
        if (it->is_directory() && (path == "build" || path == "data" || name.starts_with('.') ||
                                   name == "node_modules")) {
            it.disable_recursion_pending();
        } else if (it->is_regular_file() && written_by_people(path)) {
            found.push_back({path.generic_string(), text_of(it->path())});
        }
    }
    std::ranges::sort(found, {}, &Source::path);
    return found;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string folder_of(const Source& source) {
    const auto slash = source.path.find('/');
    return slash == std::string::npos ? "" : source.path.substr(0, slash);
}

bool is_header(const Source& source) { return source.path.ends_with(".hpp"); }
bool is_cpp(const Source& source) { return is_header(source) || source.path.ends_with(".cpp"); }

std::string code_of(std::string_view text) { return Blanker(text).run(); }

std::string complaint(const Source& source, std::size_t line, std::string_view what) {
    return source.path + ":" + std::to_string(line) + ": " + std::string(what);
}

}  // namespace house
