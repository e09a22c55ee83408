#include "crypto/cipher.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "crypto/random.hpp"

namespace crypto {
namespace {

constexpr std::size_t nonce_size = 12, tag_size = 16;

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* in(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* out(Bytes& bytes, std::size_t offset) {
    return reinterpret_cast<unsigned char*>(bytes.data()) + offset;
}
void must(int ok) {
    if (ok != 1) throw std::runtime_error("AES-256-GCM failed");
}

}  // namespace

Bytes seal(const Key& key, std::string_view plain, std::string_view bound) {
    Bytes sealed(nonce_size + plain.size() + tag_size, '\0');
    fill_random(sealed.data(), nonce_size);
    const Context context(EVP_CIPHER_CTX_new());
    int length = 0;
    must(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), in(sealed)));
    must(EVP_EncryptUpdate(context.get(), nullptr, &length, in(bound),
                           static_cast<int>(bound.size())));
    must(EVP_EncryptUpdate(context.get(), out(sealed, nonce_size), &length, in(plain),
                           static_cast<int>(plain.size())));
    must(EVP_EncryptFinal_ex(context.get(), out(sealed, nonce_size + plain.size()), &length));
    must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size,
                             out(sealed, nonce_size + plain.size())));
    return sealed;
}

std::optional<Bytes> open(const Key& key, std::string_view sealed, std::string_view bound) {
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;
    const auto body = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    Bytes tag(sealed.substr(sealed.size() - tag_size));
    Bytes plain(body.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new());
    int length = 0;
    must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), in(sealed)));
    must(EVP_DecryptUpdate(context.get(), nullptr, &length, in(bound),
                           static_cast<int>(bound.size())));
    must(EVP_DecryptUpdate(context.get(), out(plain, 0), &length, in(body),
                           static_cast<int>(body.size())));
    must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()));
    if (EVP_DecryptFinal_ex(context.get(), out(plain, body.size()), &length) != 1) {
        return std::nullopt;
    }
    return plain;
}

}  // namespace crypto
