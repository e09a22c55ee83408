#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/json.hpp"
#include "sandbox/world.hpp"

/// The bodies of Kapso's webhooks and of its message list.
namespace sandbox::bodies {

/// What every body tells of the business's side.
struct Line {
    std::string id;     // phone_number_id
    std::string phone;  // in digits
    bool echo_key = true;
};
/// A message with how many its conversation has.
struct Entry {
    Message message;
    std::size_t count = 1;
};

/// A customer's message, or a status of the business's: what its last tick says.
Json v2(const Entry& entry, const Line& line);
Json v1(const Entry& entry, const Line& line);
/// Meta's own envelope, as a webhook of the kind "meta" forwards it.
Json meta(const Entry& entry, const Line& line);
/// Customers' messages of one conversation.
Json batch(const std::vector<Entry>& entries, const Line& line, int window_ms);
/// One entry of GET /messages.
Json listed(const Message& message, const Line& line);

/// The object of a customer's message of this kind, e.g. {"body":"Hi"}; null for an unknown kind.
Json object_of(const std::string& kind, const std::string& text);
/// How a person would read the object of a message of this kind.
std::string text_of(const std::string& kind, const Json& object);

/// "2026-05-04T10:11:12Z".
std::string iso(std::int64_t unix_seconds);
std::string conversation_id(const std::string& line, const std::string& peer);
/// A peer is a BSUID where it isn't digits alone.
bool is_bsuid(const std::string& peer);

}  // namespace sandbox::bodies
