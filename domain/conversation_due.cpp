#include <algorithm>
#include <functional>

#include "domain/among.hpp"
#include "domain/conversation.hpp"
#include "domain/evidence.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "events/overloaded.hpp"

namespace domain::conversation {
namespace {

Time hold_end(Time wrote, const Here& here) {
    const std::chrono::minutes held(here.settings.hold_minutes);
    return held.count() == 0 ? never : wrote + held;
}

}  // namespace

Time hold_end_of_told(Time wrote, const Here& here) {
    const auto end = hold_end(wrote, here);
    return end == never ? never : end + (here.now - here.for_ages());
}

Time hold_end_of_last(const State& state, const Here& here) {
    const auto end = hold_end(*state.person_at, here);
    return state.person_told ? std::max(end, hold_end_of_told(*state.person_told, here)) : end;
}

const Attempt* next_send(const State& state) {
    const auto stopped = [&](const Attempt& one) {
        return std::ranges::find(state.uncertain, one.turn, &Attempt::turn) !=
               state.uncertain.end();
    };
    const auto next = std::ranges::find_if_not(state.sends, stopped);
    return next == state.sends.end() ? nullptr : &*next;
}

const Attempt* moot_retry(const State& state) {
    const auto* next = next_send(state);
    if (next == nullptr || !next->retry_at) return nullptr;
    return next->answered || echo_of(state, *next) != nullptr ? next : nullptr;
}

bool awaits_outcome(const State& state) {
    const auto* next = next_send(state);
    return next != nullptr && !next->retry_at;
}

bool rest_is_stopped(const State& state) {
    return state.rest && std::ranges::find(state.uncertain, state.rest->turn, &Attempt::turn) !=
                             state.uncertain.end();
}

bool may_open_turn(const State& state) {
    return !state.asked && (!state.rest || rest_is_stopped(state)) && next_send(state) == nullptr;
}

std::vector<Stranger> surely_persons(const State& state) {
    return awaits_outcome(state) ? std::vector<Stranger>{} : unlike_ours(state);
}

std::optional<Time> person_wrote(const State& state) {
    return std::max(state.person_at, state.person_told);
}

std::vector<EventId> said_by_then(const State& state, std::optional<Time> then) {
    std::vector<EventId> ids;
    if (!then) return ids;
    for (const auto& one : state.open) {
        if (!silent_kind(one.kind) && one.said <= *then) ids.push_back(one.id);
    }
    return ids;
}

std::vector<EventId> to_be_asked(const State& state) {
    std::vector<EventId> ids;
    for (const auto& one : state.open) {
        if (!silent_kind(one.kind)) ids.push_back(one.id);
    }
    return ids;
}

std::optional<Time> said_at(const State& state, const std::vector<EventId>& messages) {
    std::optional<Time> newest;
    const Among meant(messages);
    for (const auto& one : state.open) {
        if (meant(one.id) && (!newest || *newest < one.said)) newest = one.said;
    }
    return newest;
}

bool is_superseded(const State& state, const Settings& settings) {
    if (!state.asked || settings.new_input != "supersede") return false;
    return state.superseded < supersede_limit &&
           !std::ranges::all_of(to_be_asked(state), Among(state.asked->asks));
}

std::optional<Time> turn_opens_at(const State& state, const Settings& settings) {
    std::optional<Time> first, last;
    for (const auto& one : state.open) {
        if (silent_kind(one.kind)) continue;
        if (!first) first = one.at;
        last = one.at;
    }
    if (!first) return std::nullopt;
    return std::min(
        *last + seconds(settings.debounce_seconds),
        *first + seconds(std::max(settings.debounce_seconds, settings.debounce_max_seconds)));
}

std::vector<Effect> due(const State& state, const LifeId& me) {
    std::vector<Effect> effects;
    if (const auto& a = state.asked) {
        effects.push_back(
            Ask{a->turn, a->settings_version, a->history_upto, a->provider, a->model});
    }
    for (const auto& one : state.uncertain) {
        if (one.settle_by != never) {
            // It went out after what the customer had written, by the provider's own clock.
            const auto since = std::min(one.at, one.heard.value_or(one.at)) - clock_error;
            effects.push_back(
                LookUp{one.id, state.line, one.to, one.settle_by - settling_time, since});
        }
    }
    if (!awaits_outcome(state)) return effects;
    const auto& send = *next_send(state);
    if (send.by == me) {
        effects.push_back(Send{send.id, state.line, send.to, send.text});
    } else {
        effects.push_back(Settle{send.id, send.by});
    }
    return effects;
}

std::optional<Time> wake_at(const State& state, const Settings& settings) {
    std::optional<Time> soonest;
    const auto at = [&](std::optional<Time> time) {
        if (time && (!soonest || *time < *soonest)) soonest = time;
    };
    constexpr Time at_once{};
    if (!surely_persons(state).empty()) at(at_once);
    if (state.person_at) at(at_once);
    if (!said_by_then(state, person_wrote(state)).empty()) at(at_once);
    if (state.hold_until != never) at(state.hold_until);
    if (moot_retry(state) != nullptr) at(at_once);
    if (!evidence_in(state).empty() || !ambiguous_in(state).empty()) at(at_once);
    if (is_superseded(state, settings)) at(at_once);
    if (std::ranges::any_of(state.open, [](const Open& one) { return !!silent_kind(one.kind); })) {
        at(at_once);
    }
    if (const auto* send = next_send(state)) at(send->retry_at);
    if (state.rest && !rest_is_stopped(state) && next_send(state) == nullptr) at(at_once);
    if (may_open_turn(state)) at(turn_opens_at(state, settings));
    return soonest;
}

std::string key_of(const Effect& effect) {
    return std::visit(
        events::Overloaded{[](const Ask& e) { return "ask/" + e.turn.text(); },
                           [](const Send& e) { return "send/" + e.attempt.text(); },
                           [](const Settle& e) { return "settle/" + e.attempt.text(); },
                           [](const LookUp& e) { return "look up/" + e.attempt.text(); }},
        effect);
}

Prompt prompt_about(const State& state, const std::vector<EventId>& asks, int upto,
                    const Settings& settings) {
    const auto is_asked = [&, meant = Among(asks)](const Line& line) {
        const auto open = std::ranges::find(state.open, line.version, &Open::version);
        return open != state.open.end() && meant(open->id);
    };
    auto said = state.said;
    const auto asked = std::stable_partition(said.begin(), said.end(), std::not_fn(is_asked));
    return prompt_of(said, upto, settings, static_cast<std::size_t>(said.end() - asked));
}

Prompt prompt_for(const State& state, const Ask& ask, const Settings& settings) {
    const bool current = state.asked && state.asked->turn == ask.turn;
    return prompt_about(state, current ? state.asked->asks : std::vector<EventId>{},
                        ask.history_upto, settings);
}

}  // namespace domain::conversation
