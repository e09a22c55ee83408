#include "crypto/cipher.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "crypto/random.hpp"

namespace {

using namespace crypto;

constexpr std::size_t nonce_size = 12, tag_size = 16;

// NIST's GCM test case 14 (AES-256, a zero key, nonce and block), laid out as `seal` does.
TEST(Cipher, IsAes256Gcm) {
    const auto sealed = *unhex(
        "000000000000000000000000"
        "cea7403d4d606b6e074ec5d3baf39d18"
        "d0d1c8a799996bf0265b98b5d48ab919");
    EXPECT_EQ(open(Key{}, sealed, ""), std::string(16, '\0'));
}

// NIST's test case 16: with associated data.
TEST(Cipher, BindsAssociatedDataAsTheStandardDoes) {
    const auto key =
        *fixed<32>(*unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
    const auto sealed = *unhex(
        "cafebabefacedbaddecaf888"
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b");
    const auto bound = *unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const auto plain = *unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    EXPECT_EQ(open(key, sealed, bound), plain);
    EXPECT_FALSE(open(key, sealed, ""));
}

TEST(Cipher, OpensWhatItSealed) {
    EXPECT_TRUE(rc::check([](const std::string& plain, const std::string& bound) {
        const auto key = random<32>();
        const auto sealed = seal(key, plain, bound);
        RC_ASSERT(sealed.size() == nonce_size + plain.size() + tag_size);
        RC_ASSERT(open(key, sealed, bound) == plain);
    }));
}

TEST(Cipher, TakesAFreshNonceEachTime) {
    const Key key{};
    EXPECT_NE(seal(key, "same", "").substr(0, nonce_size),
              seal(key, "same", "").substr(0, nonce_size));
}

TEST(Cipher, NoticesEveryChangedBit) {
    const auto key = random<32>();
    const auto sealed = seal(key, "Hola, ¿a qué hora abren?", "bound");
    for (std::size_t i = 0; i < sealed.size(); ++i) {  // nonce, then ciphertext, then tag
        for (int bit = 0; bit < 8; ++bit) {
            auto changed = sealed;
            changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
            EXPECT_FALSE(open(key, changed, "bound")) << "byte " << i << ", bit " << bit;
        }
    }
}

TEST(Cipher, NoticesEveryMissingByte) {
    const auto key = random<32>();
    const auto sealed = seal(key, "text", "");
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_FALSE(open(key, sealed.substr(0, size), "")) << size;
        EXPECT_FALSE(open(key, sealed.substr(sealed.size() - size), "")) << size;
    }
    EXPECT_FALSE(open(key, sealed + '\0', ""));
}

TEST(Cipher, NoticesAnotherKeyAndOtherAssociatedData) {
    const auto key = random<32>();
    const auto sealed = seal(key, "text", "bound");
    EXPECT_TRUE(open(key, sealed, "bound"));
    EXPECT_FALSE(open(random<32>(), sealed, "bound"));
    for (const auto* bound : {"", "boun", "bound ", "Bound"})
        EXPECT_FALSE(open(key, sealed, bound));
}

TEST(Cipher, SealsNothingToo) {
    const auto key = random<32>();
    EXPECT_EQ(open(key, seal(key, "", ""), ""), "");
    EXPECT_FALSE(open(key, seal(key, "", "a"), "b"));
}

}  // namespace
