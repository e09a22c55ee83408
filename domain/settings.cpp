#include "domain/settings.hpp"

#include <algorithm>
#include <array>

#include "domain/nearest.hpp"

namespace domain {
namespace {

const std::array fields{
    SettingField{"chatbotEnabled", &Settings::chatbot_enabled},
    SettingField{"aiEnabled", &Settings::ai_enabled},
    SettingField{"aiProvider", &Settings::ai_provider, 1, 32, {"openai", "deepseek", "anthropic"}},
    SettingField{"aiModel", &Settings::ai_model, 1, 128},
    SettingField{"systemPrompt", &Settings::system_prompt, 0, 32'768},
    SettingField{"useKnowledgeBase", &Settings::use_knowledge_base},
    SettingField{"businessHours", &Settings::business_hours},
    SettingField{"sessionTimeoutMinutes", &Settings::session_timeout_minutes, 1, 43'200},
    SettingField{"debounceSeconds", &Settings::debounce_seconds, 0, 60},
    SettingField{"debounceMaxSeconds", &Settings::debounce_max_seconds, 0, 300},
    SettingField{"historyLimit", &Settings::history_limit, 1, 100},
    SettingField{"maxOutputTokens", &Settings::max_output_tokens, 1, 16'384},
    SettingField{"holdMinutes", &Settings::hold_minutes, 0, 43'200},
    SettingField{"maxAnswerAgeMinutes", &Settings::max_answer_age_minutes, 1, 1'440},
    SettingField{"newInput", &Settings::new_input, 1, 32, {"supersede", "wait"}},
    SettingField{
        "uncertainSends", &Settings::uncertain_sends, 1, 32, {"review", "resend", "give_up"}},
    SettingField{"mendPausedWebhook", &Settings::mend_paused_webhook},
    SettingField{"unsupportedText", &Settings::unsupported_text, 0, 4'096},
};

/// Whose a model is by its name, and what each answers with unless it is told otherwise: a small
/// model of its present list (kapso.md 4).
struct Maker {
    std::string_view provider, prefix, model;
};
constexpr std::array makers{Maker{"openai", "gpt-", "gpt-5.4-mini"},
                            Maker{"deepseek", "deepseek-", "deepseek-flash"},
                            Maker{"anthropic", "claude-", "claude-haiku-4-5"}};

std::string listed(const std::vector<std::string_view>& names) {
    std::string out;
    for (const auto name : names) out += (out.empty() ? "" : ", ") + std::string(name);
    return out;
}

std::optional<std::string> objection_to(const SettingField& field, const std::string& text) {
    const auto size = static_cast<std::int64_t>(text.size());
    if (!field.one_of.empty() && std::ranges::find(field.one_of, text) == field.one_of.end()) {
        return "must be one of " + listed(field.one_of);
    }
    if (size < field.least) return "must not be empty";
    if (size > field.most) return "must be at most " + std::to_string(field.most) + " bytes";
    return std::nullopt;
}

std::optional<std::string> objection_to(const SettingField& field, std::int64_t number) {
    if (number >= field.least && number <= field.most) return std::nullopt;
    return "must be a whole number from " + std::to_string(field.least) + " to " +
           std::to_string(field.most);
}

}  // namespace

std::span<const SettingField> setting_fields() { return fields; }

const SettingField* setting_field(std::string_view name) {
    const auto found = std::ranges::find(fields, name, &SettingField::name);
    return found == fields.end() ? nullptr : &*found;
}

events::SettingValue value_of(const Settings& settings, const SettingField& field) {
    return std::visit([&](auto member) { return events::SettingValue(settings.*member); },
                      field.member);
}

std::optional<std::string> objection(const SettingField& field, const events::SettingValue& value) {
    if (std::holds_alternative<bool Settings::*>(field.member)) {
        if (std::holds_alternative<bool>(value)) return std::nullopt;
        return "must be true or false";
    }
    if (std::holds_alternative<std::int64_t Settings::*>(field.member)) {
        const auto* number = std::get_if<std::int64_t>(&value);
        return objection_to(field, number == nullptr ? field.least - 1 : *number);
    }
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? "must be a text" : objection_to(field, *text);
}

std::string nearest_setting(std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& field : fields) known.push_back(field.name);
    return nearest(name, known);
}

Settings evolve(Settings settings, const events::SettingsChanged& event) {
    for (const auto& [name, value] : event.changed) {
        const auto* field = setting_field(name);
        if (field == nullptr || objection(*field, value)) continue;
        std::visit(
            [&, &v = value]<class T>(T Settings::*member) { settings.*member = std::get<T>(v); },
            field->member);
    }
    return settings;
}

std::string_view default_model(std::string_view provider) {
    const auto found = std::ranges::find(makers, provider, &Maker::provider);
    return found == makers.end() ? std::string_view() : found->model;
}

void complete(events::SettingsChanged& change) {
    const auto provider = change.changed.find("aiProvider");
    if (provider == change.changed.end() || change.changed.contains("aiModel")) return;
    const auto model = default_model(std::get<std::string>(provider->second));
    if (!model.empty()) change.changed["aiModel"] = std::string(model);
}

std::vector<std::string> warnings(const Settings& settings) {
    std::vector<std::string> out;
    const auto& model = settings.ai_model;
    for (const auto& maker : makers) {
        if (!model.starts_with(maker.prefix) || maker.provider == settings.ai_provider) continue;
        out.push_back("aiModel " + model + " is a model of " + std::string(maker.provider) +
                      ", and aiProvider is " + settings.ai_provider + "; one of its models is " +
                      std::string(default_model(settings.ai_provider)));
    }
    if (settings.ai_provider == "deepseek" &&
        (model == "deepseek-chat" || model == "deepseek-reasoner")) {
        out.push_back(model +
                      " was switched off by DeepSeek on 2026-07-24; set aiModel to "
                      "deepseek-flash or deepseek-v4-pro");
    }
    return out;
}

std::vector<std::string> warnings(const Settings& settings,
                                  const std::set<std::string>& providers_with_key) {
    auto out = warnings(settings);
    if (providers_with_key.contains(settings.ai_provider)) return out;
    auto warning = "aiProvider is " + settings.ai_provider +
                   ", which has no key, so that nobody is answered; set its key";
    for (const auto& other : providers_with_key) {
        warning += ", or aiProvider to " + other + ", which has one";
    }
    out.push_back(std::move(warning));
    return out;
}

}  // namespace domain
