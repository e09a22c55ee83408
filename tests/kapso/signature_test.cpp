#include "kapso/signature.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/places.hpp"

namespace {

using kapso::signature_fits;
using kapso::signature_of;

const std::string secret = "a secret of the tests";
const std::string body = R"({"a":1})";

TEST(SignatureTest, FitsItsOwnBodyWithAndWithoutPrefixInEitherCase) {
    auto signature = signature_of(body, secret);
    EXPECT_EQ(signature.size(), 64u);
    EXPECT_TRUE(signature_fits(signature, body, {secret}));
    EXPECT_TRUE(signature_fits("sha256=" + signature, body, {secret}));
    std::ranges::transform(signature, signature.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_TRUE(signature_fits(signature, body, {secret}));
}

TEST(SignatureTest, FitsEitherSecretWhileRotating) {
    EXPECT_TRUE(signature_fits(signature_of(body, "old"), body, {"new", "old"}));
    EXPECT_TRUE(signature_fits(signature_of(body, "new"), body, {"new", "old"}));
    EXPECT_FALSE(signature_fits(signature_of(body, "older"), body, {"new", "old"}));
}

TEST(SignatureTest, AnEmptySecretOrNoneFitsNothing) {
    EXPECT_FALSE(signature_fits(signature_of(body, ""), body, {""}));
    EXPECT_FALSE(signature_fits(signature_of(body, secret), body, {}));
}

TEST(SignatureTest, RefusesWhatIsNotSixtyFourDigits) {
    const auto good = signature_of(body, secret);
    for (const auto& bad : {std::string(), std::string("sha256="), "sha256=sha256=" + good,
                            good + "00", good.substr(2), " " + good, std::string(64, 'z')}) {
        EXPECT_FALSE(signature_fits(bad, body, {secret})) << bad;
    }
}

TEST(SignatureTest, OneChangedByteOfBodyOrSignatureIsRefused) {
    EXPECT_TRUE(rc::check([](const std::string& text, std::size_t where, unsigned char change) {
        RC_PRE(!text.empty() && change != 0);
        auto other = text;
        other[where % text.size()] = static_cast<char>(other[where % text.size()] ^ change);
        auto signature = signature_of(text, secret);
        RC_ASSERT(signature_fits(signature, text, {secret}));
        RC_ASSERT(!signature_fits(signature, other, {secret}));
        auto& digit = signature[where % signature.size()];
        digit = digit == '0' ? '1' : '0';
        RC_ASSERT(!signature_fits(signature, text, {secret}));
    }));
}

TEST(SignatureTest, KnownVectorsFitAndTheirForgeriesDoNot) {
    const std::filesystem::path file =
        support::source_dir() + "/../shared/samples/kapso/signature-vectors.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no sample folder beside the project";
    std::ifstream in(file);
    const auto vectors = nlohmann::json::parse(in);
    for (const auto& one : vectors.at("vectors")) {
        const std::string key = one.at("key"), text = one.at("body"), mac = one.at("signature");
        EXPECT_EQ(signature_of(text, key), mac);
        EXPECT_TRUE(signature_fits(mac, text, {key}));
        for (const std::string bad : vectors.at("must_reject")) {
            EXPECT_FALSE(signature_fits(bad, text, {key})) << bad;
        }
    }
    EXPECT_GE(vectors.at("vectors").size(), 2u);
    EXPECT_GE(vectors.at("must_reject").size(), 5u);
}

}  // namespace
