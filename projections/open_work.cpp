#include "projections/open_work.hpp"

#include <algorithm>
#include <sstream>

#include "domain/conversation.hpp"
#include "domain/credible_retry.hpp"
#include "events/overloaded.hpp"
#include "projections/clear.hpp"

namespace projections {
namespace {

using namespace events;
using domain::conversation::known_limit;

// A conversation keeps fewer than this; beyond it the oldest is the one that it has forgotten too.
constexpr std::size_t sends_limit = 4 * known_limit;

/// Of a send that nothing but a person or late evidence settles: the last day that a table can
/// hold.
constexpr Time left_to_a_person =
    std::chrono::sys_days(std::chrono::year(9999) / std::chrono::December / 31);

/// Of a send whose own key was seen, whatever a decision says that didn't know it.
constexpr Time at_once{};

template <class T>
void remember(std::vector<T>& list, T item, std::size_t limit) {
    if (list.size() == limit) list.erase(list.begin());
    list.push_back(std::move(item));
}

/// Follows domain/conversation_evolve rule by rule, with references in place of message ids.
struct Apply {
    OpenWork& row;
    const Recorded& recorded;

    void operator()(const MessageReceived&) const {
        if (static_cast<Source>(count_at(recorded, 0)) == Source::history) return;
        if (row.messages++ == 0) row.messages_at = recorded.recorded;
    }
    void operator()(const PersonWrote& e) const {
        const auto reference = reference_of(recorded);
        if (reference && std::ranges::find(row.known, *reference) != row.known.end()) return;
        learn();
        if (e.source != Source::history) row.person_at = recorded.recorded;
    }
    void operator()(const HoldStarted& e) const {
        row.person_at.reset();
        row.hold_until = e.until;
        if (recorded.redacted) row.hold_until = recorded.recorded;
        if (e.until == Time::max()) row.hold_until.reset();
        // What a person has answered isn't tried again: that is said at once.
        for (auto& one : row.sends) {
            if (one.at < left_to_a_person) one.at = std::min(one.at, recorded.recorded);
        }
    }
    void operator()(const HoldEnded&) const { row.hold_until.reset(); }

    void operator()(const ReplyGenerated&) const { rest_of(turn_of(recorded)); }
    void operator()(const GenerationFailed&) const { end_rest(); }
    void operator()(const ReplySuppressed&) const {
        close(count_at(recorded, 0));
        end_rest();
    }

    void operator()(const SendRequested&) const {
        const auto turn = turn_of(recorded);
        const auto part = count_at(recorded, 0);
        close(count_at(recorded, 3));
        if (row.rest == turn && part >= count_at(recorded, 1)) end_rest();
        OpenSend send{recorded.clear.id, turn, part, recorded.recorded};
        for (auto& one : row.sends) {
            if (one.turn != turn || one.part != part) continue;
            if (one.at == at_once) send.at = at_once;
            send.doubted = std::move(one.doubted);
        }
        std::erase_if(row.sends,
                      [&](const OpenSend& one) { return one.turn == turn && one.part == part; });
        remember(row.sends, std::move(send), sends_limit);
    }
    void operator()(const SendAccepted&) const {
        learn();
        drop();
    }
    void operator()(const SendRejected& e) const {
        const bool again = count_at(recorded, 0) != 0;
        if (again) return wait_until(retry_of(e));
        drop();
        end_rest();
    }
    /// It is looked up at once, and again and again until it has to be settled.
    void operator()(const SendUncertain& e) const {
        wait_until(e.settle_by >= left_to_a_person ? e.settle_by : recorded.recorded);
    }
    void operator()(const SendSettled& e) const {
        const auto outcome = count_at(recorded, 0);
        if (outcome == 2) {
            remember_try();
            return wait_until(retry_of(e));
        }
        drop();
        if (outcome == 1) return learn();
        end_rest();
    }

    void operator()(const MessageSent&) const {
        const auto reference = reference_of(recorded);
        if (recorded.clear.causation) return echoed();
        if (!reference || count_at(recorded, 0) == 0) return;
        if (std::ranges::find(row.known, *reference) != row.known.end()) return;
        remember(row.strangers, *reference, known_limit);
        if (!row.strangers_at) row.strangers_at = recorded.recorded;
    }
    void operator()(const MessageDelivered&) const { echoed(); }
    void operator()(const MessageRead&) const { echoed(); }
    void operator()(const MessagePlayed&) const { echoed(); }
    void operator()(const MessageFailed&) const { echoed(); }
    void operator()(const auto&) const {}

private:
    void learn() const {
        const auto reference = reference_of(recorded);
        if (!reference) return;
        std::erase(row.strangers, *reference);
        if (row.strangers.empty()) row.strangers_at.reset();
        if (std::ranges::find(row.known, *reference) != row.known.end()) return;
        remember(row.known, *reference, known_limit);
    }
    /// Evidence, which settles even what was left to a person.
    void echoed() const {
        if (!recorded.clear.causation) return;
        learn();
        for (auto& one : row.sends) {
            const bool doubted =
                std::ranges::find(one.doubted, *recorded.clear.causation) != one.doubted.end();
            if (doubted || one.attempt == recorded.clear.causation) one.at = at_once;
        }
    }
    /// A try that may be out all the same, though it is tried again.
    void remember_try() const {
        for (auto& one : row.sends) {
            if (one.attempt != recorded.clear.causation) continue;
            remember(one.doubted, one.attempt, domain::conversation::doubted_limit);
        }
    }
    void close(std::int64_t answers) const {
        row.messages = std::max<std::int64_t>(0, row.messages - answers);
        if (row.messages == 0) row.messages_at.reset();
    }
    void drop() const {
        std::erase_if(row.sends,
                      [&](const OpenSend& one) { return one.attempt == recorded.clear.causation; });
        if (row.rest) row.rest_at = recorded.recorded;
    }
    /// Of an erased event the time is gone, so that the attempt is looked at at once.
    std::optional<Time> retry_of(const auto& e) const {
        if (!e.retry_at) return std::nullopt;
        return domain::credible_retry(recorded, *e.retry_at);
    }
    void wait_until(std::optional<Time> time) const {
        for (auto& one : row.sends) {
            if (one.attempt != recorded.clear.causation || one.at == at_once) continue;
            one.at = recorded.redacted ? recorded.recorded : time.value_or(recorded.recorded);
            one.at = std::min(one.at, left_to_a_person);
        }
    }
    void rest_of(const TurnId& turn) const {
        row.rest = turn;
        row.rest_at = recorded.recorded;
    }
    void end_rest() const {
        if (row.rest != recorded.clear.correlation) return;
        row.rest.reset();
        row.rest_at.reset();
    }
};

std::optional<Time> soonest(const OpenWork& row) {
    std::optional<Time> soonest;
    const auto at = [&](std::optional<Time> time) {
        if (time && (!soonest || *time < *soonest)) soonest = time;
    };
    at(row.messages_at);
    for (const auto& send : row.sends) {
        if (send.at < left_to_a_person) at(send.at);
    }
    at(row.rest_at);
    at(row.strangers_at);
    at(row.person_at);
    at(row.hold_until);
    return soonest;
}

}  // namespace

OpenWork folded(OpenWork row, const Recorded& recorded) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    if (event == nullptr) return row;
    std::visit(Apply{row, recorded}, *event);
    row.wake_at = soonest(row);
    if (!row.wake_at) {
        row.since.reset();
    } else if (!row.since) {
        row.since = recorded.recorded;
    }
    return row;
}

void fold_open_work(Table<OpenWork>& work, const Recorded& recorded) {
    if (!std::holds_alternative<ConversationEvent>(recorded.body)) return;
    const auto* known = work.find(recorded.stream);
    OpenWork before;
    before.stream = recorded.stream;
    if (known != nullptr) before = *known;
    auto after = folded(before, recorded);
    if (after != before) work.put(std::move(after));
}

std::string put(const std::vector<OpenSend>& sends) {
    std::string text;
    for (const auto& one : sends) {
        text += (text.empty() ? "" : " ") + put(one.attempt);
        for (const auto& earlier : one.doubted) text += "," + put(earlier);
        text += " " + put(one.turn) + " " + put(one.part) + " " + put(one.at);
    }
    return text;
}

void get(const std::string& text, std::vector<OpenSend>& to) {
    std::istringstream in(text);
    for (std::string attempts, turn, part, at; in >> attempts >> turn >> part >> at;) {
        OpenSend& send = to.emplace_back();
        std::istringstream ids(attempts);
        std::string id;
        std::getline(ids, id, ',');
        get(id, send.attempt);
        while (std::getline(ids, id, ',')) get(id, send.doubted.emplace_back());
        get(turn, send.turn);
        get(part, send.part);
        get(at, send.at);
    }
}

}  // namespace projections
