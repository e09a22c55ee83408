#pragma once

#include "db/request.hpp"

namespace testing_db {

inline events::EventId id(int number) {
    return crypto::derived_uuid(events::hilo_name_space, std::to_string(number));
}
inline crypto::ShortMac mac(std::uint8_t value) {
    crypto::ShortMac out{};
    out[0] = value;
    return out;
}
/// A request with events of these ids and this many sealed bytes each.
inline db::Request request(const std::vector<int>& ids, std::size_t bytes = 10) {
    db::Request out;
    out.stream = id(-1);
    for (const int number : ids) {
        db::Row row;
        row.clear.id = id(number);
        row.sealed = std::string(bytes, 'x');
        out.rows.push_back(std::move(row));
    }
    return out;
}
inline db::Request from(const db::Aliases& aliases, int event) {
    auto out = request({event});
    out.aliases = aliases;
    return out;
}

}  // namespace testing_db
