#pragma once

#include "db/sqlite_db.hpp"
#include "projections/views.hpp"

/// What StoredViews does in SQLite's own way.
namespace db::sqlite {

std::vector<projections::Cells> find_rows(Connection& db, projections::Copy copy,
                                          const projections::Lookup& lookup);
std::vector<projections::Parked> find_parked(Connection& db,
                                             const projections::Projection& projection,
                                             projections::Copy copy,
                                             const std::vector<projections::StreamId>& streams);
std::vector<projections::Cells> select_rows(Connection& db, projections::Copy copy,
                                            const projections::Select& query);
void write_rows(Connection& db, projections::Copy copy, const projections::Change& change);
/// Makes the empty table beside the live one, with its indexes. The number tells the indexes of
/// several rebuilds apart.
void make_next(Connection& db, const projections::TableInfo& table, std::int64_t generation);
/// The rebuilt table becomes the live one, which stays aside to be discarded.
void put_in_place(Connection& db, const projections::TableInfo& table);
/// Deletes for a few milliseconds from what exchanges and ended rebuilds left of a table (dropping
/// it at once would hold up appends for seconds); false where nothing is left.
bool discard_rows(Connection& db, const projections::TableInfo& table);

}  // namespace db::sqlite
