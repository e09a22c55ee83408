#pragma once

#include <string>

#include "events/export.hpp"

namespace cli {

/// The export in a file. Throws NotFound where there is none, and std::runtime_error, which names
/// the line, where it isn't one.
events::Export read_export(const std::string& path);
/// Writes what is as confidential as a conversation to a file that was not there, or to stdout
/// where `path` is empty. Throws std::runtime_error.
void write_export(const std::string& path, const std::string& text);

}  // namespace cli
