#include <set>

#include "events/overloaded.hpp"
#include "projections/clear.hpp"
#include "projections/client.hpp"
#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "projections/projection.hpp"

namespace projections {
namespace {

using events::Recorded;
using Keys = std::set<std::vector<std::string>>;

/// By what the events of a batch know of the rows that they change.
struct Wanted {
    Keys streams, parts, attempts, references, closed;

    void add(const Recorded& recorded) {
        const auto* event = std::get_if<events::ConversationEvent>(&recorded.body);
        if (event == nullptr) return;
        const auto stream = put(recorded.stream);
        streams.insert({stream});
        if (const auto reference = reference_of(recorded)) {
            references.insert({stream, put(*reference)});
        }
        if (recorded.clear.causation) attempts.insert({put(*recorded.clear.causation)});
        std::visit(
            events::Overloaded{
                [&](const events::SendRequested& e) { close(e.answers), part(recorded); },
                [&](const events::ReplySuppressed& e) { close(e.answers); }, [](const auto&) {}},
            *event);
    }

private:
    void close(const std::vector<events::EventId>& answers) {
        for (const auto& id : answers) closed.insert({put(id)});
    }
    /// An event without a turn is refused when it is folded.
    void part(const Recorded& recorded) {
        if (!recorded.clear.correlation) return;
        parts.insert(
            {put(recorded.stream), put(*recorded.clear.correlation), put(count_at(recorded, 0))});
    }
};

template <class Row>
Lookup lookup(std::vector<std::string_view> columns, const Keys& keys) {
    return {&info_of<Row>(), std::move(columns), {keys.begin(), keys.end()}};
}

class MessagesFold final : public Fold {
public:
    std::vector<Lookup> wanted(std::span<const Recorded> batch, int round) const override {
        if (round == 0) return wanted_rows(batch);
        if (round == 1) return wanted_days(batch);
        return {};
    }

    void load(const TableInfo& table, const Cells& row) override {
        if (&table == &info_of<Client>()) clients_.load(row_of<Client>(row));
        if (&table == &info_of<Conversation>()) conversations_.load(row_of<Conversation>(row));
        if (&table == &info_of<Message>()) messages_.load(row_of<Message>(row));
        if (&table == &info_of<MessageMetrics>()) days_.load(row_of<MessageMetrics>(row));
        if (&table == &info_of<EarlyStatus>()) early_.load(row_of<EarlyStatus>(row));
    }

    void fold(const Recorded& recorded) override {
        fold_client(clients_, recorded);
        fold_conversation(conversations_, recorded);
        const auto* conversation = conversations_.find(recorded.stream);
        fold_message(messages_, early_, recorded,
                     conversation == nullptr ? std::nullopt : std::optional(conversation->id));
        for (const auto& step : messages_.take_steps()) {
            fold_metrics(days_, step);
            fold_conversation(conversations_, step);
        }
    }

    Changes changes() const override {
        return {clients_.change(), conversations_.change(), messages_.table().change(),
                days_.change(), early_.change()};
    }

private:
    static std::vector<Lookup> wanted_rows(std::span<const Recorded> batch) {
        Wanted wanted;
        for (const auto& recorded : batch) wanted.add(recorded);
        return {lookup<Client>({"stream"}, wanted.streams),
                lookup<Conversation>({"stream"}, wanted.streams),
                lookup<Message>({"stream", "turn", "part"}, wanted.parts),
                lookup<Message>({"attempt"}, wanted.attempts),
                lookup<Message>({"stream", "reference"}, wanted.references),
                lookup<Message>({"eventId"}, wanted.closed),
                lookup<EarlyStatus>({"stream", "reference"}, wanted.references)};
    }

    /// The days of the messages that are changed or born.
    std::vector<Lookup> wanted_days(std::span<const Recorded> batch) const {
        using std::chrono::days;
        std::set<Date> dates;
        for (const auto& [id, row] : messages_.table().rows()) dates.insert(day_of(row));
        for (const auto& one : batch) {
            dates.insert(std::chrono::floor<days>(one.recorded));
            dates.insert(std::chrono::floor<days>(events::credible_time(one)));
        }
        Keys keys;
        for (const auto& date : dates) keys.insert({put(date)});
        return {lookup<MessageMetrics>({"date"}, keys)};
    }

    Table<Client> clients_;
    Table<Conversation> conversations_;
    Messages messages_;
    Table<MessageMetrics> days_;
    Table<EarlyStatus> early_;
};

}  // namespace

std::unique_ptr<Fold> begin_messages() { return std::make_unique<MessagesFold>(); }

}  // namespace projections
