#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "events/envelope.hpp"
#include "projections/early_status.hpp"
#include "projections/table.hpp"

namespace projections {

enum class Sender { client, agent };

}  // namespace projections

template <>
struct events::Names<projections::Sender> {
    static constexpr std::array<std::string_view, 2> all{"client", "agent"};
};

namespace projections {

/// One message. A client's is born by MessageReceived; an agent's is one part of a reply, born by
/// its first SendRequested, or what a person sent elsewhere, born by PersonWrote. The progress is
/// that of the latest attempt; a client's message has none.
struct Message : domain::Progress {
    std::int64_t id = 0;  // position of the event that it was born by
    std::int64_t conversation_id = 0;
    StreamId stream;
    Uuid event_id;
    Sender sender = Sender::client;
    std::optional<std::string> author;  // agent: ai, system, or a person; client: who wrote it
    std::string content;
    std::optional<events::Kind> kind;           // client
    std::optional<events::Source> source;       // how it was told; not of what Hilo sends
    std::optional<std::string> message_id;      // the provider's (wamid)
    std::optional<std::string> reply_to;        // wamid of the message that was quoted
    std::optional<std::int64_t> reference;      // keyed mark of message_id; outlives an erasure
    std::optional<Uuid> turn;                   // agent: it belongs to; client: that closed it
    std::optional<events::Silence> suppressed;  // client: why nobody answered
    std::optional<std::int64_t> part;           // agent, where Hilo sends; counts from 1
    std::optional<std::int64_t> parts;
    std::optional<std::int64_t> try_number;
    std::optional<Uuid> attempt;  // the latest
    Time created_at;  // when it was recorded here; of what was imported, when it was said

    std::int64_t key() const { return id; }
    bool operator==(const Message&) const = default;
};
template <>
struct Described<Message> {
    static constexpr std::string_view name = "Message";
    static constexpr std::size_t keys = 1;
    static constexpr auto members =
        std::tuple{Member{"id", &Message::id},
                   Member{"conversationId", &Message::conversation_id},
                   Member{"stream", &Message::stream},
                   Member{"eventId", &Message::event_id},
                   Member{"sender", &Message::sender},
                   Member{"author", &Message::author},
                   Member{"content", &Message::content},
                   Member{"kind", &Message::kind},
                   Member{"source", &Message::source},
                   Member{"deliveryStatus", &domain::Progress::status},
                   Member{"messageId", &Message::message_id},
                   Member{"replyTo", &Message::reply_to},
                   Member{"reference", &Message::reference},
                   Member{"errorCode", &domain::Progress::error_code},
                   Member{"errorText", &domain::Progress::error_text},
                   Member{"turn", &Message::turn},
                   Member{"suppressed", &Message::suppressed},
                   Member{"part", &Message::part},
                   Member{"parts", &Message::parts},
                   Member{"tryNumber", &Message::try_number},
                   Member{"attempt", &Message::attempt},
                   Member{"createdAt", &Message::created_at},
                   Member{"acceptedAt", &domain::Progress::accepted_at},
                   Member{"sentAt", &domain::Progress::sent_at},
                   Member{"deliveredAt", &domain::Progress::delivered_at},
                   Member{"readAt", &domain::Progress::read_at},
                   Member{"playedAt", &domain::Progress::played_at},
                   Member{"failedAt", &domain::Progress::failed_at}};
};

/// The messages that a batch needs, found by what events know of them. Remembers each row as it
/// was before the event that is being folded.
class Messages {
public:
    void load(Message row);
    const Message* with_event(const Uuid& id) const;
    const Message* of_part(const StreamId& stream, const Uuid& turn, std::int64_t part) const;
    /// Only where it is the message's latest attempt.
    const Message* of_attempt(const Uuid& attempt) const;
    const Message* with_reference(const StreamId& stream, std::int64_t reference) const;
    void put(Message row);

    const Table<Message>& table() const { return table_; }
    /// What was put since the last call: before (absent for a new one) and after.
    struct Step {
        std::optional<Message> before;
        Message after;
    };
    std::vector<Step> take_steps() { return std::exchange(steps_, {}); }

private:
    void index(const Message& row);
    const Message* found(const std::map<Uuid, std::int64_t>& by, const Uuid& key) const;

    Table<Message> table_;
    std::map<Uuid, std::int64_t> by_event_, by_attempt_;
    std::map<std::tuple<StreamId, Uuid, std::int64_t>, std::int64_t> by_part_;
    std::set<std::tuple<StreamId, std::int64_t, std::int64_t>> by_reference_;
    std::vector<Step> steps_;
};

/// `conversation` is the id of the stream's row; asked for only where a message is born.
void fold_message(Messages& messages, Table<EarlyStatus>& early, const events::Recorded& recorded,
                  std::optional<std::int64_t> conversation);

}  // namespace projections
