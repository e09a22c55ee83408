#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "domain/conversation.hpp"
#include "net/client.hpp"

namespace kapso {

struct Outgoing {
    std::string line;  // phone_number_id that sends
    std::string to;    // phone in digits, or a BSUID ("US.1349...")
    std::string text;  // at most 4,096 characters
    std::string mark;  // our own key, echoed in statuses (biz_opaque_callback_data)
};

/// Sends through Kapso's present API (reference/kapso.md 2).
class Sender {
public:
    /// `base_url` up to the version segment, e.g. https://api.kapso.ai/meta/whatsapp/v24.0.
    Sender(net::Client& client, std::string base_url, std::string api_key);
    /// Never blocks; `done` once, on the client's thread.
    void send(const Outgoing& message,
              std::function<void(domain::conversation::SendOutcome)> done) const;

private:
    net::Client& client_;
    std::string base_url_, api_key_;
};

/// The request that sends a text. Pure.
net::Request request_of(const Outgoing& message, std::string_view base_url,
                        const std::string& api_key);

/// What Kapso's answer to a send means: accepted is only a 2xx with the message's id, rejected only
/// what surely was not sent. Uncertain is the rest: any 5xx, a 2xx without an id, code 131000, and
/// any failure after the first byte. Pure.
domain::conversation::SendOutcome outcome_of(const net::Response& response);
domain::conversation::SendOutcome outcome_of(const net::Failure& failure);

}  // namespace kapso
