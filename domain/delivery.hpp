#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "events/envelope.hpp"
#include "events/names.hpp"

namespace domain {

/// How far one part of a reply has come, from least to most: what is shown is the highest rung that
/// its latest attempt reached, so that a late or repeated report never takes it back. UNKNOWN
/// stands where it does because any evidence outweighs it. PENDING is for sends with a set time.
enum class Delivery { pending, sending, unknown, accepted, sent, failed, delivered, read, played };

/// What is known of one attempt to send: the highest rung, and when each was first reached.
struct Progress {
    std::optional<Delivery> status;           // nothing is below every rung
    std::optional<events::Time> accepted_at;  // the provider has it, as its answer or a status says
    std::optional<events::Time> sent_at;
    std::optional<events::Time> delivered_at;
    std::optional<events::Time> read_at;
    std::optional<events::Time> played_at;
    std::optional<events::Time> failed_at;
    std::optional<std::int64_t> error_code;
    std::optional<std::string> error_text;
    bool operator==(const Progress&) const = default;
};

/// Both reports together. Commutative, associative and idempotent: their order doesn't matter.
Progress merged(const Progress& a, const Progress& b);

/// What one event says about the attempt that it names; std::nullopt where it says nothing. Takes
/// the clear part, so that an erased event says the same (but for the error's text).
std::optional<Progress> progress_of(const events::Recorded& recorded);

}  // namespace domain

template <>
struct events::Names<domain::Delivery> {
    static constexpr std::array<std::string_view, 9> all{"PENDING",   "SENDING", "UNKNOWN",
                                                         "ACCEPTED",  "SENT",    "FAILED",
                                                         "DELIVERED", "READ",    "PLAYED"};
};
