#include "crypto/signing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace crypto;

template <std::size_t N>
Fixed<N> of(std::string_view digits) {
    return fixed<N>(unhex(digits).value()).value();
}

/// RFC 8032, 7.1: TEST 1 and TEST 3.
TEST(Signing, GivesTheKeysAndSignaturesOfTheStandard) {
    const auto one = of<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    EXPECT_EQ(hex(view(public_key_of(one))),
              "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    EXPECT_EQ(hex(view(sign(one, ""))),
              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
              "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    const auto three = of<32>("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    EXPECT_EQ(hex(view(sign(three, "\xaf\x82"))),
              "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
              "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
}

TEST(Signing, HoldsForTheVeryBytesAndTheVeryKey) {
    EXPECT_TRUE(rc::check([](const SigningSeed& seed, const std::string& text, std::uint16_t at) {
        const auto key = public_key_of(seed);
        auto signature = sign(seed, text);
        RC_ASSERT(is_signed(key, text, signature));
        RC_ASSERT(!is_signed(key, text + "x", signature));
        auto other = seed;
        other[at % 32] ^= 1;
        RC_ASSERT(!is_signed(public_key_of(other), text, signature));
        signature[at % 64] ^= 1;
        RC_ASSERT(!is_signed(key, text, signature));
    }));
}

TEST(Signing, WhatIsNoKeyHasSignedNothing) {
    EXPECT_FALSE(is_signed(PublicKey{}, "", Signature{}));
    PublicKey none;
    none.fill(0xff);
    EXPECT_FALSE(is_signed(none, "", Signature{}));
}

}  // namespace
