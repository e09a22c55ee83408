#include "kapso/webhook_watch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "crypto/hash.hpp"
#include "kapso/history.hpp"
#include "kapso/json.hpp"
#include "net/error_body.hpp"
#include "net/target.hpp"

namespace kapso {
namespace {

constexpr std::string_view our_path = "/api/whatsapp/webhook";
constexpr std::chrono::seconds deadline{10};

net::Request request_to(std::string method, std::string url, const std::string& api_key) {
    net::Request request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = {{"X-API-Key", api_key}};
    request.deadline = deadline;
    return request;
}

std::string url_of(std::string_view kapso_base_url, const std::string& line) {
    return platform_url(kapso_base_url) + "/whatsapp/phone_numbers/" + net::segment(line) +
           "/webhooks";
}

Webhook webhook_in(const Json& entry) {
    return {text(entry, "id"), text(entry, "url"), text(entry, "secret_key"),
            at(entry, "active") != false};
}

bool has_one_of(const std::vector<std::string>& secrets, const Webhook& webhook) {
    return std::ranges::any_of(secrets, [&](const std::string& secret) {
        return crypto::equal_in_constant_time(secret, webhook.secret);
    });
}

bool has_our_path(const Webhook& webhook) {
    return webhook.url.substr(0, webhook.url.find_first_of("?#")).ends_with(our_path);
}

/// In words; empty where the call went through.
std::string objection_to(const net::Result& result) {
    if (const auto* failure = std::get_if<net::Failure>(&result)) return failure->reason;
    const auto& response = std::get<net::Response>(result);
    if (response.status >= 200 && response.status <= 299) return {};
    return net::describe(response.status, net::error_body(response.body));
}

}  // namespace

std::string platform_url(std::string_view kapso_base_url) {
    const auto host = kapso_base_url.find("://") + 3;
    return std::string(kapso_base_url.substr(0, kapso_base_url.find('/', host))) + "/platform/v1";
}

net::Request webhooks_request(std::string_view kapso_base_url, const std::string& line,
                              const std::string& api_key) {
    return request_to("GET", url_of(kapso_base_url, line), api_key);
}

net::Request mend_request(std::string_view kapso_base_url, const std::string& line,
                          const std::string& webhook, const std::string& api_key) {
    auto request =
        request_to("PATCH", url_of(kapso_base_url, line) + "/" + net::segment(webhook), api_key);
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = R"({"whatsapp_webhook":{"active":true}})";
    return request;
}

std::variant<std::vector<Webhook>, std::string> webhooks_of(const net::Result& result) {
    if (auto objection = objection_to(result); !objection.empty()) return objection;
    try {
        const auto body = parse_json(std::get<net::Response>(result).body);
        if (!at(body, "data").is_array()) return "the answer is no list of webhooks";
        std::vector<Webhook> all;
        for (const auto& entry : body["data"]) all.push_back(webhook_in(entry));
        return all;
    } catch (const Malformed& malformed) {
        return malformed.reason;
    }
}

std::vector<Webhook> ours(const std::vector<Webhook>& all,
                          const std::vector<std::string>& secrets) {
    std::vector<Webhook> by_secret, by_path;
    for (const auto& one : all) {
        if (has_one_of(secrets, one)) by_secret.push_back(one);
        if (has_our_path(one)) by_path.push_back(one);
    }
    if (!by_secret.empty()) return by_secret;
    return by_path.size() == 1 ? by_path : std::vector<Webhook>();  // of several, which one?
}

WebhookWatch::WebhookWatch(net::Client& client, Turnstile& turnstile, std::string base_url,
                           std::string api_key, std::vector<std::string> secrets)
    : client_(client),
      turnstile_(turnstile),
      base_url_(std::move(base_url)),
      api_key_(std::move(api_key)),
      secrets_(std::move(secrets)) {}

std::variant<WebhookWatch::Seen, std::string> WebhookWatch::look(
    const std::string& line, const std::stop_token& stop) const {
    const auto result =
        call_in_turn(client_, turnstile_, webhooks_request(base_url_, line, api_key_), stop);
    if (!result) return "shut down";
    const auto answer = webhooks_of(*result);
    if (const auto* why = std::get_if<std::string>(&answer)) return *why;
    auto mine = ours(std::get<std::vector<Webhook>>(answer), secrets_);
    if (mine.empty()) return Seen{State::none, {}};
    const bool delivers = std::ranges::any_of(mine, &Webhook::active);
    if (delivers) return Seen{};
    return Seen{State::paused, std::move(mine)};
}

std::string WebhookWatch::mend(const std::string& line, const Webhook& webhook,
                               const std::stop_token& stop) const {
    const auto result = call_in_turn(client_, turnstile_,
                                     mend_request(base_url_, line, webhook.id, api_key_), stop);
    return result ? objection_to(*result) : "shut down";
}

}  // namespace kapso
