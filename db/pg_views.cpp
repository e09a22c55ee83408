#include "db/pg_views.hpp"

#include "db/views_sql.hpp"

namespace db::pg {
namespace {

using namespace projections;
using views::Dialect;
using views::table_name;
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

}  // namespace db::pg
