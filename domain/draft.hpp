#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/conversation.hpp"

/// What the decisions of one conversation share; included by them alone.
namespace domain::conversation {

/// Collects the events of one decision.
class Draft {
public:
    Draft(const State& from, const Here& at) : state(from), here(at), ids_(at.ids) {}

    EventId id() { return ids_.next(); }
    void add(events::ConversationEvent body, std::optional<events::Uuid> correlation = {},
             std::optional<events::Uuid> causation = {}) {
        add(id(), std::move(body), correlation, causation);
    }
    void add(const EventId& id, events::ConversationEvent body,
             std::optional<events::Uuid> correlation = {},
             std::optional<events::Uuid> causation = {}) {
        events.push_back(
            {id, std::move(body), here.now, correlation, causation, events::When::always});
    }

    events::Basis basis() const {
        return {state.version,
                here.settings_version,
                {here.providers_with_key.begin(), here.providers_with_key.end()},
                here.can_send,
                here.wall < here.now ? std::optional(here.wall) : std::nullopt,
                rules};
    }
    void suppress(const TurnId& turn, std::vector<EventId> answers, events::Silence reason) {
        add(events::ReplySuppressed{turn, std::move(answers), reason, basis()}, turn);
    }
    /// Nobody answers these messages. Only the first `silenced_limit` of them are closed; the next
    /// Wake goes on with the others.
    void pass_over(const std::vector<EventId>& messages, events::Silence reason) {
        if (messages.empty()) return;
        const auto turn = id();
        const auto end = std::min(messages.size(), silenced_limit);
        for (std::size_t begin = 0; begin < end; begin += silence_limit) {
            const auto some =
                std::span(messages).subspan(begin, std::min(silence_limit, end - begin));
            suppress(turn, {some.begin(), some.end()}, reason);
        }
    }
    /// The intent to send one part; the attempt's id is the event's.
    void intend(events::SendRequested intent) {
        intent.attempt = id();
        intent.by = here.me;
        intent.to = state.phone.empty() ? state.bsuid : state.phone;
        intent.basis = basis();
        const auto attempt = intent.attempt;
        const auto turn = intent.turn;
        add(attempt, std::move(intent), turn);
    }

    const State& state;
    const Here& here;
    Events events;

private:
    Ids ids_;
};

// ---- conversation_sends.cpp: what became of sends -----------------------------------------------

/// Tries the next send again where its time has come, unless a gate has closed meanwhile; what
/// isn't tried again for another reason is over at once.
void try_again(Draft& draft);
/// Settles what uncertain attempts are known to have become; what several messages may be is left
/// to a person.
void settle_by_evidence(Draft& draft);

Decision decide(const State& state, const SendDone& command);
Decision decide(const State& state, const LookedUp& command);
Decision decide(const State& state, const Judge& command);

}  // namespace domain::conversation
