#pragma once

#include <memory>

#include "db/pool.hpp"
#include "db/sqlite_db.hpp"
#include "projections/views.hpp"

/// What StoredViews does in SQLite's own way.
namespace db::sqlite {

/// One process writes, which knows what it does.
inline std::shared_ptr<void> claim(const Pool<Connection>&, std::string_view) {
    return std::make_shared<bool>();
}
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
/// Rows that are not there yet; amounts, for a table of sums.
void insert_rows(Connection& db, const projections::Change& change);
/// Statements, each for a transaction of its own and of no effect where it has run before, that
/// make the indexes of the table beside the live one. The number tells those of several rebuilds
/// apart.
std::vector<std::string> indexes_of(Connection& db, const projections::TableInfo& table,
                                    std::int64_t generation);
inline void make_index(Connection& db, const std::string& sql) { db.exec(sql); }
/// An index is all that was missing.
inline void finish_next(Connection&, const projections::TableInfo&, std::int64_t) {}
inline void commit_later(Connection&) {}
/// The rebuilt table becomes the live one, which stays aside to be discarded.
void put_in_place(Connection& db, const projections::TableInfo& table);
/// Deletes for a few milliseconds from what exchanges left of a table, and with `next` from what
/// ended rebuilds did (dropping it at once would hold up appends for seconds); false where nothing
/// is left.
bool discard_rows(Connection& db, const projections::TableInfo& table, bool next);

}  // namespace db::sqlite
