#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/hash.hpp"
#include "events/event.hpp"

namespace events {

/// Whether an offered event is taken: ConversationOpened and AliasLearned come with every fact.
enum class When : std::uint8_t { always, stream_is_new, alias_is_new };

struct NewEvent {
    EventId id;
    Event body;
    Time occurred;
    std::optional<Uuid> correlation;  // the turn
    std::optional<Uuid> causation;    // the attempt, or the event that led to this one
    When when = When::always;
};

/// The clear part of an envelope that is digested: what stays readable after an erasure.
struct Clear {
    EventId id;
    std::int16_t type = 0;
    std::int16_t schema = 1;
    Time occurred;
    std::optional<Uuid> correlation;
    std::optional<Uuid> causation;
    std::optional<std::int32_t> code;  // the provider's error code
    std::vector<std::int64_t> counts;  // per type, docs/events.md
    std::optional<Uuid> key;           // which key sealed the rest
    crypto::ShortMac print{};          // keyed fingerprint of the normalised content
};

/// An event as it stands in the log.
struct Recorded {
    std::int64_t position = 0;
    StreamId stream;
    std::int32_t version = 0;
    std::int32_t gate = 0;  // version of the stream's last gating event, this one included
    Time recorded;
    Clear clear;
    Event body;
    bool redacted = false;  // its key is gone: `body` holds only what the clear part tells
    std::string
        defect{};  // why it can't be read: tampered with, or of a newer Hilo; no `body` then
};

/// When it happened, for rules and people: the provider's time, or the time of recording where that
/// can't be true (30 days old, or 10 minutes ahead; DESIGN 4, Time of the outside). What comes from
/// a backfill or the history may be older, though not from before 1970.
Time credible_time(const Recorded& recorded);

/// What of the clear part a digest covers, as bytes; an absent view is the null one.
struct Digested {
    std::string_view id;
    std::int16_t type = 0, schema = 1;
    std::int64_t occurred = 0;  // microseconds
    std::string_view correlation, causation;
    std::optional<std::int32_t> code;
    std::string_view counts;  // packed
    std::string_view key, print;
};
/// SHA-256 over the clear part and the ciphertext's hash; docs/events.md has the layout and
/// vectors.
crypto::Digest digest_of(const Digested& clear, std::string_view sealed);
crypto::Digest digest_of(const Clear& clear, std::string_view sealed);

/// What one event adds to the seal of its batch.
struct Sealed {
    StreamId stream;
    std::int32_t version = 0;
    crypto::Digest digest;
};
/// SHA-256(previous, first position, count, recorded, then stream, version and digest of each).
crypto::Digest seal_of(std::string_view previous, std::int64_t first, Time recorded,
                       const std::vector<Sealed>& batch);
/// The same bytes, one after the other; `recorded` in microseconds.
void begin_seal(crypto::Writer& out, std::string_view previous, std::int64_t first,
                std::int32_t count, std::int64_t recorded);
void add_to_seal(crypto::Writer& out, std::string_view stream, std::int32_t version,
                 std::string_view digest);
/// The seal before the first batch: one zero byte.
inline constexpr std::string_view genesis_seal{"\0", 1};

/// `counts` as it is stored and digested: eight big-endian bytes each.
crypto::Bytes pack(const std::vector<std::int64_t>& counts);
std::vector<std::int64_t> unpack_counts(std::string_view bytes);

}  // namespace events
