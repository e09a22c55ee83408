#include <cstdint>
#include <cstdlib>

#include "events/signed_checkpoint.hpp"

/// What is taken for a checkpoint comes back from its own line, and no input signs anything.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto parsed = events::parse_checkpoint(input);
    const auto* checkpoint = std::get_if<events::SignedCheckpoint>(&parsed);
    if (checkpoint == nullptr) return 0;
    const auto line = events::line_of(*checkpoint);
    const auto again = events::parse_checkpoint(line);
    if (!std::holds_alternative<events::SignedCheckpoint>(again)) std::abort();
    if (events::line_of(std::get<events::SignedCheckpoint>(again)) != line) std::abort();
    events::is_signed(*checkpoint);
    return 0;
}
