#pragma once

#include <map>
#include <string>
#include <variant>

#include "events/conversation_events.hpp"

namespace events {

/// A setting's value as people write it.
using SettingValue = std::variant<bool, std::int64_t, std::string>;

/// On the settings stream: the fields that one save changed. The stream's version is the settings
/// version that decisions refer to.
struct SettingsChanged {
    std::map<std::string, SettingValue> changed;
    std::string by;
    bool operator==(const SettingsChanged&) const = default;
};

/// On the deliveries stream: a request that could not be understood or routed is kept outside the
/// log, sealed, for 30 days.
struct DeliveryKept {
    Uuid delivery;
    std::string sha256;
    std::string reason;
    bool operator==(const DeliveryKept&) const = default;
};

enum class Act { retry, skip };

/// On the operators' stream: a person lets a consumer go on with a stream that it has parked, from
/// the event at `position` on, or without that event.
struct OperatorActed {
    Act act = Act::retry;
    std::string consumer;  // a projection's name, or conversations
    StreamId stream{};
    std::int64_t position = 0;
    std::string by{};
    std::string why{};
    bool operator==(const OperatorActed&) const = default;
};

using SystemEvent = std::variant<SettingsChanged, DeliveryKept, OperatorActed>;
using Event = std::variant<ConversationEvent, SystemEvent>;

/// Calls f with the struct itself, whichever group it is of.
template <class F>
void visit_event(const Event& event, F f) {
    std::visit([&](const auto& group) { std::visit(f, group); }, event);
}

}  // namespace events
