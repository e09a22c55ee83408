#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace crypto {

void fill_random(void* bytes, std::size_t size) {
    if (RAND_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size)) != 1) {
        throw std::runtime_error("no randomness");
    }
}

}  // namespace crypto
