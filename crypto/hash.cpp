#include "crypto/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace crypto {
namespace {

struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Digest sha256(std::string_view bytes) {
    // Looking the algorithm up and making a context take twice as long as hashing an event does.
    static const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    Digest out;
    unsigned length = 0;
    if (EVP_DigestInit_ex(context.get(), algorithm.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), out.data(), &length) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    return out;
}

Mac hmac_sha256(std::string_view key, std::string_view bytes) {
    Mac out;
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
             out.data(), &length) == nullptr) {
        throw std::runtime_error("HMAC-SHA-256 failed");
    }
    return out;
}

ShortMac short_hmac(std::string_view key, std::string_view bytes) {
    const auto whole = hmac_sha256(key, bytes);
    ShortMac out;
    std::copy_n(whole.begin(), out.size(), out.begin());
    return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crypto
