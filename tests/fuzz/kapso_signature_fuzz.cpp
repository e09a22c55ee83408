#include <cstdint>
#include <cstdlib>

#include "kapso/signature.hpp"
#include "tests/fuzz/first_lines.hpp"

/// The first line is the header, the rest the body. Only the body's own signature may fit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FirstLines input(data, size);
    const auto header = input.line();
    const auto body = input.rest();
    const std::vector<std::string> secrets{"first secret", "second secret"};
    const auto good = kapso::signature_of(body, secrets[1]);
    if (!kapso::signature_fits(good, body, secrets)) std::abort();
    if (!kapso::signature_fits("sha256=" + good, body, secrets)) std::abort();
    if (kapso::signature_fits(header, body, {"a secret that no input knows"})) std::abort();
    return 0;
}
