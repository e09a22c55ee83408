#include <map>
#include <nlohmann/json.hpp>

#include "sandbox/json.hpp"
#include "sandbox/switches.hpp"

namespace sandbox {
namespace {

const std::map<std::string, std::string> sentences{
    {"shape", "The shape of webhooks: v2, batch (v2, buffered), v1, meta (forwarded)."},
    {"status_order", "in_order; reversed; early: before the send's answer."},
    {"statuses", "Whether sent, delivered and failed are reported at all."},
    {"auto_read", "The customer reads every message at once."},
    {"echo_key", "biz_opaque_callback_data comes back in statuses."},
    {"duplicates", "Further copies of each webhook."},
    {"status_delay", "Milliseconds between a send's answer and each of its statuses."},
    {"batch_window", "Milliseconds that a batch waits for more."},
    {"retry_scale", "Webhooks are repeated after 10, 40 and 90 s times this."},
    {"pauses",
     "A webhook of which 85 % of at least 40 attempts in 15 minutes, and at least 10, "
     "failed is switched off, until a PATCH of the platform API."},
    {"send_fault", "What happens to sends."},
    {"send_fault=401", "The key is refused; nothing is sent."},
    {"send_fault=402", "The balance is used up; nothing is sent."},
    {"send_fault=409", "Another send to this person is said to be in flight; nothing is sent."},
    {"send_fault=429", "The minute's calls are used up, Retry-After 1 s; nothing is sent."},
    {"send_fault=130429", "HTTP 400: too many messages of this number; nothing is sent."},
    {"send_fault=131047", "HTTP 422: over 24 hours since the customer wrote; nothing is sent."},
    {"send_fault=131056", "HTTP 400: too many messages to this person; nothing is sent."},
    {"send_fault=500", "Meta's error 131000; nothing is sent."},
    {"send_fault=500_sent", "The same, and it is sent."},
    {"send_fault=502", "A proxy's text; nothing is sent."},
    {"send_fault=504", "Kapso's proxy gives up; nothing is sent."},
    {"send_fault=504_sent", "The same, and it is sent."},
    {"send_fault=slow", "It is sent, and the answer comes after `slow` milliseconds."},
    {"send_fault=reset_before", "The connection breaks; nothing is sent."},
    {"send_fault=reset_after", "The connection breaks; it is sent."},
    {"send_fault=failed_later", "It is accepted, and fails with `fail_code` instead of arriving."},
    {"send_fault_times", "The fault ends after so many sends; 0: it stays."},
    {"send_latency", "Milliseconds of a send; a second one to the person meanwhile gets 409."},
    {"fail_code", "Meta's code for failed_later."},
    {"minute_limit",
     "Calls with the key in a fixed minute, told in X-RateLimit headers; then 429. "
     "0: no limit, and no headers."},
    {"strangers",
     "The 24-hour window is open to who never wrote to this sandbox, which may have been "
     "another one's customer."},
    {"pair_limit", "Beyond 45 messages at once to a person, and 1 in 6 s: 131056 as HTTP 400."},
    {"list_fault", "What happens to lists of messages."},
    {"list_fault=401", "The key is refused."},
    {"list_fault=429", "The minute's calls are used up, Retry-After 1 s."},
    {"list_fault=500", "An error."},
    {"list_fault=502", "A proxy's text."},
    {"list_fault=empty", "A list without a message."},
    {"list_fault=no_list", "200 with JSON that is no list."},
    {"list_fault=slow", "The answer comes after `slow` milliseconds."},
    {"list_fault=reset", "The connection breaks."},
    {"list_fault_times", "The fault ends after so many lists; 0: it stays."},
    {"model_fault", "What happens to questions."},
    {"model_fault=429", "The rate limit is reached, Retry-After 1 s."},
    {"model_fault=529", "The model is overloaded."},
    {"model_fault=500", "An error."},
    {"model_fault=error_text", "200 with an error in the place of an answer."},
    {"model_fault=empty", "200 with an answer of no text."},
    {"model_fault=no_json", "200 with a proxy's page."},
    {"model_fault=cut_short", "The answer's end is missing: the token limit was reached."},
    {"model_fault=truncated", "The connection breaks in the middle of the answer."},
    {"model_fault=drip", "The answer comes a byte every tenth of a second."},
    {"model_fault=slow", "The answer comes after `slow` milliseconds."},
    {"model_fault=reset", "The connection breaks before the answer."},
    {"model_fault_times", "The fault ends after so many questions; 0: it stays."},
    {"model_latency", "Milliseconds of an answer."},
    {"slow", "Milliseconds that the faults named slow wait."},
};

}  // namespace

std::string about() { return Json(sentences).dump(); }

}  // namespace sandbox
