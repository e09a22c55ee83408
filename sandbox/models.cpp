#include "sandbox/models.hpp"

#include <nlohmann/json.hpp>

#include "crypto/bytes.hpp"
#include "crypto/hash.hpp"

namespace sandbox {
namespace {

using http::Response;
using std::chrono::milliseconds;

/// A content that is a text or a list of blocks, as a text.
std::string text_in(const Json& content) {
    if (content.is_string()) return content.get<std::string>();
    std::string out;
    if (!content.is_array()) return out;
    for (const auto& block : content) {
        if (block.is_object() && block.contains("text") && block["text"].is_string()) {
            out += block["text"].get<std::string>();
        }
    }
    return out;
}

std::string model_of(const Json& body) {
    const auto model = body.find("model");
    return model != body.end() && model->is_string() ? model->get<std::string>() : "";
}

/// What the user said last; empty where the body is not a conversation that ends with a user.
std::string question_in(const Json& body) {
    const auto messages = body.find("messages");
    if (messages == body.end() || !messages->is_array() || messages->empty()) return {};
    const auto& last = messages->back();
    if (!last.is_object() || !last.contains("role") || last["role"] != "user") return {};
    return text_in(last.value("content", Json()));
}

int tokens_in(const std::string& text) { return static_cast<int>(text.size() / 4 + 1); }

std::string id_of(const std::string& text) {
    return crypto::hex(crypto::view(crypto::sha256(text))).substr(0, 24);
}

Response openai_error(int status, const std::string& message, const std::string& type,
                      const Json& code) {
    const Json body{
        {"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}}}};
    return http::json(body.dump(-1, ' ', false, Json::error_handler_t::replace), status);
}

Response anthropic_error(int status, const std::string& message, const std::string& type) {
    const Json body{{"type", "error"},
                    {"error", {{"type", type}, {"message", message}}},
                    {"request_id", "req_sandbox"}};
    return http::json(body.dump(), status);
}

/// What a provider answers under a fault of its own; 200 and empty for every other fault.
Response openai_fault(const std::string& fault) {
    const auto refuse = [](int status) {
        return openai_error(status, "The server had an error", "server_error", nullptr);
    };
    if (fault == "429") {
        return openai_error(429, "Rate limit reached for requests", "requests",
                            "rate_limit_exceeded");
    }
    if (fault == "529" || fault == "500") return refuse(std::stoi(fault));
    if (fault == "error_text") return refuse(200);
    return {};
}

Response anthropic_fault(const std::string& fault) {
    if (fault == "429") {
        return anthropic_error(429, "Number of requests exceeded", "rate_limit_error");
    }
    if (fault == "529") return anthropic_error(529, "Overloaded", "overloaded_error");
    if (fault == "500") return anthropic_error(500, "Internal server error", "api_error");
    if (fault == "error_text") return anthropic_error(200, "Overloaded", "overloaded_error");
    return {};
}

/// The text of an answer under a fault.
std::string text_under(const std::string& fault, const std::string& question) {
    auto text = fault == "empty" ? "" : friendly_answer(question);
    if (fault == "cut_short") text.resize(text.find_last_of(' '));
    return text;
}

/// What a network between the two makes of an answer.
Response on_its_way(Response response, const std::string& fault) {
    if (fault == "no_json") return http::text("<html><body>Please come back later</body></html>");
    if (fault == "429") response.headers.emplace_back("Retry-After", "1");
    if (fault == "truncated") response.missing = response.body.size() / 2;
    response.drips = fault == "drip";
    response.reset = fault == "reset";
    return response;
}

Response completion(const Json& body, const std::string& question, const std::string& fault) {
    const auto answer = text_under(fault, question);
    const Json choice{
        {"index", 0},
        {"message", {{"role", "assistant"}, {"content", answer}, {"refusal", nullptr}}},
        {"finish_reason", fault == "cut_short" ? "length" : "stop"}};
    const auto in = tokens_in(body.dump());
    const auto out = tokens_in(answer);
    const Json response{{"id", "chatcmpl-" + id_of(question)},
                        {"object", "chat.completion"},
                        {"created", now_seconds()},
                        {"model", model_of(body)},
                        {"choices", Json::array({choice})},
                        {"usage",
                         {{"prompt_tokens", in},
                          {"completion_tokens", out},
                          {"total_tokens", in + out},
                          {"prompt_tokens_details", {{"cached_tokens", 0}}},
                          {"completion_tokens_details", {{"reasoning_tokens", 0}}}}}};
    // DeepSeek sends empty lines while a caller waits for a busy model.
    const bool deepseek = model_of(body).starts_with("deepseek");
    return http::json((deepseek ? "\n\n" : "") + response.dump());
}

Response anthropic_message(const Json& body, const std::string& question,
                           const std::string& fault) {
    const auto answer = text_under(fault, question);
    auto content = Json::array();
    if (!answer.empty()) content.push_back({{"type", "text"}, {"text", answer}});
    const Json response{{"id", "msg_" + id_of(question)},
                        {"type", "message"},
                        {"role", "assistant"},
                        {"model", model_of(body)},
                        {"content", content},
                        {"stop_reason", fault == "cut_short" ? "max_tokens" : "end_turn"},
                        {"stop_sequence", nullptr},
                        {"usage",
                         {{"input_tokens", tokens_in(body.dump())},
                          {"output_tokens", tokens_in(answer)},
                          {"cache_creation_input_tokens", 0},
                          {"cache_read_input_tokens", 0}}}};
    return http::json(response.dump());
}

/// What OpenAI and DeepSeek would refuse; empty for what they take.
Response completion_objection(const Json& body) {
    const auto bad = "invalid_request_error";
    if (model_of(body).empty()) return openai_error(400, "you must provide a model", bad, nullptr);
    if (question_in(body).empty()) {
        return openai_error(400, "messages must end with a user's text", bad, nullptr);
    }
    if (model_of(body) == "deepseek-chat" || model_of(body) == "deepseek-reasoner") {
        return openai_error(400, "Model Not Exist", bad, bad);
    }
    if (model_of(body).starts_with("gpt-5") && body.contains("max_tokens")) {
        return openai_error(400,
                            "Unsupported parameter: 'max_tokens' is not supported with this model. "
                            "Use 'max_completion_tokens' instead.",
                            bad, "unsupported_parameter");
    }
    return {};
}

Response message_objection(const http::Request& request, const Json& body) {
    const auto bad = "invalid_request_error";
    if (request.header("anthropic-version").empty()) {
        return anthropic_error(400, "anthropic-version: header is required", bad);
    }
    if (model_of(body).empty()) return anthropic_error(400, "model: Field required", bad);
    if (!body.value("max_tokens", Json()).is_number_integer()) {
        return anthropic_error(400, "max_tokens: Field required", bad);
    }
    if (question_in(body).empty()) {
        return anthropic_error(400, "messages: the last one must be a user's text", bad);
    }
    for (const auto& message : body["messages"]) {
        if (!message.is_object() || message.value("role", Json()) == "system") {
            return anthropic_error(400, "messages: roles are user and assistant", bad);
        }
    }
    return {};
}

}  // namespace

ModelApi::ModelApi(World& world, Later& later, std::set<std::string> keys)
    : world_(world), later_(later), keys_(std::move(keys)) {}

bool ModelApi::serves(std::string_view key) const {
    return !key.empty() && (keys_.empty() || keys_.contains(std::string(key)));
}

void ModelApi::answer_later(Response response, const std::string& fault,
                            const http::Respond& respond) {
    const auto switches = world_.switches();
    const milliseconds delay(fault == "slow" ? switches.slow : switches.model_latency);
    later_.after(
        delay, [respond, response = on_its_way(std::move(response), fault)] { respond(response); });
}

void ModelApi::complete(const http::Request& request, const http::Respond& respond) {
    constexpr std::string_view bearer = "Bearer ";
    const auto given = request.header("authorization");
    if (!given.starts_with(bearer) || !serves(given.substr(bearer.size()))) {
        return respond(openai_error(401, "Incorrect API key provided", "invalid_request_error",
                                    "invalid_api_key"));
    }
    const auto body = read_json(request.body);
    if (auto no = completion_objection(body); no.status != 200) return respond(std::move(no));
    const auto fault = world_.take_model_fault();
    auto response = openai_fault(fault);
    if (response.body.empty()) response = completion(body, question_in(body), fault);
    answer_later(std::move(response), fault, respond);
}

void ModelApi::message(const http::Request& request, const http::Respond& respond) {
    if (!serves(request.header("x-api-key"))) {
        return respond(anthropic_error(401, "invalid x-api-key", "authentication_error"));
    }
    const auto body = read_json(request.body);
    if (auto no = message_objection(request, body); no.status != 200) return respond(std::move(no));
    const auto fault = world_.take_model_fault();
    auto response = anthropic_fault(fault);
    if (response.body.empty()) response = anthropic_message(body, question_in(body), fault);
    answer_later(std::move(response), fault, respond);
}

}  // namespace sandbox
