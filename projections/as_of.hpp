#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/log.hpp"
#include "projections/queries.hpp"

/// What the tables held at a position of the log. Nothing is stored: the streams are folded again
/// up to there. Calls block, and throw where the store is away.
namespace projections {

/// A place in the log as people name it: a position, or a time, which stands for the last event
/// that was recorded by then. What else it is is told in words.
std::variant<std::int64_t, std::string> place_in(events::Log& log, const std::string& text);

/// The settings, by the position of their stream's events.
domain::Settings settings_then(events::Log& log, std::int64_t position);

struct TalkThen {
    Conversation conversation;
    std::optional<Client> client;
    std::vector<Message> messages;  // the newest first
};
/// One conversation, with the messages of those that had proved to be the same person's, of which
/// `related` may be; std::nullopt where it hadn't begun.
std::optional<TalkThen> conversation_then(events::Log& log, const StreamId& stream,
                                          const std::vector<StreamId>& related,
                                          std::int64_t position);
/// The same of a conversation that the tables hold now.
std::optional<TalkThen> conversation_then(Views& views, events::Log& log, const Conversation& now,
                                          std::int64_t position);

}  // namespace projections
