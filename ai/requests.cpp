#include "ai/requests.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace ai {
namespace {

using Json = nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// The lines as messages whose roles alternate. A blank one is refused by providers and tells
/// nothing, so it is left out and its neighbours become one.
Json messages_of(const domain::Prompt& prompt) {
    auto out = Json::array();
    for (const auto& line : prompt.lines) {
        const auto* role = line.speaker == domain::Speaker::customer ? "user" : "assistant";
        if (is_blank(line.text)) continue;
        if (!out.empty() && out.back()["role"] == role) {
            auto& before = out.back()["content"].get_ref<std::string&>();
            before += "\n" + line.text;
        } else {
            out.push_back({{"role", role}, {"content", line.text}});
        }
    }
    return out;
}

Json with_system_first(const domain::Prompt& prompt) {
    auto out = messages_of(prompt);
    if (!is_blank(prompt.system)) {
        out.insert(out.begin(), Json{{"role", "system"}, {"content", prompt.system}});
    }
    return out;
}

/// `max_tokens` is refused by OpenAI's reasoning models; so is any temperature but 1.
Json openai_body(const Call& call) {
    return {{"model", call.model},
            {"messages", with_system_first(call.prompt)},
            {"max_completion_tokens", call.max_output_tokens}};
}

/// Thinking is on unless it is switched off, and a customer would wait for it.
Json deepseek_body(const Call& call) {
    return {{"model", call.model},
            {"messages", with_system_first(call.prompt)},
            {"max_tokens", call.max_output_tokens},
            {"thinking", {{"type", "disabled"}}}};
}

/// The system text stands apart, and the last word must be the user's.
Json anthropic_body(const Call& call) {
    auto messages = messages_of(call.prompt);
    if (!messages.empty() && messages.back()["role"] == "assistant") {
        messages.erase(messages.size() - 1);
    }
    Json body{{"model", call.model},
              {"max_tokens", call.max_output_tokens},
              {"messages", std::move(messages)}};
    if (!is_blank(call.prompt.system)) body["system"] = call.prompt.system;
    return body;
}

Headers bearer(const std::string& key) { return {{"Authorization", "Bearer " + key}}; }
Headers anthropic_headers(const std::string& key) {
    return {{"x-api-key", key}, {"anthropic-version", "2023-06-01"}};
}

/// One row per provider (reference: their API pages, autumn 2026).
struct Dialect {
    std::string_view name, base_url, path;
    Json (*body)(const Call&);
    Headers (*headers)(const std::string& key);
};
constexpr Dialect dialects[] = {
    {"openai", "https://api.openai.com/v1", "/chat/completions", openai_body, bearer},
    {"deepseek", "https://api.deepseek.com", "/chat/completions", deepseek_body, bearer},
    {"anthropic", "https://api.anthropic.com", "/v1/messages", anthropic_body, anthropic_headers},
};

const Dialect* dialect_of(std::string_view provider) {
    const auto* found = std::ranges::find(dialects, provider, &Dialect::name);
    return found == std::end(dialects) ? nullptr : found;
}

}  // namespace

std::optional<net::Request> request_of(const Call& call, const Provider& provider) {
    const auto* dialect = dialect_of(call.provider);
    if (dialect == nullptr) return std::nullopt;
    std::string base =
        provider.base_url.empty() ? std::string(dialect->base_url) : provider.base_url;
    while (base.ends_with('/')) base.pop_back();
    net::Request request;
    request.url = base + std::string(dialect->path);
    request.headers = dialect->headers(provider.key);
    request.headers.emplace_back("Content-Type", "application/json");
    // Broken UTF-8 becomes U+FFFD: a customer's odd byte is no reason to stay silent.
    request.body = dialect->body(call).dump(-1, ' ', false, Json::error_handler_t::replace);
    request.deadline = call.deadline;
    return request;
}

std::string_view default_base_url(std::string_view provider) {
    const auto* dialect = dialect_of(provider);
    return dialect == nullptr ? std::string_view() : dialect->base_url;
}

}  // namespace ai
