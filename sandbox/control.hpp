#pragma once

#include <string>

#include "http/message.hpp"
#include "sandbox/webhooks.hpp"
#include "sandbox/world.hpp"

namespace sandbox {

/// What a test, or the page, does to the sandbox.
class Control {
public:
    Control(World& world, Webhooks& webhooks) : world_(world), webhooks_(webhooks) {}

    /// POST {"from","text","name"?,"kind"?,"at"?}: a customer writes; answers {"wamid":...}.
    http::Response customer(const http::Request& request);
    /// POST {"from"}: the customer opens the chat and reads it; answers {"read":n}.
    http::Response read(const http::Request& request);
    /// GET ?since=: what has changed after that version.
    http::Response messages(const http::Request& request) const;
    /// GET {"inbound","outbound"}: per customer's message, how many answers it got; per recipient,
    /// text and mark (biz_opaque_callback_data), how often that was sent.
    http::Response counts() const;
    /// GET: the switches, what each may be, and what each does.
    http::Response switches() const;
    /// PUT an object of switches.
    http::Response change(const http::Request& request);

private:
    World& world_;
    Webhooks& webhooks_;
};

}  // namespace sandbox
