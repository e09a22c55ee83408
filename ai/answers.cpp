#include "ai/answers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/error_body.hpp"
#include "net/retry_after.hpp"

namespace ai {
namespace {

using Json = nlohmann::json;
using domain::conversation::Answer;

/// What one completion says, whoever made it.
struct Said {
    std::string text, refusal, finish;
    std::int64_t input_tokens = 0, output_tokens = 0;
};

std::string text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    const auto found = object.find(key);
    return found != object.end() ? *found : nothing;
}

/// Beyond this no count of tokens is meant, and the sum of a few could not be told.
constexpr std::int64_t most_tokens = 1'000'000'000'000;

std::int64_t count_at(const Json& usage, const char* key) {
    const auto& count = at(usage, key);
    if (!count.is_number_integer()) return 0;
    return std::clamp<std::int64_t>(count.get<std::int64_t>(), 0, most_tokens);
}

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// The first choice with a text; the last one where none has.
Said chat_completion(const Json& body) {
    Said said;
    for (const auto& choice : at(body, "choices")) {
        const auto& message = at(choice, "message");
        said.text = text_at(message, "content");
        said.refusal = text_at(message, "refusal");
        said.finish = text_at(choice, "finish_reason");
        if (!is_blank(said.text)) break;
    }
    const auto& usage = at(body, "usage");
    said.input_tokens = count_at(usage, "prompt_tokens");
    said.output_tokens = count_at(usage, "completion_tokens");
    return said;
}

/// All blocks of text in a row; others (thinking) are not for the customer.
Said anthropic_message(const Json& body) {
    Said said;
    for (const auto& block : at(body, "content")) {
        if (text_at(block, "type") == "text") said.text += text_at(block, "text");
    }
    said.finish = text_at(body, "stop_reason");
    if (said.finish == "refusal") said.refusal = "the model refused";
    const auto& usage = at(body, "usage");
    said.input_tokens = count_at(usage, "input_tokens") +
                        count_at(usage, "cache_creation_input_tokens") +
                        count_at(usage, "cache_read_input_tokens");
    said.output_tokens = count_at(usage, "output_tokens");
    return said;
}

/// Too much was asked for, not too fast: waiting a moment changes nothing.
bool is_out_of_money(const std::string& name) {
    return name == "insufficient_quota" || name == "credit_balance_exhausted" ||
           name == "organization_usage_limit_exceeded" || name == "enforced_spend_limit_reached" ||
           name.ends_with("_spend_limit_exceeded");
}

bool may_pass(const std::string& provider, const net::Response& response,
              const net::ErrorBody& error) {
    const int status = response.status;
    if (status == 429 && is_out_of_money(error.name)) return false;
    // Anthropic says when to come back from a rate limit, and nothing where a spending limit
    // is reached.
    if (status == 429 && provider == "anthropic") return net::retry_after(response).has_value();
    return status == 408 || status == 409 || status == 429 || status >= 500;
}

Problem refusal_of(const std::string& provider, const net::Response& response) {
    const auto error = net::error_body(response.body);
    return {net::describe(response.status, error), may_pass(provider, response, error),
            net::retry_after(response)};
}

std::optional<Problem> objection_to(const Said& said) {
    if (!said.refusal.empty()) return Problem{"the model refused to answer", false, {}};
    if (said.finish == "content_filter") return Problem{"stopped by the content filter", false, {}};
    if (said.finish == "insufficient_system_resource") {
        return Problem{"the provider ran out of resources", true, {}};
    }
    if (!is_blank(said.text)) return std::nullopt;
    if (said.finish == "length" || said.finish == "max_tokens") {
        return Problem{"no text within the token limit; raise maxOutputTokens", false, {}};
    }
    return Problem{"an empty answer", false, {}};
}

}  // namespace

std::variant<Answer, Problem> answer_of(const Call& call, const net::Response& response) {
    if (response.status < 200 || response.status > 299) {
        return refusal_of(call.provider, response);
    }
    const auto body = Json::parse(response.body, nullptr, false);
    if (!body.is_object() || body.contains("error")) return refusal_of(call.provider, response);
    auto said = call.provider == "anthropic" ? anthropic_message(body) : chat_completion(body);
    if (auto problem = objection_to(said)) return *std::move(problem);
    auto model = text_at(body, "model");
    if (model.empty()) model = call.model;
    return Answer{call.provider,     std::move(model),   std::move(said.text),
                  said.input_tokens, said.output_tokens, 0};
}

Problem problem_of(const net::Failure& failure) { return {failure.reason, true, {}}; }

}  // namespace ai
