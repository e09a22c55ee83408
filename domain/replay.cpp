#include "domain/replay.hpp"

#include <algorithm>
#include <utility>

#include "domain/pass_over.hpp"
#include "events/codec.hpp"
#include "events/fact_id.hpp"
#include "events/overloaded.hpp"

namespace domain::conversation {
namespace {

using namespace events;

/// Statuses in a row, beyond which what a decision saw of them isn't kept apart.
constexpr std::size_t statuses_limit = 4'096;

template <class E>
const E* body_of(const Recorded& recorded) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    return event == nullptr ? nullptr : std::get_if<E>(event);
}

/// Named by the rules, and not told by intake.
bool is_named(const Recorded& recorded, const State& state) {
    const auto* wrote = body_of<PersonWrote>(recorded);
    return wrote != nullptr && !wrote->turn &&
           recorded.clear.id ==
               fact_id(state.line, Direction::out, wrote->wamid, "named PersonWrote");
}

bool is_decided(const Recorded& recorded, const State& state) {
    if (const auto* wrote = body_of<PersonWrote>(recorded)) {
        return wrote->turn || is_named(recorded, state);
    }
    return body_of<HoldStarted>(recorded) || body_of<HoldEnded>(recorded) ||
           body_of<ReplyRequested>(recorded) || body_of<ReplyGenerated>(recorded) ||
           body_of<GenerationFailed>(recorded) || body_of<ReplySuppressed>(recorded) ||
           body_of<SendRequested>(recorded) || body_of<SendAccepted>(recorded) ||
           body_of<SendRejected>(recorded) || body_of<SendUncertain>(recorded) ||
           body_of<SendSettled>(recorded);
}

/// All ids of one decision come from one.
bool same_decision(const Uuid& a, const Uuid& b) {
    return std::equal(a.bytes.begin(), a.bytes.end() - 1, b.bytes.begin());
}

const Basis* basis_of(const std::vector<Recorded>& step) {
    const Basis* basis = nullptr;
    for (const auto& one : step) {
        visit_event(one.body, [&](const auto& e) {
            if constexpr (requires { e.basis; }) {
                if (e.basis) basis = &*e.basis;
            }
        });
    }
    return basis;
}

/// The first event whose id the decision made.
const Recorded& first_of(const std::vector<Recorded>& step, const State& state) {
    const auto own =
        std::ranges::find_if(step, [&](const Recorded& one) { return !is_named(one, state); });
    return own == step.end() ? step.front() : *own;
}

/// The first id of a decision is the first event's, or the turn's that this opens.
Ids ids_of(const Recorded& first) {
    if (!first.clear.correlation) return Ids(first.clear.id);
    Ids from_turn(*first.clear.correlation);
    from_turn.next();
    const bool opens = from_turn.next() == first.clear.id;
    return Ids(opens ? *first.clear.correlation : first.clear.id);
}

Here here_of(const std::vector<Recorded>& step, const State& state, const Basis& basis,
             const SettingsAt& settings) {
    const auto& first = first_of(step, state);
    Here here;
    here.now = first.clear.occurred;
    if (basis.wall) here.wall = *basis.wall;
    here.settings = settings(basis.settings_version);
    here.settings_version = basis.settings_version;
    here.providers_with_key = {basis.providers.begin(), basis.providers.end()};
    here.can_send = basis.can_send;
    here.ids = ids_of(first);
    for (const auto& one : step) {
        if (const auto* send = body_of<SendRequested>(one)) here.me = send->by;
    }
    return here;
}

/// What the step was about, as its events tell it.
Command command_of(const std::vector<Recorded>& step, const Here& here) {
    Command command = Wake{here};
    for (const auto& one : step) {
        const auto* event = std::get_if<ConversationEvent>(&one.body);
        if (event == nullptr) continue;
        std::visit(Overloaded{
                       [&](const PersonWrote& e) {
                           if (e.turn) command = Reply{here, *e.turn, e.via, e.text, e.author};
                       },
                       [&](const ReplyRequested&) { command = Prepared{here}; },
                       [&](const ReplyGenerated& e) {
                           command = Generated{here,
                                               e.turn,
                                               {e.provider, e.model, e.text, e.input_tokens,
                                                e.output_tokens, e.took_ms}};
                       },
                       [&](const GenerationFailed& e) {
                           command = NotGenerated{here, e.turn, e.attempts};
                       },
                       [](const auto&) {},
                   },
                   *event);
    }
    return command;
}

Events decided_by(const State& state, const Command& command) {
    const auto decision = decide(state, command);
    if (const auto* events = std::get_if<Events>(&decision)) return *events;
    if (!std::holds_alternative<Prepare>(decision)) return {};
    const auto& here = std::get<Wake>(command).here;
    return decided_by(state, Prepared{here});
}

/// Where a reader finds the rule that says what stands in a field.
std::string rule_of(const Event& event, const std::string& field) {
    std::string rule = "turn";
    visit_event(event, Overloaded{
                           [&](const ReplyRequested&) {
                               if (field == "prompt_sha256") rule = "prompt";
                               if (field == "provider" || field == "model") rule = "settings";
                           },
                           [&](const ReplySuppressed&) {
                               if (field == "reason" || field == "type") rule = "gates";
                           },
                           [&](const SendRequested&) {
                               if (field == "text" || field == "parts") rule = "reply_text";
                               if (field == "to") rule = "identity";
                               if (field == "type") rule = "gates";
                           },
                           [&](const HoldStarted&) { rule = "hold"; },
                           [&](const HoldEnded&) { rule = "hold"; },
                           [](const auto&) {},
                       });
    return rule;
}

/// That the rules are others now is told beside it.
void forget_rules(Event& event, const Basis& basis) {
    auto* of_conversation = std::get_if<ConversationEvent>(&event);
    if (of_conversation == nullptr) return;
    std::visit(
        [&](auto& e) {
            if constexpr (requires { e.basis; }) {
                if (e.basis) e.basis->rules = basis.rules;
            }
        },
        *of_conversation);
}

std::string name_of(const Event& event) { return std::string(type_of(event).name); }

std::vector<Replayed::Difference> compare(const std::vector<Recorded>& logged, Events again,
                                          const Basis& basis) {
    std::vector<Replayed::Difference> all;
    const auto count = std::max(logged.size(), again.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (i >= again.size()) {
            all.push_back({rule_of(logged[i].body, "type"), "type", name_of(logged[i].body), ""});
            continue;
        }
        forget_rules(again[i].body, basis);
        if (i >= logged.size()) {
            all.push_back({rule_of(again[i].body, "type"), "type", "", name_of(again[i].body)});
            continue;
        }
        for (const auto& one : differences(logged[i].body, again[i].body)) {
            all.push_back({rule_of(logged[i].body, one.field), one.field, one.a, one.b});
        }
        if (!all.empty()) continue;
        const auto& clear = logged[i].clear;
        const auto& now = again[i];
        if (clear.id != now.id) all.push_back({"ids", "id", clear.id.text(), now.id.text()});
        if (clear.occurred != now.occurred) {
            all.push_back({"time", "occurred", iso8601(clear.occurred), iso8601(now.occurred)});
        }
        if (clear.correlation != now.correlation || clear.causation != now.causation) {
            all.push_back({"turn", "correlation", "", ""});
        }
    }
    return all;
}

bool is_of_a_reply(const Recorded& one) {
    return body_of<ReplyRequested>(one) || body_of<ReplyGenerated>(one) ||
           body_of<GenerationFailed>(one) || body_of<ReplySuppressed>(one) ||
           body_of<SendRequested>(one);
}

}  // namespace

void Replay::take(const Recorded& recorded, bool skipped) {
    erased_ = erased_ || recorded.redacted;
    if (!step_.empty() && !goes_on_with(recorded)) end();
    if (!skipped && is_decided(recorded, state_)) {
        step_.push_back(recorded);
    } else {
        apply(recorded, skipped);
    }
}

bool Replay::goes_on_with(const Recorded& recorded) const {
    const auto& last = step_.back();
    if (!is_decided(recorded, state_) || recorded.recorded != last.recorded) return false;
    // Those that it names come first.
    if (is_named(last, state_)) return true;
    return !is_named(recorded, state_) && same_decision(recorded.clear.id, last.clear.id);
}

void Replay::apply(const Recorded& recorded, bool skipped) {
    const bool is_status = recorded.gate != recorded.version;
    if (is_status && !skipped && statuses_.size() < statuses_limit) {
        statuses_.push_back(recorded);
        return;
    }
    // A copy for each event of a long conversation would be hours.
    if (!statuses_.empty()) state_ = seen(INT32_MAX);
    statuses_.clear();
    state_ = skipped ? pass_over(std::move(state_), recorded) : evolve(std::move(state_), recorded);
}

State Replay::seen(std::int32_t version) const {
    auto state = state_;
    for (const auto& status : statuses_) {
        if (status.version <= version) state = evolve(std::move(state), status);
    }
    return state;
}

void Replay::end() {
    auto step = std::exchange(step_, {});
    // What the decision saw already is another one's.
    if (const auto* basis = basis_of(step)) {
        const auto seen_by_it = [&](const Recorded& one) { return one.version <= basis->seen; };
        const auto first = std::ranges::find_if_not(step, seen_by_it);
        const std::vector<Recorded> rest(first, step.end());
        for (auto one = step.begin(); one != first; ++one) apply(*one, false);
        step = rest;
    }
    if (std::ranges::any_of(step, is_of_a_reply)) tell_(replayed(step));
    for (const auto& one : step) apply(one, false);
}

Replayed Replay::replayed(const std::vector<Recorded>& step) const {
    Replayed out;
    out.decided = step;
    const auto* basis = basis_of(step);
    const bool erased = std::ranges::any_of(step, &Recorded::redacted);
    if (erased) out.not_known = "it was erased";
    if (!erased && basis == nullptr) out.not_known = "what it knew wasn't kept";
    out.before = seen(basis == nullptr ? INT32_MAX : basis->seen);
    if (!out.not_known.empty()) return out;
    const auto here = here_of(step, out.before, *basis, settings_);
    out.command = command_of(step, here);
    out.again = decided_by(out.before, out.command);
    out.differences = compare(step, out.again, *basis);
    // A silence doesn't tell whether it was found by who woke, and first sees to what else is due,
    // or by who came with a request for a model.
    if (!out.differences.empty() && std::holds_alternative<Wake>(out.command)) {
        const Prepared prepared{here};
        auto again = decided_by(out.before, prepared);
        if (compare(step, again, *basis).empty()) {
            out.command = prepared;
            out.again = std::move(again);
            out.differences.clear();
        }
    }
    if (erased_ && !out.differences.empty()) {
        out.not_known = "some of what it knew was erased";
        out.differences.clear();
    }
    return out;
}

}  // namespace domain::conversation
