#include "sandbox/send_faults.hpp"

#include <map>
#include <nlohmann/json.hpp>

namespace sandbox {
namespace {

using Json = nlohmann::json;
using http::Response;

const std::map<std::string, SendFault> behaviours{
    {"none", {.sends = true}},
    {"500_sent", {.sends = true}},
    {"504_sent", {.sends = true}},
    {"slow", {.sends = true, .slow = true}},
    {"reset_before", {.resets = true}},
    {"reset_after", {.sends = true, .resets = true}},
    {"failed_later", {.sends = true, .fails = true}},
};

Response out_of_credit() {
    const Json body{{"error", "Your Kapso balance doesn't cover Meta's fee for this message."},
                    {"code", "insufficient_credits"},
                    {"billing_url", "https://app.kapso.ai/projects/sandbox/billing"}};
    return http::json(body.dump(), 402);
}

Response rate_limited() { return rate_limit_exceeded(100, 1); }

Response wrong_key() { return kapso_error(401, "Invalid or missing API key"); }
Response window_closed() {
    return meta_error(422, 131047, "Cannot send non-template messages outside the 24-hour window.",
                      "MessageError");
}
Response in_flight() {
    return kapso_error(
        409, "Another message is already in-flight for this conversation. Please retry shortly.");
}
Response throughput() { return meta_error(400, 130429, "(#130429) Rate limit hit"); }
Response pair_rate() {
    return meta_error(400, 131056, "(#131056) Too many messages to this person in a short time");
}
Response internal() { return meta_error(500, 131000, "Something went wrong", "OAuthException"); }
Response bad_gateway() { return http::text("Bad Gateway", 502); }
Response timed_out() { return kapso_error(504, "Kapso proxy timeout"); }

const std::map<std::string, Response (*)()> answers{
    {"401", wrong_key},    {"402", out_of_credit}, {"409", in_flight},
    {"429", rate_limited}, {"130429", throughput}, {"131047", window_closed},
    {"131056", pair_rate}, {"500", internal},      {"500_sent", internal},
    {"502", bad_gateway},  {"504", timed_out},     {"504_sent", timed_out},
};

}  // namespace

SendFault send_fault(const std::string& name) {
    const auto found = behaviours.find(name);
    return found == behaviours.end() ? SendFault{} : found->second;
}

http::Response fault_answer(const std::string& name) {
    const auto found = answers.find(name);
    return found == answers.end() ? http::Response{} : found->second();
}

http::Response rate_limit_exceeded(int limit, int seconds) {
    const Json body{{"error", "Rate limit exceeded"},
                    {"message", "You have exceeded the rate limit. Please try again later."}};
    auto response = http::json(body.dump(), 429);
    response.headers = {{"Retry-After", std::to_string(seconds)},
                        {"X-RateLimit-Limit", std::to_string(limit)},
                        {"X-RateLimit-Remaining", "0"}};
    return response;
}

http::Response meta_error(int status, int code, const std::string& message,
                          const std::string& type) {
    const Json body{
        {"error",
         {{"message", message}, {"type", type}, {"code", code}, {"fbtrace_id", "Asandbox"}}}};
    return http::json(body.dump(-1, ' ', false, Json::error_handler_t::replace), status);
}

http::Response kapso_error(int status, const std::string& message) {
    return http::json(Json{{"error", message}}.dump(), status);
}

}  // namespace sandbox
