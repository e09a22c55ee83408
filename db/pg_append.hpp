#pragma once

#include "db/appender.hpp"
#include "db/pg_connection.hpp"

namespace db::pg {

/// Who appends, raises epochs or makes keys holds this advisory lock (DESIGN 3, Order).
inline constexpr std::int64_t log_lock = 7'521'962'893;

/// The append on PostgreSQL: one CALL of the procedure in migrations/pg_0001_log.sql.
class Writer final : public BatchWriter {
public:
    explicit Writer(std::string url) : url_(std::move(url)) {}
    Written append(const Batch& batch) override;

private:
    Connection& connection();

    std::string url_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace db::pg
