#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cli {

struct DotenvError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The variables of a `.env` file: NAME=value lines, optionally behind `export`; values plain, in
/// 'single' quotes (as they are) or in "double" quotes (with \n, \t, \", \\); blank lines, comments
/// behind # and Windows line ends are allowed. Nothing is expanded. Throws DotenvError, which names
/// the line but shows no value.
std::map<std::string, std::string> read_dotenv(std::string_view text);

}  // namespace cli
