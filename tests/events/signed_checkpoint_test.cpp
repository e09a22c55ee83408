#include "events/signed_checkpoint.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/arbitrary.hpp"

namespace {

using namespace events;

crypto::SigningSeed seed() {
    crypto::SigningSeed seed;
    for (std::uint8_t i = 0; i < seed.size(); ++i) seed[i] = i;
    return seed;
}

const Time recorded = *parse_iso8601("2026-11-20T18:47:03.300000Z");
const SealedHead head{
    2, recorded,
    *crypto::unhex("ed68a02b10251acfb8335a121fd1cada335adba639933c7af178429d00ff97fb")};

SignedCheckpoint read(const std::string& line) {
    const auto parsed = parse_checkpoint(line);
    const auto* why = std::get_if<std::string>(&parsed);
    EXPECT_EQ(why, nullptr) << *why;
    return std::get<SignedCheckpoint>(parsed);
}

TEST(SignedCheckpoint, ComesBackFromItsLineAndIsSigned) {
    EXPECT_TRUE(rc::check(
        [](std::int64_t position, const std::string& seal, const crypto::SigningSeed& by) {
            const auto checkpoint = sign({position, recorded, seal}, recorded, by);
            const auto line = line_of(checkpoint);
            RC_ASSERT(line.find('\n') == std::string::npos);
            RC_ASSERT(read(line) == checkpoint);
            RC_ASSERT(is_signed(checkpoint));
        }));
}

TEST(SignedCheckpoint, NothingOfItCanBeChanged) {
    const auto good = sign(head, recorded, seed());
    const auto changed = [&](auto change) {
        auto other = good;
        change(other);
        return !is_signed(other);
    };
    EXPECT_TRUE(changed([](auto& c) { ++c.head.position; }));
    EXPECT_TRUE(changed([](auto& c) { c.head.recorded += milliseconds(1); }));
    EXPECT_TRUE(changed([](auto& c) { c.head.seal[0] ^= 1; }));
    EXPECT_TRUE(changed([](auto& c) { c.head.seal.clear(); }));
    EXPECT_TRUE(changed([](auto& c) { c.signed_at += milliseconds(1); }));
    EXPECT_TRUE(changed([](auto& c) { c.key[0] ^= 1; }));
    EXPECT_TRUE(changed([](auto& c) { c.signature[63] ^= 1; }));
}

TEST(SignedCheckpoint, WhatIsNoneSaysWhy) {
    const auto why = [](std::string_view line) {
        const auto parsed = parse_checkpoint(line);
        const auto* text = std::get_if<std::string>(&parsed);
        return text == nullptr ? "taken" : *text;
    };
    const auto line = line_of(sign(head, recorded, seed()));
    const auto with = [&](const std::string& what, const std::string& instead) {
        auto other = line;
        other.replace(other.find(what), what.size(), instead);
        return why(other);
    };
    EXPECT_EQ(why(line), "taken");
    EXPECT_EQ(why(""), "is no JSON object");
    EXPECT_EQ(why("[]"), "is no JSON object");
    EXPECT_EQ(why(line.substr(0, line.size() / 2)), "is no JSON object");
    EXPECT_EQ(why("{}"), "has no format");
    EXPECT_EQ(with("hilo-checkpoint-1", "hilo-checkpoint-2"),
              "has the format \"hilo-checkpoint-2\", and this Hilo knows hilo-checkpoint-1");
    EXPECT_EQ(with("\"position\":2", "\"position\":\"2\""), "position is no whole number");
    EXPECT_EQ(with("2026-11-20T18:47:03.300000Z", "yesterday"), "recorded is no time");
    EXPECT_EQ(with("ed68", "xx68"), "seal is not hexadecimal");
    EXPECT_EQ(with("\"signature\":\"", "\"signature\":\"00"),
              "signature has not 128 hexadecimal digits");
}

}  // namespace
