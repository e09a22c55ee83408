#include <algorithm>
#include <iterator>
#include <map>

#include "domain/among.hpp"
#include "domain/draft.hpp"
#include "domain/evidence.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "domain/reply_text.hpp"
#include "events/fact_id.hpp"

namespace domain::conversation {
namespace {

using namespace events;

SendRequested part_of(const Rest& rest, int part) {
    SendRequested intent{.turn = rest.turn, .part = part};
    intent.parts = static_cast<int>(rest.parts.size());
    intent.text = rest.parts[static_cast<std::size_t>(part - 1)];
    intent.author = by_model;
    if (part == 1) intent.answers = rest.asks;
    return intent;
}

/// Commits the intent of the reply's next part, or stops it where a gate has closed meanwhile. Who
/// has read a beginning is told the rest, however old the question is.
void next_part(Draft& draft, const Rest& rest) {
    const auto part = rest.next_part;
    const Subject about{part == 1 ? rest.about : std::nullopt, rest.answered};
    if (const auto reason = closed_gate(draft.state, draft.here, about)) {
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
        auto until = hold_end_of_last(state, draft.here);
        // What a person wrote long ago may be told late; it shortens no hold, nor ends one without
        // an end, which a setting has shortened since.
        const bool over = until <= draft.here.now;
        if (over || state.hold_until != never) {
            until = std::max(until, state.hold_until.value_or(until));
        }
        const auto seen = said_by_then(state, person_wrote(state));
        // As long as more of them are left, nobody forgets that a person wrote.
        if (seen.size() <= silenced_limit) draft.add(HoldStarted{until});
        draft.pass_over(seen, Silence::human_holds);
    } else if (state.hold_until && *state.hold_until <= draft.here.now) {
        draft.add(HoldEnded{});
    }
}

/// What is being asked is out of date; it is asked again with what came meanwhile.
void supersede(Draft& draft) {
    if (!is_superseded(draft.state, draft.here.settings)) return;
    draft.suppress(draft.state.asked->turn, {}, Silence::superseded);
}

void pass_over_silent_kinds(Draft& draft) {
    std::map<Silence, std::vector<EventId>> silent;
    for (const auto& one : draft.state.open) {
        if (const auto reason = silent_kind(one.kind)) silent[*reason].push_back(one.id);
    }
    for (const auto& [reason, messages] : silent) draft.pass_over(messages, reason);
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

/// Closes what is open where a gate is. Returns whether there is one.
bool is_silent(Draft& draft) {
    const auto open = to_be_asked(draft.state);
    const auto reason = closed_gate(draft.state, draft.here, {said_at(draft.state, open)});
    if (reason) draft.pass_over(open, *reason);
    return reason.has_value();
}

/// The messages that a turn is about, where that can be told in one decision: the newest, and the
/// others are closed. Else empty, and the oldest are closed.
std::vector<EventId> newest(Draft& draft, Silence of_the_others) {
    const auto open = to_be_asked(draft.state);
    const auto end = open.end() - static_cast<std::ptrdiff_t>(std::min(open.size(), answers_limit));
    const std::vector<EventId> others(open.begin(), end);
    draft.pass_over(others, of_the_others);
    return others.size() > silenced_limit ? std::vector<EventId>() : std::vector(end, open.end());
}

/// The customer's burst is over: be silent, say that it can't be read, or prepare an answer.
Decision open_turn(Draft& draft) {
    const auto& state = draft.state;
    if (is_silent(draft)) return draft.events;
    if (!std::ranges::all_of(state.open,
                             [](const Open& one) { return one.kind == Kind::unsupported; })) {
        return Prepare{question_of(state)};
    }
    const auto& text = draft.here.settings.unsupported_text;
    if (split_text(text).empty()) {
        draft.pass_over(to_be_asked(state), Silence::unsupported_kind);
    } else if (auto asks = newest(draft, Silence::unsupported_kind); !asks.empty()) {
        SendRequested intent{.turn = draft.id()};
        intent.answers = std::move(asks);
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
    if (!draft.events.empty()) return draft.events;  // a hold begins with who wrote last
    keep_hold(draft);
    if (!draft.events.empty()) return draft.events;  // whether it holds is seen in the next state
    // Told when his hold had begun, or was over.
    draft.pass_over(said_by_then(state, person_wrote(state)), Silence::human_holds);
    if (!draft.events.empty()) return draft.events;
    pass_over_silent_kinds(draft);
    settle_by_evidence(draft);
    supersede(draft);
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
    // Told while it was prepared; the next Wake closes it.
    if (!said_by_then(state, person_wrote(state)).empty()) return draft.events;
    if (is_silent(draft)) return draft.events;
    auto asks = newest(draft, Silence::superseded);
    if (asks.empty()) return draft.events;
    const auto turn = draft.id();
    ReplyRequested request{.turn = turn, .asks = std::move(asks)};
    request.settings_version = here.settings_version;
    request.history_upto = state.version;
    request.now = here.now;
    request.provider = here.settings.ai_provider;
    request.model = here.settings.ai_model;
    request.prompt_sha256 =
        sha256_of(prompt_about(state, request.asks, state.version, here.settings));
    request.basis = draft.basis();
    draft.add(std::move(request), turn);
    return draft.events;
}

// ---- What came back ---------------------------------------------------------------------------

/// A person had read some of what a model was asked, and not all: that is asked again without it.
bool is_partly_read(const State& state) {
    auto then = person_wrote(state);
    for (const auto& one : unlike_ours(state)) then = std::max(then, std::optional(one.at));
    const auto read = said_by_then(state, then);
    const auto& asks = state.asked->asks;
    return std::ranges::any_of(asks, Among(read)) && !std::ranges::all_of(asks, Among(read));
}

Decision decide(const State& state, const Generated& command) {
    Draft draft(state, command.here);
    if (!state.asked || state.asked->turn != command.turn) return draft.events;
    const auto& answer = command.answer;
    draft.add(ReplyGenerated{command.turn, answer.provider, answer.model, answer.text,
                             answer.input_tokens, answer.output_tokens, answer.took_ms},
              command.turn);
    if (is_superseded(state, command.here.settings) || is_partly_read(state)) {
        draft.suppress(command.turn, {}, Silence::superseded);
        return draft.events;
    }
    // The new reply takes the place of one that an uncertain part has stopped.
    if (state.rest) draft.suppress(state.rest->turn, {}, Silence::superseded);
    const auto& asks = state.asked->asks;
    const Rest rest{command.turn, asks, 1, split_text(answer.text), said_at(state, asks)};
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

// ---- A person answers -------------------------------------------------------------------------

/// Nobody signs as the machine, whose messages the gates may stop.
std::string signature_of(const Reply& command) {
    return is_machine(command.author) ? "person" : command.author;
}

/// What a person answers. What is older is closed by the hold that the answer begins.
std::vector<EventId> newest_open(const State& state) {
    std::vector<EventId> ids;
    const auto count = std::min(state.open.size(), answers_limit);
    std::transform(state.open.end() - static_cast<std::ptrdiff_t>(count), state.open.end(),
                   std::back_inserter(ids), [](const Open& one) { return one.id; });
    return ids;
}

Decision decide(const State& state, const Reply& command) {
    const auto parts = split_text(command.text);
    if (parts.empty()) return Rejection::nothing_to_say;
    if (parts.size() > reply_parts_limit) return Rejection::too_long;
    if (!state.group.empty() || (state.phone.empty() && state.bsuid.empty())) {
        return Rejection::no_address;
    }
    if (window_is_closed(state, command.here.for_ages())) return Rejection::window_closed;
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
        if (i == 0) intent.answers = newest_open(state);
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
