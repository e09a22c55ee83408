#include "domain/prompt.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/given.hpp"

namespace {

using namespace domain;
using namespace std::chrono_literals;
using testing_support::start;

constexpr auto customer = Speaker::customer, business = Speaker::business;

Line line(Speaker speaker, const std::string& text, int version, std::chrono::minutes at = 0min) {
    return {speaker, text, start + at, version};
}

std::string shown(const Prompt& prompt) {
    std::string out;
    for (const auto& one : prompt.lines) {
        out += (out.empty() ? "" : "|") + std::string(one.speaker == customer ? "c:" : "b:") +
               one.text;
    }
    return out;
}

TEST(Prompt, ShowsTheSystemPromptAndWhatWasSaid) {
    Settings settings;
    settings.system_prompt = "Be brief.";
    const auto prompt = prompt_of({line(customer, "a", 1), line(business, "b", 2)}, 2, settings);
    EXPECT_EQ(prompt.system, "Be brief.");
    EXPECT_EQ(shown(prompt), "c:a|b:b");
}

TEST(Prompt, ShowsOfALongTextWhatAMessageMayHold) {
    constexpr std::size_t most = std::size_t{4} * 4'096;
    testing_support::Given given;
    given.says(std::string(most, 'a'));
    EXPECT_EQ(given.state.said.back().text.size(), most);
    given.says(std::string(most - 1, 'a') + "é and more");
    EXPECT_EQ(given.state.said.back().text, std::string(most - 1, 'a')) << "no half of a letter";
}

TEST(Prompt, ShowsTheLastLinesUpToTheLimit) {
    Settings settings;
    settings.history_limit = 3;
    const std::vector<Line> said{line(customer, "a", 1), line(business, "b", 2),
                                 line(customer, "c", 3), line(business, "d", 4),
                                 line(customer, "e", 5)};
    EXPECT_EQ(shown(prompt_of(said, 5, settings)), "c:c|b:d|c:e");
    settings.history_limit = 2;
    EXPECT_EQ(shown(prompt_of(said, 5, settings)), "c:e") << "the first is a customer's";
    settings.history_limit = 100;
    EXPECT_EQ(shown(prompt_of(said, 5, settings)), "c:a|b:b|c:c|b:d|c:e");
}

TEST(Prompt, ShowsNothingLaterThanItsVersion) {
    const std::vector<Line> said{line(customer, "a", 1), line(business, "b", 2),
                                 line(customer, "c", 3)};
    EXPECT_EQ(shown(prompt_of(said, 2, {})), "c:a|b:b");
    EXPECT_EQ(shown(prompt_of(said, 0, {})), "");
}

TEST(Prompt, BeginsAfterTheLastLongPause) {
    Settings settings;
    settings.session_timeout_minutes = 30;
    const std::vector<Line> said{line(customer, "a", 1, 0min), line(business, "b", 2, 30min),
                                 line(customer, "c", 3, 61min), line(customer, "d", 4, 62min)};
    EXPECT_EQ(shown(prompt_of(said, 4, settings)), "c:c\nd");
    EXPECT_EQ(shown(prompt_of(said, 2, settings)), "c:a|b:b") << "30 minutes are no pause yet";
}

TEST(Prompt, ShowsAllThatIsAskedWhateverIsCut) {
    domain::Settings settings;
    settings.history_limit = 1;
    const std::vector<Line> said{line(customer, "old", 1, 0min), line(customer, "a", 2, 1min),
                                 line(customer, "b", 3, 50min), line(customer, "c", 4, 100min)};
    EXPECT_EQ(shown(prompt_of(said, 4, settings)), "c:c");
    EXPECT_EQ(shown(prompt_of(said, 4, settings, 3)), "c:a\nb\nc");
}

TEST(Prompt, JoinsNeighboursOfOneSpeaker) {
    const std::vector<Line> said{line(business, "hi", 1), line(customer, "a", 2),
                                 line(customer, "b", 3),  line(business, "c", 4),
                                 line(business, "d", 5),  line(customer, "e", 6)};
    EXPECT_EQ(shown(prompt_of(said, 6, {})), "c:a\nb|b:c\nd|c:e");
}

TEST(Prompt, AlternatesAndBeginsWithACustomer) {
    EXPECT_TRUE(rc::check([] {
        std::vector<Line> said;
        std::chrono::minutes at{0};
        const int count = *rc::gen::inRange(0, 40);
        for (int i = 0; i < count; ++i) {
            at += std::chrono::minutes(*rc::gen::inRange(0, 40));
            said.push_back(line(*rc::gen::element(customer, business), std::to_string(i), i, at));
        }
        Settings settings;
        settings.history_limit = *rc::gen::inRange<std::int64_t>(1, 10);
        const auto prompt = prompt_of(said, *rc::gen::inRange(0, 40), settings);
        for (std::size_t i = 0; i < prompt.lines.size(); ++i) {
            RC_ASSERT(prompt.lines[i].speaker == (i % 2 == 0 ? customer : business));
        }
        RC_ASSERT(std::cmp_less_equal(prompt.lines.size(), settings.history_limit));
    }));
}

TEST(Prompt, HasADigestOfWhatIsShownAlone) {
    const Prompt prompt{"s", {line(customer, "a", 1), line(business, "b", 2)}};
    auto other = prompt;
    other.lines[0].version = 9;
    other.lines[0].at += 1h;
    EXPECT_EQ(sha256_of(prompt), sha256_of(other));
    EXPECT_EQ(sha256_of(prompt).size(), 64u);
    other.lines[0].text = "ab";
    other.lines[1].text = "";
    EXPECT_NE(sha256_of(prompt), sha256_of(other));
    other = prompt;
    other.lines[0].speaker = business;
    EXPECT_NE(sha256_of(prompt), sha256_of(other));
    other = prompt;
    other.system = "t";
    EXPECT_NE(sha256_of(prompt), sha256_of(other));
}

}  // namespace
