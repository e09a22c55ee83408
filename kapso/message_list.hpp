#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kapso/payload.hpp"

namespace kapso {

/// One page of the provider's list of messages.
struct MessageList {
    std::vector<Item> items;  // in the page's order; customers' messages have the source backfill
    std::string after;        // the next page's cursor; empty on the last page
    bool cut_off = false;     // it isn't the last page, and no cursor leads on
    std::optional<events::Time> at{};  // when it was told, by the provider's clock
};

/// Reads the answer to `GET /{line}/messages`: the same values as from webhooks, so that a message
/// is one fact whichever way it came. `line` is what was asked for; entries may not repeat it.
/// Never throws; a body that is no list is one Unclear.
MessageList read_message_list(std::string_view body, const std::string& line);

}  // namespace kapso
