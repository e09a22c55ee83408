#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kapso/json.hpp"
#include "kapso/payload.hpp"

namespace kapso {

// What one message or status object says, whoever wrapped it. `contact` is known to the wrapping.
// All throw Malformed where the object can't be understood.

Inbound inbound(const Json& message, Contact contact, events::Source source);
/// Without `via`, `mark` and `history`, which only the wrapping knows. The contact may be empty,
/// since the id alone can lead to the conversation.
Outbound outbound(const Json& message, Contact contact);
/// Meta's status object. std::nullopt for a status that no event stands for ("deleted").
std::optional<Status> status(const Json& status, Contact contact);
/// sent, delivered, read, played, failed
std::optional<Status::Kind> status_named(std::string_view name);
/// The first error's code and words; left alone where there is none.
void add_error(Status& status, const Json& errors);

/// WhatsApp's id of a message; empty where it has none.
std::string wamid_of(const Json& message);
/// The number as it was written; empty where it holds no digit, so that two persons without a
/// number are never taken for one.
std::string phone(const std::string& written);
/// The contact with a name of at most 256 bytes, since one body may hand it to many items. Throws
/// Malformed where an id or number is longer than that.
Contact bounded(Contact contact);

}  // namespace kapso
