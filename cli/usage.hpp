#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace cli {

/// The command line or its environment asks for something that can't be; exit code 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// What was asked for isn't there; exit code 3.
struct NotFound : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// "; did you mean …?" with the nearest of the words, or nothing where none is near.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

/// Takes one of these values alone; says which is the nearest otherwise.
CLI::Validator one_of(std::vector<std::string> known);

/// What a parse error comes to: help on stdout for --help, else what is wrong, with the nearest
/// right word, on stderr. Returns the exit code.
int explain(const CLI::App& app, const CLI::ParseError& error);

/// The help of the app, or of one of its commands with all its verbs.
std::string help_of(const CLI::App& app);

}  // namespace cli
