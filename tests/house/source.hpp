#pragma once

#include <string>
#include <string_view>
#include <vector>

/// The house rules of DESIGN 6, as functions from a source's text to complaints, so that each rule
/// can be shown a planted violation.
namespace house {

/// A file of ours; `path` is relative to the repository ("domain/settings.cpp").
struct Source {
    std::string path, text;
};

/// "path:line: what is wrong".
using Complaints = std::vector<std::string>;

/// Every .cpp, .hpp and .sql of the repository that a person wrote.
std::vector<Source> sources();

std::vector<std::string> lines_of(std::string_view text);
/// The part before the first slash; empty for a file in the root.
std::string folder_of(const Source& source);
bool is_cpp(const Source& source);
bool is_header(const Source& source);

/// The text with comments and the contents of literals blanked out; lines stay where they are.
std::string code_of(std::string_view text);

std::string complaint(const Source& source, std::size_t line, std::string_view what);

}  // namespace house
