#include "tests/support/places.hpp"

namespace support {

// The one file that is compiled differently where the project lies elsewhere.
std::string source_dir() { return SOURCE_DIR; }
std::string hilo_binary() { return HILO_BINARY; }
std::string kill_at_library() { return KILL_AT_LIBRARY; }

}  // namespace support
