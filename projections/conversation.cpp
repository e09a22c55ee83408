#include "projections/conversation.hpp"

#include <algorithm>

#include "events/overloaded.hpp"
#include "projections/clear.hpp"

namespace projections {
namespace {

using namespace events;

Conversation born(const Recorded& recorded, const ConversationOpened& e) {
    Conversation row;
    row.id = row.client_id = recorded.position;
    row.stream = recorded.stream;
    row.line = filled(e.line);
    row.created_at = row.last_message_at = recorded.recorded;
    return row;
}

struct Apply {
    Conversation& row;
    const Recorded& recorded;

    void operator()(const MessageReceived&) const {
        const auto source = static_cast<Source>(count_at(recorded, 0));
        if (source != Source::history) ++row.unanswered;
    }
    void operator()(const SendRequested&) const { close(count_at(recorded, 3)); }
    void operator()(const ReplySuppressed&) const { close(count_at(recorded, 0)); }

    void operator()(const HoldStarted& e) const {
        row.status = Standing::held;
        row.hold_until = e.until;
        if (recorded.redacted || e.until == Time::max()) row.hold_until.reset();
    }
    void operator()(const HoldEnded&) const {
        row.status = Standing::active;
        row.hold_until.reset();
    }
    void operator()(const ConversationLinked& e) const {
        if (!recorded.redacted) row.linked_into = e.into;
    }
    void operator()(const auto&) const {}

private:
    void close(std::int64_t answers) const {
        row.unanswered = std::max<std::int64_t>(0, row.unanswered - answers);
    }
};

}  // namespace

void fold_conversation(Table<Conversation>& conversations, const Recorded& recorded) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    const auto* known = conversations.find(recorded.stream);
    if (event == nullptr) return;
    if (const auto* opened = std::get_if<ConversationOpened>(event)) {
        if (known == nullptr) conversations.put(born(recorded, *opened));
    } else if (known != nullptr) {
        auto row = *known;
        std::visit(Apply{row, recorded}, *event);
        if (row != *known) conversations.put(std::move(row));
    }
}

void fold_conversation(Table<Conversation>& conversations, const Messages::Step& step) {
    const auto* known = conversations.find(step.after.stream);
    if (step.before || known == nullptr) return;
    auto row = *known;
    if (row.last_message_text && step.after.created_at < row.last_message_at) return;
    row.last_message_at = step.after.created_at;
    row.last_message_text = step.after.content;
    conversations.put(std::move(row));
}

}  // namespace projections
