#include "domain/reply_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/arbitrary.hpp"

namespace {

using namespace domain;
using Parts = std::vector<std::string>;

std::string without_white_space(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) out.push_back(c);
    }
    return out;
}

bool is_utf8(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore) ==
           nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TEST(SplitText, LeavesAShortTextWhole) {
    EXPECT_EQ(split_text("Hola"), Parts{"Hola"});
    EXPECT_EQ(split_text("  Hola\n"), Parts{"Hola"});
    EXPECT_EQ(split_text(std::string(4'096, 'a')), Parts{std::string(4'096, 'a')});
}

TEST(SplitText, HasNoPartsForNothing) {
    EXPECT_TRUE(split_text("").empty());
    EXPECT_TRUE(split_text(" \r\n\t ").empty());
}

TEST(SplitText, CutsAtTheBestBoundaryThatFits) {
    EXPECT_EQ(split_text("one two. three\n\nfour five six", 20),
              (Parts{"one two. three", "four five six"}));
    EXPECT_EQ(split_text("one two three\nfour five six", 20),
              (Parts{"one two three", "four five six"}));
    EXPECT_EQ(split_text("one two three. four five six", 20),
              (Parts{"one two three.", "four five six"}));
    EXPECT_EQ(split_text("one two three? four five six", 20),
              (Parts{"one two three?", "four five six"}));
    EXPECT_EQ(split_text("one two three four five six", 20),
              (Parts{"one two three four", "five six"}));
}

TEST(SplitText, CutsALongWordWithin) {
    EXPECT_EQ(split_text("abcdefghij", 4), (Parts{"abcd", "efgh", "ij"}));
}

TEST(SplitText, CountsCharactersNotBytes) {
    std::string text;
    for (int i = 0; i < 4'097; ++i) text += "🙂";
    const auto parts = split_text(text);
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(characters(parts[0]), 4'096u);
    EXPECT_EQ(parts[1], "🙂");
}

TEST(SplitText, KeepsEverythingButWhiteSpace) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *testing_support::text();
        const auto limit = *rc::gen::inRange<std::size_t>(1, 30);
        std::string joined;
        for (const auto& part : split_text(text, limit)) {
            RC_ASSERT(characters(part) <= limit);
            RC_ASSERT(!without_white_space(part).empty());
            RC_ASSERT(is_utf8(part));
            joined += part;
        }
        RC_ASSERT(without_white_space(joined) == without_white_space(text));
    }));
}

TEST(SplitText, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& bytes) {
        std::string joined;
        for (const auto& part : split_text(bytes, 5)) joined += part;
        RC_ASSERT(without_white_space(joined) == without_white_space(bytes));
    }));
}

}  // namespace
