#pragma once

#include "crypto/cipher.hpp"
#include "events/envelope.hpp"

namespace events {

/// The body of an event under its stream's key, bound to the event's id and type: it can't be put
/// into the place of another one's.
crypto::Bytes seal_body(const crypto::Key& key, const Clear& clear, std::string_view plain);
/// std::nullopt where it is not as it was sealed, or for another event.
std::optional<crypto::Bytes> open_body(const crypto::Key& key, const Clear& clear,
                                       std::string_view sealed);

}  // namespace events
