#include "projections/queries.hpp"

#include <algorithm>

namespace projections {
namespace {

using Is = Select::Is;

template <class Row>
std::vector<Row> select(Views& views, Select query) {
    query.table = &info_of<Row>();
    std::vector<Row> rows;
    for (const auto& cells : views.select(Copy::live, query)) {
        rows.push_back(row_of<Row>(cells));
    }
    return rows;
}

template <class Row, class Value>
std::optional<Row> only(Views& views, std::string_view column, const Value& value) {
    auto rows = select<Row>(views, {.where = {{{column}, Is::equal, {put(value)}}}, .limit = 1});
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

Select::Condition before_place(std::string_view time, const Cursor& place) {
    return {{time, "id"}, Is::less, {put(place.at), put(place.id)}};
}

/// One look for the clients of a page.
std::vector<Talk> with_clients(Views& views, std::vector<Conversation> conversations) {
    Lookup wanted{&info_of<Client>(), {"id"}, {}};
    std::vector<Talk> talks;
    for (auto& one : conversations) {
        wanted.keys.push_back({put(one.client_id)});
        talks.push_back({std::move(one), std::nullopt});
    }
    if (talks.empty()) return talks;
    for (const auto& cells : views.load(Copy::live, wanted)) {
        const auto client = row_of<Client>(cells);
        for (auto& talk : talks) {
            if (talk.conversation.client_id == client.id) talk.client = client;
        }
    }
    return talks;
}

std::optional<Talk> with_client(Views& views, std::optional<Conversation> conversation) {
    if (!conversation) return std::nullopt;
    return with_clients(views, {std::move(*conversation)}).front();
}

// More than two streams of one person are rare: one per alias that was learnt too late.
constexpr std::size_t linked_limit = 20;

}  // namespace

std::vector<Talk> conversations(Views& views, std::optional<Cursor> before, std::size_t limit) {
    Select query{.order = {{"lastMessageAt", true}, {"id", true}}, .limit = limit};
    if (before) query.where = {before_place("lastMessageAt", *before)};
    return with_clients(views, select<Conversation>(views, std::move(query)));
}

std::optional<Talk> conversation(Views& views, std::int64_t id) {
    return with_client(views, only<Conversation>(views, "id", id));
}
std::optional<Talk> conversation(Views& views, const StreamId& stream) {
    return with_client(views, only<Conversation>(views, "stream", stream));
}
std::optional<Client> client(Views& views, std::int64_t id) {
    return only<Client>(views, "id", id);
}

bool newer(const Message& a, const Message& b) {
    return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
}

std::vector<Conversation> same_person(Views& views, const Conversation& conversation) {
    const auto oldest = conversation.linked_into.value_or(conversation.stream);
    auto all = select<Conversation>(
        views, {.where = {{{"linkedInto"}, Is::equal, {put(oldest)}}}, .limit = linked_limit});
    if (const auto first = only<Conversation>(views, "stream", oldest)) all.push_back(*first);
    return all;
}

std::vector<Message> thread(Views& views, const Conversation& conversation,
                            std::optional<Cursor> before, std::size_t limit) {
    std::vector<Message> all;
    for (const auto& one : same_person(views, conversation)) {
        Select query{.where = {{{"conversationId"}, Is::equal, {put(one.id)}}},
                     .order = {{"createdAt", true}, {"id", true}},
                     .limit = limit};
        if (before) query.where.push_back(before_place("createdAt", *before));
        auto rows = select<Message>(views, std::move(query));
        all.insert(all.end(), std::make_move_iterator(rows.begin()),
                   std::make_move_iterator(rows.end()));
    }
    std::ranges::sort(all, newer);
    if (all.size() > limit) all.resize(limit);
    return all;
}

std::optional<Message> message(Views& views, std::int64_t id) {
    return only<Message>(views, "id", id);
}

std::vector<Message> unknown_replies(Views& views, std::size_t limit) {
    return select<Message>(
        views, {.where = {{{"deliveryStatus"}, Is::equal, {put(domain::Delivery::unknown)}}},
                .order = {{"createdAt"}, {"id"}},
                .limit = limit});
}

std::optional<Message> message_of(Views& views, const Uuid& id) {
    for (const auto* column : {"turn", "eventId", "attempt"}) {
        if (auto found = only<Message>(views, column, id)) return found;
    }
    return std::nullopt;
}

std::vector<StreamId> streams(Views& views) {
    constexpr std::size_t page = 1'000;
    std::vector<StreamId> all;
    std::int64_t after = 0;
    for (bool more = true; more;) {
        const auto some = select<Conversation>(
            views, {.where = {{{"id"}, Is::more, {put(after)}}}, .order = {{"id"}}, .limit = page});
        for (const auto& one : some) all.push_back(one.stream);
        more = some.size() == page;
        if (more) after = some.back().id;
    }
    return all;
}

std::vector<MessageMetrics> metrics(Views& views, Date from, Date to, std::size_t limit) {
    return select<MessageMetrics>(views, {.where = {{{"date"}, Is::at_least, {put(from)}},
                                                    {{"date"}, Is::at_most, {put(to)}}},
                                          .order = {{"date", true}},
                                          .limit = limit});
}

std::optional<ChatbotSettings> settings(Views& views) {
    return only<ChatbotSettings>(views, "id", ChatbotSettings{}.id);
}

std::vector<Due> due_work(Views& views, Time until, std::optional<Due> after, std::size_t limit) {
    Select query{.where = {{{"wake_at"}, Is::at_most, {put(until)}}},
                 .order = {{"wake_at"}, {"stream"}},
                 .limit = limit};
    if (after) {
        query.where.push_back(
            {{"wake_at", "stream"}, Is::more, {put(after->wake_at), put(after->stream)}});
    }
    std::vector<Due> due;
    for (const auto& row : select<OpenWork>(views, std::move(query))) {
        due.push_back({row.stream, *row.wake_at});
    }
    return due;
}

std::vector<Open> open_work(Views& views, std::optional<Open> after, std::size_t limit) {
    // Any comparison leaves out NULL, and so lets the index of what is open serve.
    Select query{.where = {{{"since"}, Is::at_most, {put(Time::max())}}},
                 .order = {{"since"}, {"stream"}},
                 .limit = limit};
    if (after) {
        query.where.push_back(
            {{"since", "stream"}, Is::more, {put(after->since), put(after->stream)}});
    }
    std::vector<Open> open;
    for (const auto& row : select<OpenWork>(views, std::move(query))) {
        open.push_back({row.stream, *row.since});
    }
    return open;
}

}  // namespace projections
