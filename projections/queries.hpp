#pragma once

#include <optional>
#include <vector>

#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/message.hpp"
#include "projections/metrics.hpp"
#include "projections/open_work.hpp"
#include "projections/settings.hpp"
#include "projections/views.hpp"

/// What the API and the shells ask the live tables. All block, and throw where the store is away.
namespace projections {

/// The place after which a page goes on: the last row's time and id.
struct Cursor {
    Time at;
    std::int64_t id = 0;
    bool operator==(const Cursor&) const = default;
};

struct Talk {
    Conversation conversation;
    std::optional<Client> client;
};
/// By last activity, the newest first.
std::vector<Talk> conversations(Views& views, std::optional<Cursor> before, std::size_t limit);
std::optional<Talk> conversation(Views& views, std::int64_t id);
std::optional<Talk> conversation(Views& views, const StreamId& stream);
std::optional<Client> client(Views& views, std::int64_t id);

/// The newest messages before a place, the newest first; with those of conversations that proved to
/// be the same person's.
std::vector<Message> thread(Views& views, const Conversation& conversation,
                            std::optional<Cursor> before, std::size_t limit);
/// The order of a thread.
bool newer(const Message& a, const Message& b);
/// The conversations that are the same person's as this one, which is among them.
std::vector<Conversation> same_person(Views& views, const Conversation& conversation);

std::optional<Message> message(Views& views, std::int64_t id);
/// Replies of which nobody knows (yet) whether they went out, the oldest first.
std::vector<Message> unknown_replies(Views& views, std::size_t limit);
/// Some message by the turn that it belongs to or that closed it, by its event, or by its attempt.
std::optional<Message> message_of(Views& views, const Uuid& id);

/// The streams of all conversations, the oldest first.
std::vector<StreamId> streams(Views& views);

/// Days from `from` to `to`, both included, the newest first.
std::vector<MessageMetrics> metrics(Views& views, Date from, Date to, std::size_t limit);

/// std::nullopt before the settings were first saved: the defaults hold.
std::optional<ChatbotSettings> settings(Views& views);

/// Conversations whose actors may owe something by `until`, the most urgent first. An actor that
/// finds nothing to do changes nothing in the table, so that a caller goes on from the last row.
struct Due {
    StreamId stream;
    Time wake_at;
};
std::vector<Due> due_work(Views& views, Time until, std::optional<Due> after, std::size_t limit);
/// Conversations in which anything is open, the longest first, from a place on.
struct Open {
    StreamId stream;
    Time since;
};
std::vector<Open> open_work(Views& views, std::optional<Open> after, std::size_t limit);

}  // namespace projections
