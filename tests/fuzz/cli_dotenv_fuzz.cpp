#include <cstdint>
#include <cstdlib>

#include "cli/dotenv.hpp"

/// Any text is read or refused with DotenvError; what was read, written in double quotes, is read
/// back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto values = cli::read_dotenv(text);
        std::string written;
        for (const auto& [name, value] : values) {
            written += name + "=\"";
            for (const char c : value) {
                if (c == '"' || c == '\\') written += '\\';
                written += c == '\n' ? std::string("\\n") : std::string(1, c);
            }
            written += "\"\n";
        }
        if (cli::read_dotenv(written) != values) std::abort();
    } catch (const cli::DotenvError&) {
    }
    return 0;
}
