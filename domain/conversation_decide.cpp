#include <algorithm>
#include <iterator>
#include <map>

#include "domain/conversation.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "domain/reply_text.hpp"
#include "events/fact_id.hpp"
#include "events/overloaded.hpp"

namespace domain::conversation {
namespace {

using namespace events;

constexpr std::string_view by_model = "ai", by_system = "system";

/// Collects the events of one decision.
class Draft {
public:
    Draft(const State& from, const Here& at) : state(from), here(at), ids_(at.ids) {}

    EventId id() { return ids_.next(); }
    void add(ConversationEvent body, std::optional<Uuid> correlation = {},
             std::optional<Uuid> causation = {}) {
        add(id(), std::move(body), correlation, causation);
    }
    void add(const EventId& id, ConversationEvent body, std::optional<Uuid> correlation = {},
             std::optional<Uuid> causation = {}) {
        events.push_back({id, std::move(body), here.now, correlation, causation, When::always});
    }

    void suppress(const TurnId& turn, std::vector<EventId> answers, Silence reason) {
        add(ReplySuppressed{turn, std::move(answers), reason}, turn);
    }
    /// The intent to send one part; the attempt's id is the event's.
    void intend(SendRequested intent) {
        intent.attempt = id();
        intent.by = here.me;
        intent.to = state.phone.empty() ? state.bsuid : state.phone;
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

bool is_machine(std::string_view author) { return author == by_model || author == by_system; }

SendRequested part_of(const Rest& rest, int part) {
    SendRequested intent{.turn = rest.turn, .part = part};
    intent.parts = static_cast<int>(rest.parts.size());
    intent.text = rest.parts[static_cast<std::size_t>(part - 1)];
    intent.author = by_model;
    if (part == 1) intent.answers = rest.asks;
    return intent;
}

/// Commits the intent of the reply's next part, or stops it where a gate has closed meanwhile.
void next_part(Draft& draft, const Rest& rest) {
    const auto part = rest.next_part;
    if (const auto reason = closed_gate(draft.state, draft.here)) {
        draft.suppress(rest.turn, part == 1 ? rest.asks : std::vector<EventId>{}, *reason);
    } else {
        draft.intend(part_of(rest, part));
    }
}

// ---- Wake -------------------------------------------------------------------------------------

void name_strangers(Draft& draft) {
    for (const auto& one : surely_persons(draft.state)) {
        PersonWrote event{.via = Via::inbox, .wamid = one.wamid, .text = one.text};
        event.raw = one.raw;
        // Its time was weighed when it came; that it is told later mustn't make it incredible.
        event.source = Source::backfill;
        // An id of this decision's own, since what intake was told in another way, and perhaps of
        // another of the person's streams, must not refuse it: it would be decided for ever.
        draft.add(fact_id(draft.state.line, Direction::out, one.wamid, "named PersonWrote"),
                  std::move(event));
        draft.events.back().occurred = one.at;
    }
}

void keep_hold(Draft& draft) {
    const auto& state = draft.state;
    if (state.person_at) {
        const auto minutes_held = draft.here.settings.hold_minutes;
        auto until = minutes_held == 0 ? never : *state.person_at + minutes(minutes_held);
        // What a person wrote long ago may be told late; it shortens no hold.
        if (state.hold_until != never) until = std::max(until, state.hold_until.value_or(until));
        draft.add(HoldStarted{until});
    } else if (state.hold_until && *state.hold_until <= draft.here.now) {
        draft.add(HoldEnded{});
    }
}

void pass_over_silent_kinds(Draft& draft) {
    std::map<Silence, std::vector<EventId>> silent;
    for (const auto& one : draft.state.open) {
        if (const auto reason = silent_kind(one.kind)) silent[*reason].push_back(one.id);
    }
    for (auto& [reason, answers] : silent) draft.suppress(draft.id(), std::move(answers), reason);
}

void try_again(Draft& draft) {
    const auto* last = next_send(draft.state);
    if (last == nullptr || !last->retry_at || *last->retry_at > draft.here.now) return;
    const auto gate =
        is_machine(last->author) ? closed_gate(draft.state, draft.here) : std::nullopt;
    if (gate) {
        draft.add(SendRejected{last->turn, last->id, "stopped before it was tried again", 0, {}},
                  last->turn, last->id);
        return;
    }
    SendRequested again{.turn = last->turn, .part = last->part, .parts = last->parts};
    again.try_number = last->try_number + 1;
    again.text = last->text;
    again.author = last->author;
    draft.intend(std::move(again));
}

std::string question_of(const State& state) {
    std::string question;
    for (const auto& line : state.said) {
        const bool asked =
            std::ranges::find(state.open, line.version, &Open::version) != state.open.end();
        if (asked) question += (question.empty() ? "" : "\n") + line.text;
    }
    return question;
}

/// The customer's burst is over: be silent, say that it can't be read, or prepare an answer.
Decision open_turn(Draft& draft) {
    const auto& state = draft.state;
    const auto turn = draft.id();
    if (const auto reason = closed_gate(state, draft.here)) {
        draft.suppress(turn, to_be_asked(state), *reason);
        return draft.events;
    }
    if (!std::ranges::all_of(state.open,
                             [](const Open& one) { return one.kind == Kind::unsupported; })) {
        return Prepare{question_of(state)};
    }
    const auto& text = draft.here.settings.unsupported_text;
    if (split_text(text).empty()) {
        draft.suppress(turn, to_be_asked(state), Silence::unsupported_kind);
    } else {
        SendRequested intent{.turn = turn};
        intent.answers = to_be_asked(state);
        intent.text = text;
        intent.author = by_system;
        draft.intend(std::move(intent));
    }
    return draft.events;
}

bool turn_is_ready(const State& state, const Here& here) {
    const auto opens = turn_opens_at(state, here.settings);
    return may_open_turn(state) && opens && *opens <= here.now;
}

Decision decide(const State& state, const Wake& command) {
    Draft draft(state, command.here);
    name_strangers(draft);
    keep_hold(draft);
    pass_over_silent_kinds(draft);
    try_again(draft);
    if (!draft.events.empty()) return draft.events;
    const bool idle = state.rest && !rest_is_stopped(state) && next_send(state) == nullptr;
    if (idle) next_part(draft, *state.rest);
    if (!turn_is_ready(state, command.here)) return draft.events;
    return open_turn(draft);
}

Decision decide(const State& state, const Prepared& command) {
    const auto& here = command.here;
    Draft draft(state, here);
    if (!turn_is_ready(state, here)) return draft.events;
    const auto turn = draft.id();
    if (const auto reason = closed_gate(state, here)) {
        draft.suppress(turn, to_be_asked(state), *reason);
        return draft.events;
    }
    ReplyRequested request{.turn = turn, .asks = to_be_asked(state)};
    request.settings_version = here.settings_version;
    request.history_upto = state.version;
    request.now = here.now;
    request.provider = here.settings.ai_provider;
    request.model = here.settings.ai_model;
    request.prompt_sha256 =
        sha256_of(prompt_about(state, request.asks, state.version, here.settings));
    draft.add(std::move(request), turn);
    return draft.events;
}

// ---- What came back ---------------------------------------------------------------------------

Decision decide(const State& state, const Generated& command) {
    Draft draft(state, command.here);
    if (!state.asked || state.asked->turn != command.turn) return draft.events;
    const auto& answer = command.answer;
    draft.add(ReplyGenerated{command.turn, answer.provider, answer.model, answer.text,
                             answer.input_tokens, answer.output_tokens, answer.took_ms},
              command.turn);
    // The new reply takes the place of one that an uncertain part has stopped.
    if (state.rest) draft.suppress(state.rest->turn, {}, Silence::superseded);
    const Rest rest{command.turn, state.asked->asks, 1, split_text(answer.text)};
    if (rest.parts.empty()) {
        draft.suppress(rest.turn, rest.asks, Silence::empty_reply);
    } else {
        next_part(draft, rest);
    }
    return draft.events;
}

Decision decide(const State& state, const NotGenerated& command) {
    Draft draft(state, command.here);
    if (!state.asked || state.asked->turn != command.turn) return draft.events;
    draft.add(GenerationFailed{command.turn, command.attempts}, command.turn);
    draft.suppress(command.turn, state.asked->asks, Silence::generation_failed);
    return draft.events;
}

/// 1, 2, 4, 8 s: a 409 of Kapso's is over in a moment (reference: kapso.md 2.2).
seconds retry_wait(const Rejected& outcome, const Attempt& attempt) {
    const auto back_off = seconds(1 << (attempt.try_number - 1));
    return std::max(back_off, outcome.retry_after.value_or(seconds(0)));
}

void accepted(Draft& draft, const Attempt& attempt, const Accepted& outcome) {
    draft.add(SendAccepted{attempt.turn, attempt.id, outcome.wamid}, attempt.turn, attempt.id);
}

/// What was to follow a part that didn't go out isn't sent either.
void give_up_later_parts(Draft& draft, const Attempt& failed) {
    for (const auto& later : draft.state.sends) {
        if (later.turn != failed.turn || later.id == failed.id) continue;
        draft.add(SendRejected{later.turn, later.id, "an earlier part failed", 0, {}}, later.turn,
                  later.id);
    }
}

void rejected(Draft& draft, const Attempt& attempt, const Rejected& outcome) {
    SendRejected event{attempt.turn, attempt.id, outcome.reason, outcome.code, {}};
    const auto wait = retry_wait(outcome, attempt);
    const bool again =
        outcome.may_retry && attempt.try_number < send_tries_limit && wait <= retry_wait_limit;
    if (again) event.retry_at = draft.here.now + wait;
    draft.add(std::move(event), attempt.turn, attempt.id);
    if (!again) give_up_later_parts(draft, attempt);
}

/// The answer came after all, when the attempt had been given up as uncertain: that is evidence.
void settle(Draft& draft, const Attempt& attempt, const SendOutcome& outcome) {
    if (std::holds_alternative<Uncertain>(outcome)) return;
    const auto* accepted_now = std::get_if<Accepted>(&outcome);
    draft.add(SendSettled{attempt.turn, attempt.id, accepted_now != nullptr,
                          accepted_now == nullptr ? "" : accepted_now->wamid, "late answer"},
              attempt.turn, attempt.id);
    if (accepted_now == nullptr) give_up_later_parts(draft, attempt);
}

/// The send's deadline, a lease and a minute: sooner, absence proves nothing (DESIGN 4, The send).
constexpr auto settling_time = send_deadline + seconds(10) + seconds(60);

Decision decide(const State& state, const SendDone& command) {
    Draft draft(state, command.here);
    const auto doubted = std::ranges::find(state.uncertain, command.attempt, &Attempt::id);
    if (doubted != state.uncertain.end()) settle(draft, *doubted, command.outcome);
    const auto attempt = std::ranges::find(state.sends, command.attempt, &Attempt::id);
    if (attempt == state.sends.end() || attempt->retry_at) return draft.events;
    std::visit(Overloaded{
                   [&](const Accepted& outcome) { accepted(draft, *attempt, outcome); },
                   [&](const Rejected& outcome) { rejected(draft, *attempt, outcome); },
                   [&](const Uncertain& outcome) {
                       draft.add(SendUncertain{attempt->turn, attempt->id, outcome.reason,
                                               command.here.now + settling_time},
                                 attempt->turn, attempt->id);
                   },
               },
               command.outcome);
    return draft.events;
}

// ---- A person answers -------------------------------------------------------------------------

/// Nobody signs as the machine, whose messages the gates may stop.
std::string signature_of(const Reply& command) {
    return is_machine(command.author) ? "person" : command.author;
}

Decision decide(const State& state, const Reply& command) {
    const auto parts = split_text(command.text);
    if (parts.empty()) return Rejection::nothing_to_say;
    if (parts.size() > reply_parts_limit) return Rejection::too_long;
    if (!state.group.empty() || (state.phone.empty() && state.bsuid.empty())) {
        return Rejection::no_address;
    }
    const bool repeated =
        std::ranges::find(state.sends, command.id, &Attempt::turn) != state.sends.end();
    if (!repeated && state.sends.size() + parts.size() > sends_limit) return Rejection::busy;
    // Every id comes from the request's own, so that the same request again appends nothing.
    auto here = command.here;
    here.ids = Ids(command.id);
    Draft draft(state, here);
    const auto turn = command.id;
    PersonWrote wrote{.via = command.via, .turn = turn, .text = command.text};
    wrote.author = signature_of(command);
    draft.add(std::move(wrote), turn);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        SendRequested intent{.turn = turn, .part = static_cast<int>(i + 1)};
        intent.parts = static_cast<int>(parts.size());
        if (i == 0)
            std::ranges::transform(state.open, std::back_inserter(intent.answers), &Open::id);
        intent.text = parts[i];
        intent.author = signature_of(command);
        draft.intend(std::move(intent));
    }
    return draft.events;
}

}  // namespace

events::Uuid Ids::next() {
    auto id = base_;
    id.bytes[15] = static_cast<std::uint8_t>(id.bytes[15] + used_++);
    return id;
}

Decision decide(const State& state, const Command& command) {
    return std::visit([&](const auto& c) { return decide(state, c); }, command);
}

}  // namespace domain::conversation
