#pragma once

#include <optional>

#include "domain/conversation.hpp"

namespace domain::conversation {

/// Whether the machine may speak in this conversation now: the reason of the first closed gate, in
/// the order of the table in gates.cpp, or std::nullopt. Asked when a turn opens, and again in the
/// step that commits each intent to send. `said` is when the newest of what is answered was said;
/// std::nullopt where that was weighed before.
std::optional<events::Silence> closed_gate(const State& state, const Here& here,
                                           std::optional<Time> said);

/// Each gate in its order, and whether it is closed.
struct GateSaid {
    events::Silence gate;
    bool closed = false;
};
std::vector<GateSaid> gates_said(const State& state, const Here& here, std::optional<Time> said);

/// The customer wrote so long ago that the provider takes no free text; false where it isn't known.
bool window_is_closed(const State& state, Time now);

/// Kinds that nobody expects an answer to, whoever may speak.
std::optional<events::Silence> silent_kind(events::Kind kind);

}  // namespace domain::conversation
