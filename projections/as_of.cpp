#include "projections/as_of.hpp"

#include <algorithm>
#include <charconv>

#include "events/acts.hpp"
#include "projections/projection.hpp"

namespace projections {
namespace {

template <class Row>
std::vector<Row> rows_in(const Changes& changes) {
    std::vector<Row> rows;
    for (const auto& change : changes) {
        if (change.table != &info_of<Row>()) continue;
        for (const auto& cells : change.rows) rows.push_back(row_of<Row>(cells));
    }
    return rows;
}

/// The stream's part of every table.
Changes folded(events::Log& log, const StreamId& stream, std::int64_t position) {
    constexpr std::size_t page = 500;
    const auto skipped = events::skips_of(log, "messages");
    const auto fold = begin_messages();
    std::int32_t after = 0;
    for (bool more = true; more;) {
        const auto events = events::read_as_it_is(log, stream, after, page);
        more = !events.empty();
        for (const auto& one : events) {
            after = one.version;
            // There it is parked, as it is in the tables.
            const bool stands = !one.defect.empty() && !skipped.contains(one.position);
            if (one.position > position || stands) return fold->changes();
            if (!skipped.contains(one.position)) fold->fold(one);
        }
    }
    return fold->changes();
}

}  // namespace

std::variant<std::int64_t, std::string> place_in(events::Log& log, const std::string& text) {
    std::int64_t position = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (fault == std::errc() && end == text.data() + text.size() && position >= 0) {
        const auto head = log.head();
        if (position <= head) return position;
        return "position " + text + " is not in the log, which ends at " + std::to_string(head);
    }
    const auto time = events::parse_iso8601(text);
    if (!time) {
        return "\"" + text + "\" is neither a position nor a time such as 2026-11-20T18:47:03Z";
    }
    return events::position_at(log, *time);
}

domain::Settings settings_then(events::Log& log, std::int64_t position) {
    constexpr std::size_t page = 500;
    domain::Settings settings;
    std::int32_t after = 0;
    for (bool more = true; more;) {
        const auto events = log.read_stream(events::settings_stream, after, page);
        more = !events.empty();
        for (const auto& one : events) {
            after = one.version;
            if (one.position > position) return settings;
            const auto& event = std::get<events::SystemEvent>(one.body);
            settings =
                domain::evolve(std::move(settings), std::get<events::SettingsChanged>(event));
        }
    }
    return settings;
}

std::optional<TalkThen> conversation_then(Views& views, events::Log& log, const Conversation& now,
                                          std::int64_t position) {
    std::vector<StreamId> related;
    for (const auto& one : same_person(views, now)) related.push_back(one.stream);
    return conversation_then(log, now.stream, related, position);
}

std::optional<TalkThen> conversation_then(events::Log& log, const StreamId& stream,
                                          const std::vector<StreamId>& related,
                                          std::int64_t position) {
    const auto own = folded(log, stream, position);
    const auto conversations = rows_in<Conversation>(own);
    if (conversations.empty()) return std::nullopt;
    TalkThen then{conversations.front(), std::nullopt, rows_in<Message>(own)};
    if (auto clients = rows_in<Client>(own); !clients.empty()) then.client = clients.front();
    const auto oldest = [](const Conversation& one) {
        return one.linked_into.value_or(one.stream);
    };
    for (const auto& other : related) {
        if (other == stream) continue;
        const auto changes = folded(log, other, position);
        const auto found = rows_in<Conversation>(changes);
        if (found.empty() || oldest(found.front()) != oldest(then.conversation)) continue;
        const auto messages = rows_in<Message>(changes);
        then.messages.insert(then.messages.end(), messages.begin(), messages.end());
    }
    std::ranges::sort(then.messages, newer);
    return then;
}

}  // namespace projections
