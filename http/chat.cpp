#include <charconv>

#include "domain/prompt.hpp"
#include "domain/reply_text.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "projections/queries.hpp"

namespace http::handlers {
namespace {

using domain::Line;
using domain::Speaker;

std::string key_variable(std::string_view provider) {
    if (provider == "openai") return "OPENAI_API_KEY";
    return provider == "anthropic" ? "ANTHROPIC_API_KEY" : "DEEPSEEK_API_KEY";
}

std::string failure_text(const ai::Failed& failed) {
    std::string text = "the model gave no answer";
    for (const auto& attempt : failed.attempts) text += "; " + attempt.error;
    return text;
}

/// Asks the model as a conversation would; nothing is sent and nothing is stored.
void ask(App& app, const std::vector<Line>& lines, const Respond& respond) {
    const auto settings = app.settings.now().settings;
    Json about{{"configured", app.models.with_key().contains(settings.ai_provider)},
               {"aiEnabled", settings.ai_enabled},
               {"provider", settings.ai_provider},
               {"model", settings.ai_model}};
    if (!about["configured"]) {
        about["message"] = "API key not configured: set " + key_variable(settings.ai_provider);
        return respond(answer(about));
    }
    const int all = lines.empty() ? 0 : lines.back().version;
    ai::Call call{settings.ai_provider, settings.ai_model,
                  domain::prompt_of(lines, all, settings, 1), settings.max_output_tokens};
    app.models.ask(std::move(call), [about, respond](const ai::Result& result) mutable {
        if (const auto* failed = std::get_if<ai::Failed>(&result)) {
            return respond(error(502, "model_failed", failure_text(*failed)));
        }
        about["message"] = std::get<domain::conversation::Answer>(result).text;
        respond(answer(about));
    });
}

std::variant<std::string, Response> message_of(const Json& object) {
    auto message = text_of(object, "message");
    const auto* text = std::get_if<std::string>(&message);
    if (text != nullptr && domain::split_text(*text).empty()) {
        return error(400, "invalid_field", "message must not be blank");
    }
    return message;
}

Line line_at(Speaker speaker, std::string text, std::size_t place) {
    return {speaker, std::move(text), events::Time{}, static_cast<int>(place)};
}

/// `history` as [{"role": "user"|"assistant", "content": "..."}].
std::variant<std::vector<Line>, Response> history_of(const Json& object) {
    std::vector<Line> lines;
    const auto found = object.find("history");
    if (found == object.end()) return lines;
    const auto wrong = [](const std::string& what) {
        return error(400, "invalid_field", "history " + what);
    };
    if (!found->is_array()) return wrong("must be a list of {role, content}");
    for (const auto& item : *found) {
        const bool fits = item.is_object() && item.value("role", Json()).is_string() &&
                          item.value("content", Json()).is_string();
        if (!fits) return wrong("must be a list of {role, content}");
        const auto role = item["role"].get<std::string>();
        if (role != "user" && role != "assistant") return wrong("roles are user and assistant");
        const auto speaker = role == "user" ? Speaker::customer : Speaker::business;
        lines.push_back(line_at(speaker, item["content"], lines.size() + 1));
    }
    return lines;
}

/// What was said so far in a stored conversation.
std::optional<std::vector<Line>> said_in(App& app, const Json& id) {
    constexpr std::size_t most = 100;  // the largest historyLimit
    const auto text = id.is_string() ? id.get<std::string>() : id.dump();
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    const auto talk = projections::conversation(app.views, number);
    if (!talk) return std::nullopt;
    const auto thread = projections::thread(app.views, talk->conversation, {}, most);
    std::vector<Line> lines;
    for (auto message = thread.rbegin(); message != thread.rend(); ++message) {
        const auto speaker =
            message->sender == projections::Sender::client ? Speaker::customer : Speaker::business;
        lines.push_back(line_at(speaker, message->content, lines.size() + 1));
    }
    return lines;
}

}  // namespace

Handler test_chat(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto body = object_of(request);
        if (const auto* refusal = std::get_if<Response>(&body)) return respond(*refusal);
        if (const auto unknown = unknown_field(std::get<Json>(body), {"message"})) {
            return respond(*unknown);
        }
        const auto message = message_of(std::get<Json>(body));
        if (const auto* refusal = std::get_if<Response>(&message)) return respond(*refusal);
        ask(app, {line_at(Speaker::customer, std::get<std::string>(message), 1)}, respond);
    };
}

Handler chat(App& app) {
    return [&app](const Request& request, const Respond& respond) {
        const auto body = object_of(request);
        if (const auto* refusal = std::get_if<Response>(&body)) return respond(*refusal);
        const auto& object = std::get<Json>(body);
        const auto unknown = unknown_field(object, {"conversationId", "message", "history"});
        if (unknown) return respond(*unknown);
        const auto message = message_of(object);
        if (const auto* refusal = std::get_if<Response>(&message)) return respond(*refusal);
        auto history = history_of(object);
        if (const auto* refusal = std::get_if<Response>(&history)) return respond(*refusal);
        auto lines = std::get<std::vector<Line>>(std::move(history));
        if (object.contains("conversationId")) {
            auto said = said_in(app, object["conversationId"]);
            if (!said) {
                return respond(
                    error(404, "not_found",
                          "there is no conversation " + object["conversationId"].dump()));
            }
            lines = std::move(*said);
        }
        lines.push_back(
            line_at(Speaker::customer, std::get<std::string>(message), lines.size() + 1));
        ask(app, lines, respond);
    };
}

}  // namespace http::handlers
