#pragma once

#include <string_view>

#include "crypto/bytes.hpp"

namespace crypto {

using SigningSeed = Fixed<32>;  // the private key of RFC 8032
using PublicKey = Fixed<32>;
using Signature = Fixed<64>;

/// Ed25519 (RFC 8032). The public key that belongs to a seed.
PublicKey public_key_of(const SigningSeed& seed);
Signature sign(const SigningSeed& seed, std::string_view message);
/// Whether whoever has the seed of this public key signed these bytes.
bool is_signed(const PublicKey& key, std::string_view message, const Signature& signature);

}  // namespace crypto
