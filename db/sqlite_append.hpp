#pragma once

#include "db/appender.hpp"
#include "db/sqlite_db.hpp"

namespace db::sqlite {

/// The append on SQLite: each request sees what the ones before it in the batch did.
class Writer final : public BatchWriter {
public:
    /// The connection belongs to the thread that calls `append`.
    explicit Writer(Connection& db) : db_(db) {}
    Written append(const Batch& batch) override;

private:
    Connection& db_;
};

}  // namespace db::sqlite
