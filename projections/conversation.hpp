#pragma once

#include "projections/message.hpp"

namespace projections {

enum class Standing { active, held };

}  // namespace projections

template <>
struct events::Names<projections::Standing> {
    static constexpr std::array<std::string_view, 2> all{"active", "held"};
};

namespace projections {

/// One conversation, which is one stream of the log. Born by ConversationOpened.
struct Conversation {
    std::int64_t id = 0;         // position of the event that it was born by
    std::int64_t client_id = 0;  // the same
    StreamId stream;
    std::optional<std::string> line;
    Standing status = Standing::active;
    std::optional<Time> hold_until;  // only people answer until then; NULL while held: no end
    std::optional<StreamId> linked_into;
    std::int64_t unanswered = 0;  // customers' messages that nothing has closed yet
    Time created_at;
    Time last_message_at;  // of a conversation without messages, when it was opened
    std::optional<std::string> last_message_text;

    StreamId key() const { return stream; }
    bool operator==(const Conversation&) const = default;
};
template <>
struct Described<Conversation> {
    static constexpr std::string_view name = "Conversation";
    static constexpr std::size_t keys = 1;
    static constexpr auto members =
        std::tuple{Member{"id", &Conversation::id},
                   Member{"clientId", &Conversation::client_id},
                   Member{"stream", &Conversation::stream},
                   Member{"line", &Conversation::line},
                   Member{"status", &Conversation::status},
                   Member{"holdUntil", &Conversation::hold_until},
                   Member{"linkedInto", &Conversation::linked_into},
                   Member{"unanswered", &Conversation::unanswered},
                   Member{"createdAt", &Conversation::created_at},
                   Member{"lastMessageAt", &Conversation::last_message_at},
                   Member{"lastMessageText", &Conversation::last_message_text}};
};

void fold_conversation(Table<Conversation>& conversations, const events::Recorded& recorded);
/// The conversation's last message is the newest that was said, in whatever order they came.
void fold_conversation(Table<Conversation>& conversations, const Messages::Step& step);

}  // namespace projections
