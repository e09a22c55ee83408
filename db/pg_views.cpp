#include "db/pg_views.hpp"

#include "db/views_sql.hpp"

namespace db::pg {
namespace {

using namespace projections;
using views::Dialect;
using views::table_name;
constexpr std::string_view lock_not_available = "55P03";
using Texts = std::vector<std::optional<std::string_view>>;

std::vector<Cells> all_of(const Result& result, const TableInfo& table) {
    std::vector<Cells> all;
    for (int row = 0; row < result.rows(); ++row) {
        auto& cells = all.emplace_back();
        for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
            cells.push_back(result.null(row, i) ? Cell() : Cell(result.bytes(row, i)));
        }
    }
    return all;
}

/// Rows of texts as one array per column.
template <class Rows>
Values arrays_of(const Rows& rows) {
    Values values;
    for (std::size_t column = 0; column < rows.front().size(); ++column) {
        Texts texts;
        for (const auto& row : rows) texts.emplace_back(row[column]);
        values.add(texts);
    }
    return values;
}

}  // namespace

std::vector<Cells> find_rows(Connection& db, Copy copy, const Lookup& lookup) {
    if (lookup.keys.empty()) return {};
    const auto sql = views::load_sql(Dialect::postgres, copy, lookup);
    return all_of(db.query_with(sql, arrays_of(lookup.keys)), *lookup.table);
}

std::vector<Parked> find_parked(Connection& db, const Projection& projection, Copy copy,
                                const std::vector<StreamId>& streams) {
    std::vector<Parked> all;
    db.each(
        std::string(views::parked_sql) + "and stream = any($3)",
        [&](const auto& row) { all.push_back(views::parked_from(row)); }, projection.name,
        views::copy_name(copy), streams);
    return all;
}

std::vector<Cells> select_rows(Connection& db, Copy copy, const Select& query) {
    Values values;
    for (const auto& text : views::parameters_of(query)) values.add(text);
    const auto sql = views::select_sql(Dialect::postgres, copy, query);
    return all_of(db.query_with(sql, values), *query.table);
}

void write_rows(Connection& db, Copy copy, const Change& change) {
    if (!change.rows.empty()) {
        db.query_with(views::upsert_sql(Dialect::postgres, copy, *change.table),
                      arrays_of(change.rows));
    }
    if (!change.removed.empty()) {
        db.query_with(views::remove_sql(Dialect::postgres, copy, *change.table),
                      arrays_of(change.removed));
    }
}

void make_next(Connection& db, const TableInfo& table, std::int64_t) {
    const auto next = table_name(table, Copy::next);
    db.exec("drop table if exists " + next);
    db.exec("create table " + next + " (like " + table_name(table, Copy::live) + " including all)");
}

// Whoever waits for a table alone makes everybody wait who comes after, readers too.
void put_in_place(Connection& db, const TableInfo& table) {
    const auto live = table_name(table, Copy::live), next = table_name(table, Copy::next);
    try {
        db.exec("set local lock_timeout = '500ms'; drop table " + live + "; alter table " + next +
                " rename to " + live);
    } catch (const Error& error) {
        if (error.sqlstate != lock_not_available) throw;
        throw views::TableBusy("the table " + live +
                               " is being read by somebody for long, so that the rebuilt one can't "
                               "take its place; try again later");
    }
}

}  // namespace db::pg
