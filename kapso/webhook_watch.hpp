#pragma once

#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "kapso/turnstile.hpp"

namespace kapso {

/// One of a line's webhooks, as Kapso's platform API lists it (reference/kapso.md 1.1).
struct Webhook {
    std::string id, url, secret;  // secret: empty where Kapso doesn't show it
    bool active = true;
};

/// Where the platform API is, from the address of the messages' API: the same host. Pure.
std::string platform_url(std::string_view kapso_base_url);
net::Request webhooks_request(std::string_view kapso_base_url, const std::string& line,
                              const std::string& api_key);
/// Switches a webhook on again.
net::Request mend_request(std::string_view kapso_base_url, const std::string& line,
                          const std::string& webhook, const std::string& api_key);
/// The list in an answer, or why there is none, in words.
std::variant<std::vector<Webhook>, std::string> webhooks_of(const net::Result& result);
/// Those that deliver to Hilo: with one of its secrets, else with the path of its route.
std::vector<Webhook> ours(const std::vector<Webhook>& all, const std::vector<std::string>& secrets);

/// Looks whether Kapso still delivers a line's messages here: it pauses a webhook that fails too
/// often (reference/kapso.md 1.9), and then nothing comes, and nothing says so.
class WebhookWatch {
public:
    /// As for a Sender; `secrets` are those of KAPSO_WEBHOOK_SECRET.
    WebhookWatch(net::Client& client, Turnstile& turnstile, std::string base_url,
                 std::string api_key, std::vector<std::string> secrets);

    enum class State { delivers, paused, none };
    struct Seen {
        State state = State::delivers;
        std::vector<Webhook> paused;
    };
    /// Blocks as History::read does; in words why it can't be told.
    std::variant<Seen, std::string> look(const std::string& line,
                                         const std::stop_token& stop) const;
    /// Switches one on again; empty where that worked, else why not.
    std::string mend(const std::string& line, const Webhook& webhook,
                     const std::stop_token& stop) const;

private:
    net::Client& client_;
    Turnstile& turnstile_;
    std::string base_url_, api_key_;
    std::vector<std::string> secrets_;
};

}  // namespace kapso
