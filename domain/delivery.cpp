#include "domain/delivery.hpp"

#include <algorithm>
#include <tuple>

#include "events/overloaded.hpp"

namespace domain {
namespace {

using namespace events;
using MaybeTime = std::optional<Time>;

MaybeTime earliest(const MaybeTime& a, const MaybeTime& b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

/// The failure that is shown: the earliest; the rest of the order only makes it a total one.
bool failed_before(const Progress& a, const Progress& b) {
    if (!a.failed_at || !b.failed_at) return a.failed_at.has_value();
    return std::tie(*a.failed_at, a.error_code, a.error_text) <
           std::tie(*b.failed_at, b.error_code, b.error_text);
}

bool first_count(const Recorded& recorded) {
    return !recorded.clear.counts.empty() && recorded.clear.counts.front() != 0;
}

Progress failure(const Recorded& recorded, const std::string& reason) {
    Progress progress;
    progress.status = Delivery::failed;
    progress.failed_at = credible_time(recorded);
    progress.error_code = recorded.clear.code;
    if (!reason.empty()) progress.error_text = reason;
    return progress;
}

struct Report {
    const Recorded& recorded;
    using Said = std::optional<Progress>;

    Said operator()(const SendAccepted&) const { return status(Delivery::accepted, nullptr); }
    Said operator()(const SendRejected& e) const {
        const bool again = first_count(recorded);
        return again ? Said() : failure(recorded, e.reason);
    }
    Said operator()(const SendUncertain&) const {
        Progress progress;
        progress.status = Delivery::unknown;
        return progress;
    }
    Said operator()(const SendSettled& e) const {
        const auto outcome = recorded.clear.counts.empty() ? 0 : recorded.clear.counts.front();
        if (outcome == 2) return std::nullopt;  // tried again
        if (outcome == 1) return status(Delivery::accepted, nullptr);
        return failure(recorded, e.evidence);
    }
    Said operator()(const MessageSent&) const { return status(Delivery::sent, &Progress::sent_at); }
    Said operator()(const MessageDelivered&) const {
        return status(Delivery::delivered, &Progress::delivered_at);
    }
    Said operator()(const MessageRead&) const { return status(Delivery::read, &Progress::read_at); }
    Said operator()(const MessagePlayed&) const {
        return status(Delivery::played, &Progress::played_at);
    }
    /// The provider had taken it before it failed.
    Said operator()(const MessageFailed& e) const {
        auto progress = failure(recorded, e.reason);
        progress.accepted_at = credible_time(recorded);
        return progress;
    }
    Said operator()(const auto&) const { return std::nullopt; }

private:
    Progress status(Delivery reached, MaybeTime Progress::*when) const {
        Progress progress;
        progress.status = reached;
        progress.accepted_at = credible_time(recorded);
        if (when != nullptr) progress.*when = credible_time(recorded);
        return progress;
    }
};

}  // namespace

Progress merged(const Progress& a, const Progress& b) {
    auto both = failed_before(b, a) ? b : a;
    both.status = std::max(a.status, b.status);
    for (const auto when : {&Progress::accepted_at, &Progress::sent_at, &Progress::delivered_at,
                            &Progress::read_at, &Progress::played_at, &Progress::failed_at}) {
        both.*when = earliest(a.*when, b.*when);
    }
    return both;
}

std::optional<Progress> progress_of(const Recorded& recorded) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    if (event == nullptr) return std::nullopt;
    return std::visit(Report{recorded}, *event);
}

}  // namespace domain
