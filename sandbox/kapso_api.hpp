#pragma once

#include <optional>
#include <string>

#include "http/message.hpp"
#include "sandbox/json.hpp"
#include "sandbox/later.hpp"
#include "sandbox/webhooks.hpp"
#include "sandbox/world.hpp"

namespace sandbox {

/// Kapso's API for messages, with the faults that the switches name.
class KapsoApi {
public:
    struct Account {
        std::string api_key, line, phone;
    };
    KapsoApi(World& world, Later& later, Webhooks& webhooks, Account account);

    /// POST .../{line}/messages: sends, or marks as read.
    void send(const http::Request& request, const http::Respond& respond);
    /// GET .../{line}/messages: the newest first.
    void list(const http::Request& request, const http::Respond& respond) const;

private:
    std::optional<http::Response> objection(const http::Request& request) const;
    http::Response mark_read(const Json& body);
    void accept(const Message& message, const http::Respond& respond);
    void settle(const Message& draft, const std::string& fault, const http::Respond& respond);
    bool is_window_open(const std::string& peer) const;

    World& world_;
    Later& later_;
    Webhooks& webhooks_;
    const Account account_;
};

}  // namespace sandbox
