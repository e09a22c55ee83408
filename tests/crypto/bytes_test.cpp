#include "crypto/bytes.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace crypto;
using namespace std::string_literals;

TEST(Hex, WritesTwoLowerCaseDigitsPerByte) {
    EXPECT_EQ(hex("\x00\x0f\x7f\x80\xff"s), "000f7f80ff");
    EXPECT_EQ(hex(""), "");
}

TEST(Hex, ReadsEitherCase) {
    EXPECT_EQ(unhex("00aAfF"), "\x00\xaa\xff"s);
    EXPECT_EQ(unhex(""), "");
}

TEST(Hex, RefusesAnythingElse) {
    for (const auto* text : {"0", "000", "0g", "g0", "0x", " 00", "00 ", "0:", "@0", "`0", "é"}) {
        EXPECT_FALSE(unhex(text)) << text;
    }
}

TEST(Hex, ComesBackFromAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& bytes) { RC_ASSERT(unhex(hex(bytes)) == bytes); }));
}

TEST(Fixed, TakesExactlyItsLength) {
    EXPECT_EQ(fixed<3>("\xff\x00\x01"s), (Fixed<3>{0xff, 0, 1}));
    EXPECT_FALSE(fixed<3>("ab"));
    EXPECT_FALSE(fixed<3>("abcd"));
    EXPECT_EQ(view(Fixed<3>{0xff, 0, 1}), "\xff\x00\x01"s);
}

TEST(Writer, WritesIntegersBigEndian) {
    EXPECT_EQ(hex(Writer().integer(std::uint8_t{0x80}).bytes()), "80");
    EXPECT_EQ(hex(Writer().integer(std::int16_t{-2}).bytes()), "fffe");
    EXPECT_EQ(hex(Writer().integer(std::int32_t{0x01020304}).bytes()), "01020304");
    EXPECT_EQ(hex(Writer().integer(std::int64_t{0x0102030405060708}).bytes()), "0102030405060708");
    EXPECT_EQ(hex(Writer().integer(std::int64_t{-1}).bytes()), "ffffffffffffffff");
}

TEST(Writer, PutsALengthBeforeWhatVaries) {
    EXPECT_EQ(hex(Writer().variable("ab").variable("").raw("c").bytes()),
              "00000002616200000000"
              "63");
}

TEST(Writer, KeepsDifferentFieldsApart) {
    EXPECT_TRUE(rc::check(
        [](const std::string& a, const std::string& b, const std::string& c, const std::string& d) {
            const auto one = Writer().variable(a).variable(b).bytes();
            const auto other = Writer().variable(c).variable(d).bytes();
            RC_ASSERT((one == other) == (a == c && b == d));
        }));
}

}  // namespace
