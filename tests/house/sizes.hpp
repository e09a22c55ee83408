#pragma once

#include "tests/house/source.hpp"

namespace house {

inline constexpr std::size_t columns_at_most = 100;
inline constexpr std::size_t file_lines_at_most = 400;
inline constexpr std::size_t function_lines_at_most = 60;

/// A function's first line (its return type) and how many lines it has, the closing brace included.
struct Function {
    std::size_t line = 0, length = 0;
    bool operator==(const Function&) const = default;
};
/// The functions of a C++ text, by counting braces; what lies inside one counts as part of it.
std::vector<Function> functions_of(std::string_view text);

/// Lines of 100 columns, files of 400 lines, functions of 60.
Complaints broken_size_rules(const Source& source);

}  // namespace house
