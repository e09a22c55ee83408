#include "db/sqlite_views.hpp"

#include <chrono>

#include "db/views_sql.hpp"

namespace db::sqlite {
namespace {

using namespace projections;
using views::Dialect;
using views::table_name;

// Of the writing thread at once, where an append waits for it. What so few rows dirty is committed
// in some 10 ms (docs/decisions/0004).
constexpr std::chrono::milliseconds discarding{2};

std::string old_name(const TableInfo& table) { return "\"" + std::string(table.name) + "_old\""; }

bool has_table(Connection& db, const std::string& quoted_name) {
    bool found = false;
    db.each(
        "select 1 from sqlite_master where type = 'table' and '\"' || name || '\"' = $1",
        [&](const auto&) { found = true; }, quoted_name);
    return found;
}

void take_rows(Rows rows, const TableInfo& table, std::vector<Cells>& all) {
    while (rows.next()) {
        auto& cells = all.emplace_back();
        for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
            cells.push_back(rows.null(i) ? Cell() : Cell(rows.text(i)));
        }
    }
}

void run_each(Connection& db, const std::string& sql, const std::vector<Cells>& rows) {
    for (const auto& row : rows) db.query_with(sql, row).next();
}

/// What SQLite keeps of a definition is CREATE [UNIQUE] INDEX and then our own words. An index has
/// a name of its own in the whole file.
std::string definition_of_next(const std::string& sql, const TableInfo& table,
                               const std::string& index_name) {
    const auto live = table_name(table, Copy::live), next = table_name(table, Copy::next);
    const auto on = index_name.empty() ? "" : " on ";
    const auto at = sql.find(on + live);
    if (at == std::string::npos) throw std::logic_error("not a definition of " + live + ": " + sql);
    const auto rest = on + next + sql.substr(at + (on + live).size());
    if (index_name.empty()) return "create table " + rest;
    const bool unique = sql.starts_with("CREATE UNIQUE");
    return (unique ? "create unique index \"" : "create index \"") + index_name + "\"" + rest;
}

}  // namespace

std::vector<Cells> find_rows(Connection& db, Copy copy, const Lookup& lookup) {
    std::vector<Cells> all;
    const auto sql = views::load_sql(Dialect::sqlite, copy, lookup);
    for (const auto& key : lookup.keys) {
        take_rows(db.query_with(sql, {key.begin(), key.end()}), *lookup.table, all);
    }
    return all;
}

std::vector<Parked> find_parked(Connection& db, const Projection& projection, Copy copy,
                                const std::vector<StreamId>& streams) {
    std::vector<Parked> all;
    const auto sql = std::string(views::parked_sql) + "and stream = $3";
    for (const auto& stream : streams) {
        db.each(
            sql, [&](const auto& row) { all.push_back(views::parked_from(row)); }, projection.name,
            views::copy_name(copy), stream);
    }
    return all;
}

std::vector<Cells> select_rows(Connection& db, Copy copy, const Select& query) {
    std::vector<Cells> all;
    const auto sql = views::select_sql(Dialect::sqlite, copy, query);
    take_rows(db.query_with(sql, views::parameters_of(query)), *query.table, all);
    return all;
}

void write_rows(Connection& db, Copy copy, const Change& change) {
    run_each(db, views::upsert_sql(Dialect::sqlite, copy, *change.table), change.rows);
    run_each(db, views::remove_sql(Dialect::sqlite, copy, *change.table), change.removed);
}

void make_next(Connection& db, const TableInfo& table, std::int64_t generation) {
    std::vector<std::string> indexes;
    std::string created;
    db.each(
        "select type, sql from sqlite_master where tbl_name = $1 and sql is not null",
        [&](const auto& row) {
            if (row.text(0) == "table") created = row.text(1);
            if (row.text(0) == "index") indexes.emplace_back(row.text(1));
        },
        table.name);
    db.exec(definition_of_next(created, table, ""));
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        const auto name = std::string(table.name) + "_" + std::to_string(generation) + "_" +
                          std::to_string(i + 1);
        db.exec(definition_of_next(indexes[i], table, name));
    }
}

void put_in_place(Connection& db, const TableInfo& table) {
    const auto live = table_name(table, Copy::live);
    db.exec("alter table " + live + " rename to " + old_name(table));
    db.exec("alter table " + table_name(table, Copy::next) + " rename to " + live);
}

bool discard_rows(Connection& db, const TableInfo& table) {
    const auto until = std::chrono::steady_clock::now() + discarding;
    for (const auto& name : {old_name(table), table_name(table, Copy::next)}) {
        if (!has_table(db, name)) continue;
        std::string some = "delete from ";
        some.append(name).append(" where rowid in (select rowid from ");
        some.append(name).append(" limit 10)");
        while (db.run(some) > 0) {
            if (std::chrono::steady_clock::now() > until) return true;
        }
        db.exec("drop table " + name);
        return true;
    }
    return false;
}

}  // namespace db::sqlite
