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

/// The turn of one send: called once, at most, it sends that message now; `done` comes once, from
/// any thread. Dropped, it is given back. What had no turn in time is called all the same, and
/// Rejected.
using Turn = std::function<void(const Outgoing&,
                                std::function<void(domain::conversation::SendOutcome)> done)>;

/// Sends through Kapso's present API (reference/kapso.md 2), at its pace.
class Sender {
public:
    /// `base_url` up to the version segment, e.g. https://api.kapso.ai/meta/whatsapp/v24.0. Both
    /// must outlive this and what it has sent; the turnstile is destroyed first.
    Sender(net::Client& client, Turnstile& turnstile, std::string base_url, std::string api_key);
    /// The turn of a send of so many bytes from `line` to `to`. Never blocks; `have` once, from any
    /// thread, after at most Pace::longest_wait; what would have to wait longer is given a turn
    /// that says when to try again.
    void turn(const std::string& line, const std::string& to, std::size_t bytes,
              std::function<void(Turn)> have) const;

private:
    void send(const Outgoing& message, const Turnstile::Pass& pass,
              std::function<void(domain::conversation::SendOutcome)> done) const;

    net::Client& client_;
    Turnstile& turnstile_;
    std::string base_url_, api_key_;
};

/// Who sends to whom: national spellings of one number are one person. Pure.
Pair pair_of(const std::string& line, const std::string& to);
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
