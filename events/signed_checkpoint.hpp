#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/signing.hpp"
#include "events/time.hpp"

namespace events {

/// Where the log ends: its last seal, which covers every event up to `position`.
struct SealedHead {
    std::int64_t position = 0;  // 0: an empty log, under genesis_seal
    Time recorded{};
    crypto::Bytes seal;
    bool operator==(const SealedHead&) const = default;
};

/// What is kept outside the database, so that nobody who can write there can take back what the log
/// held: the log's end, signed (docs/audit.md has the layout and a vector).
struct SignedCheckpoint {
    SealedHead head;
    Time signed_at{};
    crypto::PublicKey key{};
    crypto::Signature signature{};
    bool operator==(const SignedCheckpoint&) const = default;
};

SignedCheckpoint sign(const SealedHead& head, Time now, const crypto::SigningSeed& seed);
/// Whether whoever has the seed of `checkpoint.key` signed it as it is. Whose key that is, is for
/// the caller to know.
bool is_signed(const SignedCheckpoint& checkpoint);

/// One line of JSON without a line break, as `parse_checkpoint` takes it.
std::string line_of(const SignedCheckpoint& checkpoint);
/// The checkpoint, or why the line is none. Its signature is not looked at.
std::variant<SignedCheckpoint, std::string> parse_checkpoint(std::string_view line);

}  // namespace events
