#include "crypto/uuid.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <unordered_set>

namespace {

using namespace crypto;

const Uuid dns = *parse_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

// RFC 9562, appendix A.4.
TEST(DerivedUuid, GivesTheRfcsValue) {
    EXPECT_EQ(derived_uuid(dns, "www.example.com").text(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(DerivedUuid, DependsOnNameSpaceAndName) {
    const auto id = derived_uuid(dns, "a");
    EXPECT_EQ(id, derived_uuid(dns, "a"));
    EXPECT_NE(id, derived_uuid(dns, "b"));
    EXPECT_NE(id, derived_uuid(Uuid{}, "a"));
    EXPECT_NE(derived_uuid(dns, ""), Uuid{});
}

// RFC 9562, appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
TEST(TimedUuid, GivesTheRfcsLayout) {
    const Fixed<10> random{0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    EXPECT_EQ(timed_uuid(1'645'557'742'000, random).text(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(TimedUuid, SortsByTime) {
    EXPECT_TRUE(rc::check([](Fixed<10> random_a, Fixed<10> random_b) {
        const auto ms = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 47);
        RC_ASSERT(timed_uuid(ms, random_a) < timed_uuid(ms + 1, random_b));
        const auto id = timed_uuid(ms, random_a);
        RC_ASSERT((id.bytes[6] >> 4) == 7);
        RC_ASSERT((id.bytes[8] >> 6) == 2);
    }));
}

TEST(RandomUuid, IsVersionFourAndNeverTheSame) {
    std::unordered_set<Uuid> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto id = random_uuid();
        EXPECT_EQ(id.bytes[6] >> 4, 4);
        EXPECT_EQ(id.bytes[8] >> 6, 2);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

TEST(NewUuid, IsVersionSevenAndNeverTheSame) {
    std::unordered_set<Uuid> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto id = new_uuid();
        EXPECT_EQ(id.bytes[6] >> 4, 7);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

TEST(Uuid, ComesBackFromItsText) {
    EXPECT_TRUE(rc::check([](Fixed<16> bytes) {
        const Uuid id{bytes};
        RC_ASSERT(parse_uuid(id.text()) == id);
        RC_ASSERT(id.text().size() == 36u);
    }));
}

TEST(Uuid, IsReadInEitherCase) {
    EXPECT_EQ(parse_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"), dns);
    EXPECT_TRUE(Uuid{}.nil());
    EXPECT_FALSE(dns.nil());
}

TEST(Uuid, IsReadFromNothingElse) {
    for (const auto* text :
         {"", "6ba7b810", "6ba7b8109dad11d180b400c04fd430c8",
          "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b810-9dad-11d1-80b4-00c04fd430c",
          "6ba7b810-9dad-11d1-80b4-00c04fd430c8 ", "6ba7b81-09dad-11d1-80b4-00c04fd430c8",
          "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810 9dad 11d1 80b4 00c04fd430c8",
          "-ba7b810-9dad-11d1-80b4-00c04fd430c8"}) {
        EXPECT_FALSE(parse_uuid(text)) << text;
    }
}

}  // namespace
