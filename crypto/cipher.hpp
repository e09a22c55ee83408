#pragma once

#include <optional>
#include <string_view>

#include "crypto/bytes.hpp"

namespace crypto {

using Key = Fixed<32>;

/// AES-256-GCM under a fresh random nonce: nonce (12) + ciphertext + tag (16).
/// `bound` is authenticated, not stored: `open` must be given the same bytes.
Bytes seal(const Key& key, std::string_view plain, std::string_view bound);

/// std::nullopt where the key, the bytes or `bound` are not those that were sealed.
std::optional<Bytes> open(const Key& key, std::string_view sealed, std::string_view bound);

}  // namespace crypto
