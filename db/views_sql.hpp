#pragma once

#include <stdexcept>
#include <string>

#include "projections/views.hpp"

/// The statements of the views, for both dialects. Parameters and results are texts, as
/// projections::Cell describes them.
namespace db::views {

/// Somebody read a table for longer than an exchange may keep others from it.
struct TableBusy : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Dialect { sqlite, postgres };

/// The table's name in a copy, quoted.
std::string table_name(const projections::TableInfo& table, projections::Copy copy);
/// As the copy is called in projection_checkpoint and projection_parked.
std::string_view copy_name(projections::Copy copy);

/// Parked streams of a projection's copy ($1 and $2), as parked_from reads them; a further
/// condition may follow.
inline constexpr std::string_view parked_sql =
    "select stream, position, error, since, taken, resumed from projection_parked"
    " where projection = $1 and copy = $2 ";
template <class Row>
projections::Parked parked_from(const Row& row) {
    return {row.uuid(0),
            row.integer(1),
            std::string(row.text(2)),
            events::from_micros(row.integer(3)),
            static_cast<std::int32_t>(row.integer(4)),
            row.integer(5) != 0};
}

/// All columns of the rows that have one key: one parameter per column of the key. On PostgreSQL
/// each parameter is an array, and the rows of all keys come.
std::string load_sql(Dialect dialect, projections::Copy copy, const projections::Lookup& lookup);
/// Inserts or overwrites by the primary key: one parameter per column (arrays on PostgreSQL).
std::string upsert_sql(Dialect dialect, projections::Copy copy,
                       const projections::TableInfo& table);
/// One parameter per column of the primary key (arrays on PostgreSQL).
std::string remove_sql(Dialect dialect, projections::Copy copy,
                       const projections::TableInfo& table);
/// The parameters are the values of all conditions, in order, then the limit.
std::string select_sql(Dialect dialect, projections::Copy copy, const projections::Select& query);
/// The parameters of that statement.
projections::Cells parameters_of(const projections::Select& query);

}  // namespace db::views
