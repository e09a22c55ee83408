#pragma once

#include <string_view>

#include "crypto/bytes.hpp"

namespace crypto {

using Digest = Fixed<32>;
using Mac = Fixed<32>;
using ShortMac = Fixed<16>;  // the first half of a Mac; 128 bits are enough to tell values apart

Digest sha256(std::string_view bytes);
Mac hmac_sha256(std::string_view key, std::string_view bytes);
ShortMac short_hmac(std::string_view key, std::string_view bytes);

/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace crypto
