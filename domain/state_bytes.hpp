#pragma once

#include <optional>

#include "crypto/bytes.hpp"
#include "domain/conversation.hpp"

namespace domain::conversation {

/// Grows where the bytes of a state come to mean something else, or `evolve` makes another state of
/// the same events: what was kept of the older ones is of no use then. A test that pins both fails
/// until it does.
inline constexpr std::int32_t state_format = 1;

/// A state as bytes, to be kept beside its stream.
crypto::Bytes to_bytes(const State& state);
/// std::nullopt for anything but the bytes of a state of this format.
std::optional<State> state_from(std::string_view bytes);

}  // namespace domain::conversation
