#pragma once

#include <memory>

#include "db/pg_connection.hpp"
#include "db/pool.hpp"
#include "projections/views.hpp"

/// What StoredViews does in PostgreSQL's own way: one round trip per table, whatever the batch.
namespace db::pg {

/// A lock that ends with the connection that has it; null where another one has.
std::shared_ptr<void> claim(const Pool<Connection>& pool, std::string_view projection);
std::vector<projections::Cells> find_rows(Connection& db, projections::Copy copy,
                                          const projections::Lookup& lookup);
std::vector<projections::Parked> find_parked(Connection& db,
                                             const projections::Projection& projection,
                                             projections::Copy copy,
                                             const std::vector<projections::StreamId>& streams);
std::vector<projections::Cells> select_rows(Connection& db, projections::Copy copy,
                                            const projections::Select& query);
void write_rows(Connection& db, projections::Copy copy, const projections::Change& change);
/// Makes the empty table beside the live one, without the indexes that `indexes_of` makes.
void make_next(Connection& db, const projections::TableInfo& table);
/// Rows that are not there yet.
void insert_rows(Connection& db, const projections::Change& change);
/// Statements, each for a transaction of its own and of no effect where it has run before, that
/// make the indexes of the table beside the live one. A table of sums has them from the beginning.
std::vector<std::string> indexes_of(Connection& db, const projections::TableInfo& table,
                                    std::int64_t generation);
/// However long it takes.
void make_index(Connection& db, const std::string& sql);
/// Once the table has its indexes: what else the live one has.
void finish_next(Connection& db, const projections::TableInfo& table, std::int64_t generation);
/// What is written here is durable with the next commit that waits for the disk.
inline void commit_later(Connection& db) { db.exec("set local synchronous_commit = off"); }
/// The rebuilt table becomes the live one, which goes. Throws views::TableBusy where somebody reads
/// it for long.
void put_in_place(Connection& db, const projections::TableInfo& table);
/// A dropped table leaves nothing to discard.
inline bool discard_rows(Connection&, const projections::TableInfo&, bool) { return false; }

}  // namespace db::pg
