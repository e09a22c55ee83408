#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/conversation_events.hpp"

namespace kapso {

/// The headers that say what a body is; empty where absent.
struct Headers {
    std::string event;            // X-Webhook-Event
    std::string idempotency_key;  // X-Idempotency-Key
    std::string batch;            // X-Webhook-Batch
};

/// Who a message is from or to, as the provider wrote it; empty where unknown.
struct Contact {
    std::string line;  // phone_number_id
    std::string phone, bsuid, group, name;
    bool operator==(const Contact&) const = default;
};

struct Inbound {  // a customer wrote
    Contact contact;
    events::MessageReceived message;
    std::optional<events::Time> at;  // the provider's time
};
/// The business wrote, and the message was sent; stands in the place of its `sent` status.
struct Outbound {
    Contact contact;
    std::optional<events::Via> via;  // set where it surely was a person
    std::string wamid, text, raw, mark;
    std::optional<std::string> typed;  // as in events::MessageReceived
    bool history = false;
    std::optional<events::Time> at;
};
struct Status {
    enum class Kind { sent, delivered, read, played, failed };
    Contact contact;
    Kind kind = Kind::sent;
    std::string wamid, mark;  // mark: biz_opaque_callback_data
    int code = 0;
    std::string reason;
    std::optional<events::Time> at;
};
struct Ignored {  // documented, but nothing that a conversation needs; counted by name
    std::string name;
};
struct Unclear {  // signed, but not understood; kept as a delivery
    std::string reason;
    std::string raw;  // this entry alone
};
using Item = std::variant<Inbound, Outbound, Status, Ignored, Unclear>;

/// Everything that one webhook body says, in its order. Never throws: a body that is no JSON, too
/// deep (32) or not understood is one Unclear; entries are judged one by one.
std::vector<Item> read_payload(std::string_view body, const Headers& headers);

}  // namespace kapso
