#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "events/envelope.hpp"

namespace events {

/// What is fixed about one event type for ever.
struct Type {
    std::int16_t code;      // the stored number
    std::string_view name;  // the shown name
    std::int16_t schema;    // the version of the payload that this binary writes
    bool gating;            // whether a decision must have seen it (DESIGN 3, Expectation)
};

struct CodecError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

const Type& type_of(const Event& event);
/// Every type, by code; nullptr or empty for a code that this binary doesn't know.
const Type* type_with(std::int16_t code);
const Type* type_named(std::string_view name);
std::span<const Type> all_types();
/// The names of a type's payload fields, in order (docs/events.md is held against this).
std::vector<std::string> fields_of(const Type& type);

/// The payload as JSON; what is sealed.
std::string encode(const Event& event);
/// Throws CodecError for an unknown type, a newer schema, or a payload that doesn't fit, and says
/// which.
Event decode(std::int16_t type, std::int16_t schema, std::string_view payload);
/// What is left of an event whose key is gone.
Event blank(std::int16_t type);

/// The clear parts that a type has (docs/events.md); the shell adds the message reference.
std::optional<std::int32_t> code_of(const Event& event);
std::vector<std::int64_t> counts_of(const Event& event);
/// The name of a clear code that is one of ours, such as a silence's reason; empty for the
/// provider's numbers.
std::string_view name_of_code(const Clear& clear);
/// The wamid that an event is about; empty where it has none.
std::string_view wamid_of(const Event& event);

/// What makes two deliveries of one fact the same content, however they were wrapped: type, kind,
/// text or caption, provider time in seconds, error code. Decisions: the whole payload, but for an
/// intent to send, where the life, the address and what it answers may differ when a reply is asked
/// for again.
std::string normalised(const Event& event, Time occurred);

}  // namespace events
