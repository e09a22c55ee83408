#include <cstdint>
#include <cstdlib>

#include "events/codec.hpp"

/// The first byte is the type, the rest its payload. What decodes also encodes, and then stays the
/// same; everything else is a CodecError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view payload(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto type = static_cast<std::int16_t>(data[0]);
    try {
        const auto event = events::decode(type, 1, payload);
        const auto code = events::type_of(event).code;
        const auto written = events::encode(event);
        if (code != type || events::decode(code, 1, written) != event) std::abort();
        static_cast<void>(events::normalised(event, events::Time{}));
        static_cast<void>(events::counts_of(event));
        static_cast<void>(events::code_of(event));
    } catch (const events::CodecError&) {
    }
    return 0;
}
