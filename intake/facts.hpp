#pragma once

#include <string>
#include <variant>
#include <vector>

#include "events/keys.hpp"
#include "events/log.hpp"
#include "kapso/payload.hpp"

namespace intake {

/// What deciding where an item belongs may look up.
struct Context {
    const events::Keys& keys;
    events::Log& log;             // for message references; may block
    std::string default_line;     // KAPSO_PHONE_NUMBER_ID
    std::string idempotency_key;  // of the request
    std::string body_sha256;      // hexadecimal
    events::Source source = events::Source::webhook;
};

/// An item that can't be appended, and why; it becomes a delivery.
struct Unplaced {
    std::string reason;
    std::string raw;
};

/// The append for one item of a body (`index` counts them), or why there is none. Facts expect
/// nothing; their ids are derived, so that every delivery of one fact is the same append.
std::variant<events::Append, Unplaced> fact_of(const kapso::Inbound& item, const Context& context,
                                               std::size_t index);
std::variant<events::Append, Unplaced> fact_of(const kapso::Outbound& item, const Context& context);
std::variant<events::Append, Unplaced> fact_of(const kapso::Status& item, const Context& context);

}  // namespace intake
