#pragma once

#include "db/pg_connection.hpp"
#include "projections/views.hpp"

/// What StoredViews does in PostgreSQL's own way: one round trip per table, whatever the batch.
namespace db::pg {

std::vector<projections::Cells> find_rows(Connection& db, projections::Copy copy,
                                          const projections::Lookup& lookup);
std::vector<projections::Cells> select_rows(Connection& db, projections::Copy copy,
                                            const projections::Select& query);
void write_rows(Connection& db, projections::Copy copy, const projections::Change& change);
/// Makes the empty table beside the live one, with its indexes.
void make_next(Connection& db, const projections::TableInfo& table, std::int64_t generation);

}  // namespace db::pg
