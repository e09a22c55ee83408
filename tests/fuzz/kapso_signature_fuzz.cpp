#include <cstdint>
#include <cstdlib>

#include "kapso/signature.hpp"

/// The first line is the header, the rest the body. Only the body's own signature may fit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = std::min(input.find('\n'), input.size());
    const auto header = input.substr(0, line);
    const auto body = input.substr(std::min(line + 1, input.size()));
    const std::vector<std::string> secrets{"first secret", "second secret"};
    const auto good = kapso::signature_of(body, secrets[1]);
    if (!kapso::signature_fits(good, body, secrets)) std::abort();
    if (!kapso::signature_fits("sha256=" + good, body, secrets)) std::abort();
    if (kapso::signature_fits(header, body, {"a secret that no input knows"})) std::abort();
    return 0;
}
