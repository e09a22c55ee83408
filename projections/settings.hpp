#pragma once

#include "domain/settings.hpp"
#include "events/envelope.hpp"
#include "projections/table.hpp"

namespace projections {

/// The one row of settings; there is none before they were first saved.
struct ChatbotSettings : domain::Settings {
    std::int64_t id = 1;
    std::int64_t version = 0;  // the settings stream's, which decisions refer to
    Time updated_at;
    std::optional<std::string> updated_by;

    std::int64_t key() const { return id; }
    bool operator==(const ChatbotSettings&) const = default;
};
template <>
struct Described<ChatbotSettings> {
    using S = domain::Settings;
    static constexpr std::string_view name = "ChatbotSettings";
    static constexpr std::size_t keys = 1;
    static constexpr auto members =
        std::tuple{Member{"id", &ChatbotSettings::id},
                   Member{"chatbotEnabled", &S::chatbot_enabled},
                   Member{"aiEnabled", &S::ai_enabled},
                   Member{"aiProvider", &S::ai_provider},
                   Member{"aiModel", &S::ai_model},
                   Member{"systemPrompt", &S::system_prompt},
                   Member{"useKnowledgeBase", &S::use_knowledge_base},
                   Member{"businessHours", &S::business_hours},
                   Member{"sessionTimeoutMinutes", &S::session_timeout_minutes},
                   Member{"debounceSeconds", &S::debounce_seconds},
                   Member{"debounceMaxSeconds", &S::debounce_max_seconds},
                   Member{"historyLimit", &S::history_limit},
                   Member{"maxOutputTokens", &S::max_output_tokens},
                   Member{"holdMinutes", &S::hold_minutes},
                   Member{"unsupportedText", &S::unsupported_text},
                   Member{"maxAnswerAgeMinutes", &S::max_answer_age_minutes},
                   Member{"newInput", &S::new_input},
                   Member{"uncertainSends", &S::uncertain_sends},
                   Member{"mendPausedWebhook", &S::mend_paused_webhook},
                   Member{"version", &ChatbotSettings::version},
                   Member{"updatedAt", &ChatbotSettings::updated_at},
                   Member{"updatedBy", &ChatbotSettings::updated_by}};
};

void fold_settings(Table<ChatbotSettings>& settings, const events::Recorded& recorded);

}  // namespace projections
