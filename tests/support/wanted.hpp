#pragma once

#include <cstdlib>
#include <string>

namespace support {

/// A number that the environment sets for longer runs (.ci/nightly).
inline std::uint64_t wanted(const char* name, std::uint64_t otherwise) {
    const auto* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace support
