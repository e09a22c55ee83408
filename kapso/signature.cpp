#include "kapso/signature.hpp"

#include "crypto/bytes.hpp"
#include "crypto/hash.hpp"

namespace kapso {
namespace {

constexpr std::string_view prefix = "sha256=";
constexpr std::size_t digits = 2 * std::tuple_size_v<crypto::Mac>;

}  // namespace

bool signature_fits(std::string_view header, std::string_view body,
                    const std::vector<std::string>& secrets) {
    if (header.starts_with(prefix)) header.remove_prefix(prefix.size());
    if (header.size() != digits) return false;
    const auto claimed = crypto::unhex(header);
    if (!claimed) return false;
    bool fits = false;
    for (const auto& secret : secrets) {
        // An empty secret is no secret: anybody could sign with it.
        if (secret.empty()) continue;
        const auto mac = crypto::hmac_sha256(secret, body);
        fits |= crypto::equal_in_constant_time(crypto::view(mac), *claimed);
    }
    return fits;
}

std::string signature_of(std::string_view body, std::string_view secret) {
    return crypto::hex(crypto::view(crypto::hmac_sha256(secret, body)));
}

}  // namespace kapso
