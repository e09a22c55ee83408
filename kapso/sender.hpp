#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "domain/conversation.hpp"
#include "kapso/turnstile.hpp"
#include "net/client.hpp"

namespace kapso {

struct Outgoing {
    std::string line;  // phone_number_id that sends
    std::string to;    // phone in digits, or a BSUID ("US.1349...")
    std::string text;  // at most 4,096 characters
    std::string mark;  // our own key, echoed in statuses (biz_opaque_callback_data)
    /// Asked directly before the first byte leaves; where it says false, none does, and the outcome
    /// is Rejected. Unset where nothing has to be asked.
    std::function<bool()> may_start{};
};

/// Sends through Kapso's present API (reference/kapso.md 2), at its pace.
class Sender {
public:
    /// `base_url` up to the version segment, e.g. https://api.kapso.ai/meta/whatsapp/v24.0. Both
    /// must outlive this and what it has sent; the turnstile is destroyed first.
    Sender(net::Client& client, Turnstile& turnstile, std::string base_url, std::string api_key);
    /// Never blocks; `done` once, from any thread. A send waits for its turn for at most
    /// Pace::longest_wait, before its own deadline begins; what would have to wait longer is
    /// Rejected, to be tried again in the time that it says.
    void send(const Outgoing& message,
              std::function<void(domain::conversation::SendOutcome)> done) const;

private:
    net::Client& client_;
    Turnstile& turnstile_;
    std::string base_url_, api_key_;
};

/// The pair that a message belongs to: national spellings of one number are one person. Pure.
Pair pair_of(const Outgoing& message);
/// What a send comes to that had no turn. Pure.
domain::conversation::Rejected outcome_of(const Pace::Refusal& refusal);

/// The request that sends a text. Pure.
net::Request request_of(const Outgoing& message, std::string_view base_url,
                        const std::string& api_key);

/// What Kapso's answer to a send means: accepted is only a 2xx with the message's id, rejected only
/// what surely was not sent. Uncertain is the rest: any 5xx, a 2xx without an id, code 131000, and
/// any failure after the first byte. Pure.
domain::conversation::SendOutcome outcome_of(const net::Response& response);
domain::conversation::SendOutcome outcome_of(const net::Failure& failure);

}  // namespace kapso
