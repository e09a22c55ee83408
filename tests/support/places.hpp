#pragma once

#include <string>

namespace support {

/// Where the sources are.
std::string source_dir();
/// The `hilo` that was built with these tests.
std::string hilo_binary();
/// What is loaded before it, to kill it at a step.
std::string kill_at_library();

}  // namespace support
