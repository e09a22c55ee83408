#pragma once

#include <optional>

#include "domain/conversation.hpp"

namespace domain::conversation {

/// What the machine would speak about.
struct Subject {
    /// When the newest of what is answered was said; std::nullopt where that was weighed before.
    std::optional<Time> said;
    bool answered = false;  // by a person
};
/// Whether the machine may speak in this conversation now: the reason of the first closed gate, in
/// the order of the table in gates.cpp, or std::nullopt. Asked when a turn opens, and again in the
/// step that commits each intent to send.
std::optional<events::Silence> closed_gate(const State& state, const Here& here,
                                           const Subject& about);

/// Each gate in its order, and whether it is closed.
struct GateSaid {
    events::Silence gate;
    bool closed = false;
};
std::vector<GateSaid> gates_said(const State& state, const Here& here, const Subject& about);

/// The customer wrote so long ago that the provider takes no free text; false where it isn't known.
bool window_is_closed(const State& state, Time now);

/// Kinds that nobody expects an answer to, whoever may speak.
std::optional<events::Silence> silent_kind(events::Kind kind);

}  // namespace domain::conversation
