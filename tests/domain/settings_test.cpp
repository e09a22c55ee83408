#include "domain/settings.hpp"

#include "domain/nearest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace domain;
using events::SettingsChanged;
using events::SettingValue;
using namespace std::string_literals;

std::string words(std::string_view name, const SettingValue& value) {
    return objection(*setting_field(name), value).value_or("");
}

TEST(Settings, HaveTheSeedsNamesAndDefaults) {
    const Settings settings;
    const std::vector<std::pair<std::string, SettingValue>> expected{
        {"chatbotEnabled", false},
        {"aiEnabled", false},
        {"aiProvider", "deepseek"s},
        {"aiModel", "deepseek-flash"s},
        {"systemPrompt", settings.system_prompt},
        {"useKnowledgeBase", false},
        {"businessHours", false},
        {"sessionTimeoutMinutes", std::int64_t{30}},
        {"debounceSeconds", std::int64_t{2}},
        {"debounceMaxSeconds", std::int64_t{8}},
        {"historyLimit", std::int64_t{20}},
        {"maxOutputTokens", std::int64_t{500}},
        {"holdMinutes", std::int64_t{120}},
        {"maxAnswerAgeMinutes", std::int64_t{15}},
        {"newInput", "supersede"s},
        {"uncertainSends", "review"s},
        {"mendPausedWebhook", false},
        {"unsupportedText", settings.unsupported_text},
    };
    std::vector<std::pair<std::string, SettingValue>> found;
    for (const auto& field : setting_fields()) {
        found.emplace_back(std::string(field.name), value_of(settings, field));
        EXPECT_EQ(objection(field, found.back().second), std::nullopt) << field.name;
    }
    EXPECT_EQ(found, expected);
}

TEST(Settings, SayWhatIsWrongWithAValue) {
    EXPECT_EQ(words("aiEnabled", "yes"s), "must be true or false");
    EXPECT_EQ(words("aiEnabled", std::int64_t{1}), "must be true or false");
    EXPECT_EQ(words("historyLimit", std::int64_t{0}), "must be a whole number from 1 to 100");
    EXPECT_EQ(words("historyLimit", std::int64_t{101}), "must be a whole number from 1 to 100");
    EXPECT_EQ(words("historyLimit", true), "must be a whole number from 1 to 100");
    EXPECT_EQ(words("historyLimit", "20"s), "must be a whole number from 1 to 100");
    EXPECT_EQ(words("debounceSeconds", "0"s), "must be a whole number from 0 to 60");
    EXPECT_EQ(words("aiProvider", "grok"s), "must be one of openai, deepseek, anthropic");
    EXPECT_EQ(words("aiProvider", ""s), "must be one of openai, deepseek, anthropic");
    EXPECT_EQ(words("aiModel", ""s), "must not be empty");
    EXPECT_EQ(words("aiModel", std::string(129, 'm')), "must be at most 128 bytes");
    EXPECT_EQ(words("aiModel", true), "must be a text");
    EXPECT_EQ(words("systemPrompt", ""s), "");
}

TEST(Settings, TakeTheirBoundsThemselves) {
    for (const auto& field : setting_fields()) {
        if (!std::holds_alternative<std::int64_t Settings::*>(field.member)) continue;
        EXPECT_EQ(objection(field, field.least), std::nullopt) << field.name;
        EXPECT_EQ(objection(field, field.most), std::nullopt) << field.name;
        EXPECT_NE(objection(field, field.least - 1), std::nullopt) << field.name;
        EXPECT_NE(objection(field, field.most + 1), std::nullopt) << field.name;
    }
}

TEST(Settings, ChangeOnlyTheFieldsThatASaveNames) {
    for (const auto& field : setting_fields()) {
        SettingValue value = true;
        if (std::holds_alternative<std::int64_t Settings::*>(field.member)) value = field.most;
        if (std::holds_alternative<std::string Settings::*>(field.member)) {
            value = field.one_of.empty() ? "other"s : std::string(field.one_of.back());
        }
        const auto after =
            evolve(Settings{}, SettingsChanged{{{std::string(field.name), value}}, "x"});
        for (const auto& other : setting_fields()) {
            EXPECT_EQ(value_of(after, other),
                      other.name == field.name ? value : value_of(Settings{}, other))
                << field.name << " changed " << other.name;
        }
    }
}

TEST(Settings, PassOverWhatTheyDontKnow) {
    const SettingsChanged changed{{{"later", true},
                                   {"historyLimit", std::int64_t{1'000'000}},
                                   {"aiEnabled", "no"s},
                                   {"aiModel", "m"s}},
                                  "x"};
    Settings expected;
    expected.ai_model = "m";
    EXPECT_EQ(evolve(Settings{}, changed), expected);
}

TEST(Settings, NameTheNearestField) {
    EXPECT_EQ(nearest_setting("debounceSecond"), "debounceSeconds");
    EXPECT_EQ(nearest_setting("aiModle"), "aiModel");
    EXPECT_EQ(nearest_setting("chatbot_enabled"), "chatbotEnabled");
    EXPECT_EQ(nearest_setting("systemprompt"), "systemPrompt");
    EXPECT_EQ(nearest_setting("debounce"), "debounceSeconds") << "the nearest that has the word";
    EXPECT_EQ(nearest_setting("prompt"), "systemPrompt");
    EXPECT_EQ(nearest_setting("MODEL"), "aiModel");
    EXPECT_EQ(setting_field("aimodel"), nullptr);
}

TEST(Settings, WarnOfModelsThatAreGone) {
    Settings settings;
    EXPECT_TRUE(warnings(settings).empty());
    for (const auto* model : {"deepseek-chat", "deepseek-reasoner"}) {
        settings.ai_model = model;
        ASSERT_EQ(warnings(settings).size(), 1u);
        EXPECT_TRUE(warnings(settings)[0].starts_with(model));
    }
    settings.ai_provider = "openai";
    ASSERT_EQ(warnings(settings).size(), 1u);
    EXPECT_NE(warnings(settings)[0].find("is a model of deepseek"), std::string::npos);
}

TEST(Settings, OfAnotherProviderComeWithAModelOfIts) {
    SettingsChanged change;
    change.changed = {{"aiProvider", "anthropic"s}};
    complete(change);
    EXPECT_EQ(change.changed.at("aiModel"), SettingValue(std::string(default_model("anthropic"))));
    change.changed = {{"aiProvider", "anthropic"s}, {"aiModel", "claude-opus-5"s}};
    complete(change);
    EXPECT_EQ(change.changed.at("aiModel"), SettingValue("claude-opus-5"s)) << "as it was said";
    change.changed = {{"aiEnabled", true}};
    complete(change);
    EXPECT_EQ(change.changed.size(), 1U);
}

TEST(Settings, WarnOfAModelOfAnotherProvider) {
    Settings settings;
    EXPECT_TRUE(warnings(settings).empty());
    settings.ai_provider = "openai";
    ASSERT_EQ(warnings(settings).size(), 1U);
    EXPECT_NE(warnings(settings)[0].find("deepseek-flash is a model of deepseek"),
              std::string::npos);
    settings.ai_model = "a model of a proxy's own";
    EXPECT_TRUE(warnings(settings).empty());
}

TEST(Settings, WarnWhereTheProviderHasNoKey) {
    const Settings settings;
    EXPECT_TRUE(warnings(settings, {"deepseek"}).empty());
    const auto said = warnings(settings, {"openai"});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].find("or aiProvider to openai, which has one"), std::string::npos) << said[0];
}

TEST(Settings, DefaultsAreAProvidersOwnModel) {
    EXPECT_EQ(Settings{}.ai_model, default_model(Settings{}.ai_provider));
    for (const auto provider : setting_field("aiProvider")->one_of) {
        EXPECT_NE(default_model(provider), "") << provider;
    }
}

TEST(EditDistance, CountsTheFewestEdits) {
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("abc", "acb"), 2u);
}

TEST(EditDistance, IsAMetric) {
    EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b, const std::string& c) {
        RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
        RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
        RC_ASSERT(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
    }));
}

}  // namespace
