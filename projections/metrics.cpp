#include "projections/metrics.hpp"

#include "projections/clear.hpp"

namespace projections {
namespace {

void add(Table<MessageMetrics>& days, const MessageMetrics& amount, std::int64_t sign) {
    const auto* known = days.find(amount.date);
    auto day = known == nullptr ? MessageMetrics{amount.date} : *known;
    day.total_sent += sign * amount.total_sent;
    day.delivered += sign * amount.delivered;
    day.failed += sign * amount.failed;
    day.received += sign * amount.received;
    day.suppressed += sign * amount.suppressed;
    days.put(day);
}

}  // namespace

Date day_of(const Message& message) {
    return std::chrono::floor<std::chrono::days>(message.created_at);
}

std::optional<MessageMetrics> contribution(const Message& message) {
    using domain::Delivery;
    MessageMetrics amount{day_of(message)};
    if (message.sender == Sender::client) {
        if (message.source == events::Source::history) return std::nullopt;
        amount.received = 1;
        amount.suppressed = message.suppressed ? 1 : 0;
    } else {
        if (!message.part) return std::nullopt;
        amount.total_sent = message.accepted_at ? 1 : 0;
        amount.delivered = message.status >= Delivery::delivered ? 1 : 0;
        amount.failed = message.status == Delivery::failed ? 1 : 0;
    }
    return amount;
}

void fold_metrics(Table<MessageMetrics>& days, const Messages::Step& step) {
    const auto before = step.before ? contribution(*step.before) : std::nullopt;
    const auto after = contribution(step.after);
    if (before == after) return;
    if (before) add(days, *before, -1);
    if (after) add(days, *after, +1);
}

}  // namespace projections
