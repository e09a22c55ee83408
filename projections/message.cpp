#include "projections/message.hpp"

#include <stdexcept>

#include "events/overloaded.hpp"
#include "projections/clear.hpp"

namespace projections {
namespace {

using namespace events;

struct Apply {
    Messages& messages;
    Table<EarlyStatus>& early;
    const Recorded& recorded;
    std::optional<std::int64_t> conversation;

    // ---- Births -------------------------------------------------------------------------------

    void operator()(const MessageReceived& e) const {
        auto row = born(Sender::client, e.text);
        row.author = filled(e.name);
        row.source = enumerator<Source>(count_at(recorded, 0));
        row.kind = enumerator<Kind>(count_at(recorded, 1));
        row.message_id = filled(e.wamid);
        row.reply_to = filled(e.reply_to);
        row.reference = reference_of(recorded);
        row.sent_at = recorded.clear.occurred;
        if (row.source != Source::webhook) row.created_at = credible_time(recorded);
        messages.put(std::move(row));
    }

    /// What Hilo itself sends for a person comes as a turn's parts.
    void operator()(const PersonWrote& e) const {
        const auto reference = reference_of(recorded);
        if (recorded.clear.correlation || e.turn) return;
        if (reference && messages.with_reference(recorded.stream, *reference)) return;
        auto row = born(Sender::agent, e.text);
        row.author = recorded.redacted
                         ? std::nullopt
                         : filled(e.author.empty() ? std::string(name_of(e.via)) : e.author);
        row.source = e.source;
        if (e.source != Source::webhook) row.created_at = credible_time(recorded);
        row.status = domain::Delivery::sent;
        row.sent_at = recorded.clear.occurred;
        learn(row, e.wamid);
        messages.put(std::move(row));
    }

    void operator()(const SendRequested& e) const {
        const auto part = count_at(recorded, 0);
        const auto* known = messages.of_part(recorded.stream, turn_of(recorded), part);
        auto row = known == nullptr ? born(Sender::agent, e.text) : *known;
        if (known == nullptr) {
            row.author = filled(e.author);
            row.turn = turn_of(recorded);
            row.part = part;
            row.parts = count_at(recorded, 1);
        }
        begin_attempt(row);
        messages.put(std::move(row));
        close(e.answers, std::nullopt);
    }

    // ---- What became of it --------------------------------------------------------------------

    void operator()(const ReplySuppressed& e) const {
        close(e.answers, enumerator<Silence>(recorded.clear.code.value_or(0)));
    }
    void operator()(const SendAccepted& e) const { report(e.wamid); }
    void operator()(const SendRejected&) const { report(""); }
    void operator()(const SendUncertain&) const { report(""); }
    void operator()(const SendSettled& e) const { report(e.wamid); }
    void operator()(const MessageSent& e) const { tell(e.wamid); }
    void operator()(const MessageDelivered& e) const { tell(e.wamid); }
    void operator()(const MessageRead& e) const { tell(e.wamid); }
    void operator()(const MessagePlayed& e) const { tell(e.wamid); }
    void operator()(const MessageFailed& e) const { tell(e.wamid); }
    void operator()(const auto&) const {}

private:
    Message born(Sender sender, const std::string& text) const {
        if (!conversation) {
            throw std::invalid_argument("a message at " + std::to_string(recorded.position) +
                                        " in a conversation that was never opened");
        }
        Message row;
        row.id = recorded.position;
        row.conversation_id = *conversation;
        row.stream = recorded.stream;
        row.event_id = recorded.clear.id;
        row.sender = sender;
        row.content = text_of(recorded, text);
        row.created_at = recorded.recorded;
        return row;
    }

    void begin_attempt(Message& row) const {
        static_cast<domain::Progress&>(row) = {};
        row.status = domain::Delivery::sending;
        row.attempt = recorded.clear.id;
        row.try_number = count_at(recorded, 2);
        row.message_id.reset();
        row.reference.reset();
    }

    void close(const std::vector<EventId>& answers, std::optional<Silence> reason) const {
        for (const auto& id : answers) {
            const auto* known = messages.with_event(id);
            if (known == nullptr) continue;
            auto row = *known;
            row.turn = turn_of(recorded);
            row.suppressed = reason;
            messages.put(std::move(row));
        }
    }

    static void add(Message& row, const domain::Progress& progress) {
        static_cast<domain::Progress&>(row) = domain::merged(row, progress);
    }

    /// The event tells the message's provider id: reports that came before it are its own.
    void learn(Message& row, const std::string& wamid) const {
        const auto reference = reference_of(recorded);
        if (!reference) return;
        row.reference = reference;
        if (!wamid.empty()) row.message_id = wamid;
        add(row, take_early(early, recorded.stream, *reference));
    }

    /// An attempt is one message: who shows its key on another one is not believed.
    void tell(const std::string& wamid) const {
        const auto& attempt = recorded.clear.causation;
        const auto* known = attempt ? messages.of_attempt(*attempt) : nullptr;
        const bool other = known != nullptr && known->reference && reference_of(recorded) &&
                           known->reference != reference_of(recorded);
        if (!other) report(wamid);
    }

    void report(const std::string& wamid) const {
        const auto progress = domain::progress_of(recorded);
        if (!progress) return;
        const auto& attempt = recorded.clear.causation;
        if (const auto* row = attempt ? messages.of_attempt(*attempt) : nullptr) {
            report_of_attempt(*row, *progress, wamid);
        } else if (const auto reference = reference_of(recorded)) {
            // Of an attempt that a later one has replaced, too: its message may be the part's.
            report_of_reference(*progress, *reference);
        }
    }

    void report_of_attempt(Message row, const domain::Progress& progress,
                           const std::string& wamid) const {
        add(row, progress);
        learn(row, wamid);
        messages.put(std::move(row));
    }

    void report_of_reference(const domain::Progress& progress, std::int64_t reference) const {
        const auto* known = messages.with_reference(recorded.stream, reference);
        if (known == nullptr) {
            keep_early(early, recorded.stream, reference, progress);
        } else {
            auto row = *known;
            add(row, progress);
            messages.put(std::move(row));
        }
    }
};

}  // namespace

void fold_message(Messages& messages, Table<EarlyStatus>& early, const Recorded& recorded,
                  std::optional<std::int64_t> conversation) {
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    if (event != nullptr) std::visit(Apply{messages, early, recorded, conversation}, *event);
}

}  // namespace projections
