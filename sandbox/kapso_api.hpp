#pragma once

#include <optional>
#include <string>
#include <variant>

#include "http/message.hpp"
#include "sandbox/json.hpp"
#include "sandbox/later.hpp"
#include "sandbox/rate_limit.hpp"
#include "sandbox/webhooks.hpp"
#include "sandbox/world.hpp"

namespace sandbox {

/// Kapso's API for messages and webhooks, with the faults that the switches name.
class KapsoApi {
public:
    struct Account {
        std::string api_key, line, phone;
    };
    KapsoApi(World& world, Later& later, Webhooks& webhooks, Account account);

    /// POST .../{line}/messages: sends, or marks as read.
    void send(const http::Request& request, const http::Respond& respond);
    /// GET .../{line}/messages: the newest first.
    void list(const http::Request& request, const http::Respond& respond);
    /// GET /platform/v1/whatsapp/phone_numbers/{line}/webhooks
    void list_webhooks(const http::Request& request, const http::Respond& respond);
    /// PATCH .../webhooks/{webhook} {"whatsapp_webhook":{"active":...}}
    void change_webhook(const http::Request& request, const http::Respond& respond);

private:
    std::optional<http::Response> objection(const http::Request& request) const;
    /// Counts the call against the minute. The answer where it is refused already; else `respond`
    /// with the headers that tell what is left.
    std::variant<http::Response, http::Respond> admit(const http::Request& request,
                                                      const http::Respond& respond);
    http::Response page(const http::Request& request) const;
    bool answer_with_fault(const http::Respond& respond);
    http::Response mark_read(const Json& body);
    void accept(const Message& message, const http::Respond& respond);
    void settle(const Message& draft, const std::string& fault, const http::Respond& respond);
    bool is_window_open(const std::string& peer) const;

    World& world_;
    Later& later_;
    Webhooks& webhooks_;
    const Account account_;
    RateLimit rate_limit_;
};

}  // namespace sandbox
