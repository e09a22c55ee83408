#pragma once

#include "db/pg_connection.hpp"
#include "projections/views.hpp"

/// What StoredViews does in PostgreSQL's own way: one round trip per table, whatever the batch.
namespace db::pg {

std::vector<projections::Cells> find_rows(Connection& db, projections::Copy copy,
                                          const projections::Lookup& lookup);
std::vector<projections::Parked> find_parked(Connection& db,
                                             const projections::Projection& projection,
                                             projections::Copy copy,
                                             const std::vector<projections::StreamId>& streams);
std::vector<projections::Cells> select_rows(Connection& db, projections::Copy copy,
                                            const projections::Select& query);
void write_rows(Connection& db, projections::Copy copy, const projections::Change& change);
/// Makes the empty table beside the live one, with its indexes.
void make_next(Connection& db, const projections::TableInfo& table, std::int64_t generation);
/// The rebuilt table becomes the live one, which goes. Throws views::TableBusy where somebody reads
/// it for long.
void put_in_place(Connection& db, const projections::TableInfo& table);
/// A dropped table leaves nothing to discard.
inline bool discard_rows(Connection&, const projections::TableInfo&) { return false; }

}  // namespace db::pg
