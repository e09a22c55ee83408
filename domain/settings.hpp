#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/event.hpp"

namespace domain {

/// What people may change while Hilo runs. Names and defaults are the first seed's where it has
/// them; DeepSeek's model is today's, since the seed's was switched off (docs/seeds.md).
struct Settings {
    bool chatbot_enabled = false;
    bool ai_enabled = false;
    std::string ai_provider = "deepseek";
    std::string ai_model = "deepseek-flash";
    std::string system_prompt =
        "You are a helpful customer service assistant of this business. Answer briefly, in the "
        "customer's language, and only about the business; say so where you don't know.";
    bool use_knowledge_base = false;
    bool business_hours = false;
    std::int64_t session_timeout_minutes = 30;
    std::int64_t debounce_seconds = 2;      // quiet time before a burst is answered; 0 = off
    std::int64_t debounce_max_seconds = 8;  // a burst is answered after that at the latest
    std::int64_t history_limit = 20;        // messages that a prompt shows
    std::int64_t max_output_tokens = 500;
    std::int64_t hold_minutes = 120;           // how long a person's message keeps the AI silent
    std::int64_t max_answer_age_minutes = 15;  // older messages are left to people (product.md 2.9)
    std::string new_input = "supersede";       // while a model thinks: supersede or wait
    std::string uncertain_sends = "review";  // absent from the provider's list: review, resend …
    bool mend_paused_webhook = false;  // Kapso's webhook is switched on again where it was off
    std::string unsupported_text =
        "Sorry, I can't read this kind of message. Please write it as text.";

    bool operator==(const Settings&) const = default;
};

/// One field as people name it.
struct SettingField {
    std::string_view name;
    std::variant<bool Settings::*, std::int64_t Settings::*, std::string Settings::*> member;
    std::int64_t least = 0, most = 0;           // bounds of a number; bytes of a text
    std::vector<std::string_view> one_of = {};  // empty = anything
};
std::span<const SettingField> setting_fields();
const SettingField* setting_field(std::string_view name);
events::SettingValue value_of(const Settings& settings, const SettingField& field);

/// std::nullopt where `value` fits the field, else what is wrong and how to mend it.
std::optional<std::string> objection(const SettingField& field, const events::SettingValue& value);
/// The nearest known field name, for "unknown field ..., did you mean ...?".
std::string nearest_setting(std::string_view name);

/// Folds one save into the settings; unknown names, from a newer Hilo, are passed over.
Settings evolve(Settings settings, const events::SettingsChanged& event);

/// The model that a provider answers with where nobody chose one; empty for an unknown provider.
std::string_view default_model(std::string_view provider);
/// Adds what follows from a change: another provider without a model gets its default one, for no
/// provider has another's.
void complete(events::SettingsChanged& change);

/// What deserves a word to the operator though it is allowed, such as a model that is gone.
std::vector<std::string> warnings(const Settings& settings);
/// The same, and where the chosen provider can't be asked.
std::vector<std::string> warnings(const Settings& settings,
                                  const std::set<std::string>& providers_with_key);

}  // namespace domain
