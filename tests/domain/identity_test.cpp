#include "domain/identity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace domain;

struct Row {
    const char* written;
    const char* canonical;
};

const Row rows[] = {
    // Mexico: 52 and ten digits; 521 before a mobile is an old habit that some networks keep.
    {"5215512345678", "525512345678"},
    {"525512345678", "525512345678"},
    {"+52 1 55 1234 5678", "525512345678"},
    {"+52 55 1234 5678", "525512345678"},
    // Argentina: 54 9 and ten digits for mobiles.
    {"5491123456789", "541123456789"},
    {"541123456789", "541123456789"},
    {"+54 9 11 2345-6789", "541123456789"},
    // Brazil: 55, two digits of area, and a ninth digit that WhatsApp's older ids lack.
    {"5511987654321", "551187654321"},
    {"551187654321", "551187654321"},
    {"+55 (11) 98765-4321", "551187654321"},
    {"551133334444", "551133334444"},
    {"5511333344445", "5511333344445"},
    // Everybody else stays as they are.
    {"+1 (555) 123-4567", "15551234567"},
    {"5219", "5219"},
    {"52155123456789", "52155123456789"},
    {"491701234567", "491701234567"},
    {"34612345678", "34612345678"},
    {"", ""},
    {"no number", ""},
};

TEST(CanonicalPhone, IsOneForAllNationalSpellings) {
    for (const auto& row : rows)
        EXPECT_EQ(canonical_phone(row.written), row.canonical) << row.written;
}

TEST(CanonicalPhone, IsItsOwnCanonicalForm) {
    for (const auto& row : rows) EXPECT_EQ(canonical_phone(row.canonical), row.canonical);
    EXPECT_TRUE(rc::check([](const std::string& text) {
        const auto once = canonical_phone(text);
        RC_ASSERT(canonical_phone(once) == once);
    }));
}

TEST(DigitsOf, KeepsDigitsAlone) {
    EXPECT_EQ(digits_of("+52 1 (55) 12-34.56/78 x9"),
              "5215512345678"
              "9");
    EXPECT_EQ(digits_of("٣٤"), "") << "ASCII digits alone";
}

}  // namespace
