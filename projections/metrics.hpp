#pragma once

#include "projections/message.hpp"

namespace projections {

/// One UTC day. Each number is a sum over the day's messages, so that plain SQL over "Message" can
/// check it, and no order of events can change it.
struct MessageMetrics {
    Date date;
    std::int64_t total_sent = 0;  // parts that the provider took
    std::int64_t delivered = 0;
    std::int64_t failed = 0;
    std::int64_t received = 0;    // customers' messages, but for imported history
    std::int64_t suppressed = 0;  // of these, those that nobody is to answer

    Date key() const { return date; }
    bool operator==(const MessageMetrics&) const = default;
};
template <>
struct Described<MessageMetrics> {
    static constexpr std::string_view name = "MessageMetrics";
    static constexpr std::size_t keys = 1;
    static constexpr auto members = std::tuple{Member{"date", &MessageMetrics::date},
                                               Member{"totalSent", &MessageMetrics::total_sent},
                                               Member{"delivered", &MessageMetrics::delivered},
                                               Member{"failed", &MessageMetrics::failed},
                                               Member{"received", &MessageMetrics::received},
                                               Member{"suppressed", &MessageMetrics::suppressed}};
};

/// The day that a message counts for.
Date day_of(const Message& message);
/// What it adds to that day; std::nullopt for what isn't counted at all (imported history, and what
/// a person sent elsewhere).
std::optional<MessageMetrics> contribution(const Message& message);
/// Replaces what a message added before by what it adds now.
void fold_metrics(Table<MessageMetrics>& days, const Messages::Step& step);

}  // namespace projections
