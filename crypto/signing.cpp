#include "crypto/signing.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace crypto {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* in(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
void must(int ok) {
    if (ok != 1) throw std::runtime_error("Ed25519 failed");
}

KeyHandle private_key(const SigningSeed& seed) {
    return KeyHandle(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
}

}  // namespace

PublicKey public_key_of(const SigningSeed& seed) {
    const auto key = private_key(seed);
    PublicKey out{};
    auto length = out.size();
    must(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &length));
    return out;
}

Signature sign(const SigningSeed& seed, std::string_view message) {
    const auto key = private_key(seed);
    const Context context(EVP_MD_CTX_new());
    Signature out{};
    auto length = out.size();
    must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()));
    must(EVP_DigestSign(context.get(), out.data(), &length, in(message), message.size()));
    return out;
}

bool is_signed(const PublicKey& key, std::string_view message, const Signature& signature) {
    const KeyHandle handle(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
    if (!handle) return false;
    const Context context(EVP_MD_CTX_new());
    must(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()));
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), in(message),
                            message.size()) == 1;
}

}  // namespace crypto
