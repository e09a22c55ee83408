#include "crypto/uuid.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "crypto/random.hpp"

namespace crypto {
namespace {

Uuid marked(Uuid id, int version) {
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string Uuid::text() const {
    const auto digits = hex(view());
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0, d = 0; i < 36; ++i) out.push_back(dash_at(i) ? '-' : digits[d++]);
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (dash_at(i) != (text[i] == '-')) return std::nullopt;
        if (!dash_at(i)) digits.push_back(text[i]);
    }
    const auto bytes = unhex(digits);
    if (!bytes) return std::nullopt;
    return Uuid{*fixed<16>(*bytes)};
}

Uuid derived_uuid(const Uuid& name_space, std::string_view name) {
    Bytes input(name_space.view());
    input += name;
    Fixed<20> digest;
    unsigned length = 0;
    if (EVP_Digest(input.data(), input.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("SHA-1 failed");
    }
    Uuid id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    return marked(id, 5);
}

Uuid timed_uuid(std::int64_t unix_milliseconds, const Fixed<10>& random_bits) {
    Uuid id;
    for (int i = 0; i < 6; ++i) {
        id.bytes[static_cast<std::size_t>(i)] =
            static_cast<std::uint8_t>(unix_milliseconds >> (40 - 8 * i));
    }
    std::copy(random_bits.begin(), random_bits.end(), id.bytes.begin() + 6);
    return marked(id, 7);
}

Uuid random_uuid() { return marked(Uuid{random<16>()}, 4); }

Uuid new_uuid() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return timed_uuid(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                      random<10>());
}

}  // namespace crypto
