#pragma once

#include <memory>

#include "db/lease.hpp"
#include "db/pg_connection.hpp"

namespace db::pg {

/// The leases of one process, under a name that no other has, over a connection of their own: a
/// renewal must not wait behind a page of a table.
class LeaseBook {
public:
    explicit LeaseBook(std::string url);
    /// As Store::renew_leases and Store::end_leases. Both end within seconds, and throw Error.
    Leases renew(const std::vector<int>& give_back);
    void end();

private:
    Result call(std::string_view sql, const Values& values);

    const std::string url_, owner_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace db::pg
