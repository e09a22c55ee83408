#include "domain/gates.hpp"

#include <algorithm>
#include <array>

#include "domain/evidence.hpp"
#include "domain/next_step.hpp"

namespace domain::conversation {
namespace {

using events::Silence;

struct Gate {
    Silence reason;
    bool (*closed)(const State&, const Here&, const Subject&);
};

/// A person wrote then, and no hold has begun with it: it silences for as long as its hold would
/// last, and of what he had read whatever comes.
bool silences(Time wrote, Time until, const Here& here, const Subject& about) {
    return !about.said || *about.said <= wrote || here.now < until;
}

bool a_person_silences(const State& s, const Here& here, const Subject& about) {
    const auto speaks = [&](const Stranger& one) {
        return silences(one.at, hold_end_of_told(one.at, here), here, about);
    };
    return about.answered || (s.hold_until && here.now < *s.hold_until) ||
           (s.person_at && silences(*s.person_at, hold_end_of_last(s, here), here, about)) ||
           std::ranges::any_of(unlike_ours(s), speaks);
}

constexpr std::array gates{
    Gate{Silence::group,
         [](const State& s, const Here&, const Subject&) { return !s.group.empty(); }},
    Gate{Silence::chatbot_off, [](const State&, const Here& here,
                                  const Subject&) { return !here.settings.chatbot_enabled; }},
    Gate{Silence::ai_off,
         [](const State&, const Here& here, const Subject&) { return !here.settings.ai_enabled; }},
    Gate{Silence::key_missing,
         [](const State&, const Here& here, const Subject&) {
             return !here.can_send || !here.providers_with_key.contains(here.settings.ai_provider);
         }},
    Gate{Silence::human_holds, a_person_silences},
    Gate{Silence::window_closed,
         [](const State& s, const Here& here, const Subject&) {
             return window_is_closed(s, here.for_ages());
         }},
    Gate{Silence::stale,
         [](const State&, const Here& here, const Subject& about) {
             const std::chrono::minutes most(here.settings.max_answer_age_minutes);
             return about.said && *about.said + most < here.for_ages();
         }},
};

}  // namespace

std::vector<GateSaid> gates_said(const State& state, const Here& here, const Subject& about) {
    std::vector<GateSaid> all;
    for (const auto& gate : gates) all.push_back({gate.reason, gate.closed(state, here, about)});
    return all;
}

std::optional<Silence> closed_gate(const State& state, const Here& here, const Subject& about) {
    for (const auto& gate : gates) {
        if (gate.closed(state, here, about)) return gate.reason;
    }
    return std::nullopt;
}

bool window_is_closed(const State& state, Time now) {
    return state.wrote_at && *state.wrote_at + service_window <= now;
}

std::optional<Silence> silent_kind(events::Kind kind) {
    if (kind == events::Kind::reaction) return Silence::reaction;
    if (kind == events::Kind::system) return Silence::system;
    return std::nullopt;
}

}  // namespace domain::conversation
