#include <cstdint>
#include <cstdlib>

#include "events/export.hpp"

/// What is taken for an export is what Hilo writes, byte for byte, and verifying it ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto parsed = events::parse_export(input);
    const auto* exported = std::get_if<events::Export>(&parsed);
    if (exported == nullptr) return 0;
    if (events::lines_of(*exported) != input) std::abort();
    events::verify(*exported, {});
    return 0;
}
