#pragma once

#include "events/envelope.hpp"
#include "projections/table.hpp"

namespace projections {

/// Who is written with: a person on one line, or a group. Born by ConversationOpened.
struct Client {
    std::int64_t id = 0;  // position of the event that it was born by
    StreamId stream;
    std::optional<std::string> name;
    std::optional<std::string> phone;
    std::optional<std::string> bsuid;
    std::optional<std::string> group_id;
    std::optional<std::string> line;
    Time created_at;

    StreamId key() const { return stream; }
    bool operator==(const Client&) const = default;
};
template <>
struct Described<Client> {
    static constexpr std::string_view name = "Client";
    static constexpr std::size_t keys = 1;
    static constexpr auto members =
        std::tuple{Member{"id", &Client::id},       Member{"stream", &Client::stream},
                   Member{"name", &Client::name},   Member{"phone", &Client::phone},
                   Member{"bsuid", &Client::bsuid}, Member{"groupId", &Client::group_id},
                   Member{"line", &Client::line},   Member{"createdAt", &Client::created_at}};
};

void fold_client(Table<Client>& clients, const events::Recorded& recorded);

}  // namespace projections
