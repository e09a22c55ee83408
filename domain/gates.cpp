#include "domain/gates.hpp"

#include <array>

#include "domain/next_step.hpp"

namespace domain::conversation {
namespace {

using events::Silence;

struct Gate {
    Silence reason;
    bool (*closed)(const State&, const Here&);
};

constexpr std::array gates{
    Gate{Silence::group, [](const State& s, const Here&) { return !s.group.empty(); }},
    Gate{Silence::chatbot_off,
         [](const State&, const Here& here) { return !here.settings.chatbot_enabled; }},
    Gate{Silence::ai_off, [](const State&, const Here& here) { return !here.settings.ai_enabled; }},
    Gate{Silence::key_missing,
         [](const State&, const Here& here) {
             return !here.can_send || !here.providers_with_key.contains(here.settings.ai_provider);
         }},
    Gate{Silence::human_holds,
         [](const State& s, const Here& here) {
             return s.person_at || !surely_persons(s).empty() ||
                    (s.hold_until && here.now < *s.hold_until);
         }},
};

}  // namespace

std::optional<Silence> closed_gate(const State& state, const Here& here) {
    for (const auto& gate : gates) {
        if (gate.closed(state, here)) return gate.reason;
    }
    return std::nullopt;
}

std::optional<Silence> silent_kind(events::Kind kind) {
    if (kind == events::Kind::reaction) return Silence::reaction;
    if (kind == events::Kind::system) return Silence::system;
    return std::nullopt;
}

}  // namespace domain::conversation
