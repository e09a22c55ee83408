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

/// One value in COPY's text format.
void add_copied(std::string& to, const Cell& cell) {
    if (!cell) {
        to += "\\N";
        return;
    }
    for (const char c : *cell) {
        switch (c) {
            case '\\':
                to += "\\\\";
                break;
            case '\t':
                to += "\\t";
                break;
            case '\n':
                to += "\\n";
                break;
            case '\r':
                to += "\\r";
                break;
            default:
                to += c;
        }
    }
}

std::string index_name(const TableInfo& table, std::int64_t generation, const std::string& what) {
    return "\"" + std::string(table.name) + "_" + std::to_string(generation) + "_" + what + "\"";
}
std::string key_name(const TableInfo& table, std::int64_t generation) {
    return index_name(table, generation, "pkey");
}

}  // namespace

std::shared_ptr<void> claim(const Pool<Connection>& pool, std::string_view projection) {
    std::shared_ptr<Connection> own = pool.own();
    bool claimed = false;
    own->each(
        "select pg_try_advisory_lock(7521962, hashtext($1))::integer",
        [&](const auto& row) { claimed = row.integer(0) != 0; }, projection);
    return claimed ? own : nullptr;
}

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

void make_next(Connection& db, const TableInfo& table) {
    const auto next = table_name(table, Copy::next);
    db.exec("drop table if exists " + next);
    db.exec("create table " + next + " (like " + table_name(table, Copy::live) + " including all" +
            (table.sums ? ")" : " excluding indexes)"));
}

void insert_rows(Connection& db, const Change& change) {
    if (change.rows.empty()) return;
    if (change.table->sums) {
        db.query_with(views::add_sql(Dialect::postgres, Copy::next, *change.table),
                      arrays_of(change.rows));
        return;
    }
    std::string rows;
    for (const auto& row : change.rows) {
        for (const auto& cell : row) {
            add_copied(rows, cell);
            rows += '\t';
        }
        rows.back() = '\n';
    }
    db.copy_in(views::into_sql(Copy::next, *change.table), rows);
}

std::vector<std::string> indexes_of(Connection& db, const TableInfo& table,
                                    std::int64_t generation) {
    if (table.sums) return {};
    std::vector<std::string> all;
    db.each(
        "select pg_get_indexdef(indexrelid), indisunique, indisprimary from pg_index"
        " where indrelid = to_regclass($1) order by indexrelid",
        [&](const auto& row) {
            const std::string definition(row.text(0));
            const auto name = row.integer(2) != 0
                                  ? key_name(table, generation)
                                  : index_name(table, generation, std::to_string(all.size() + 1));
            all.push_back("create " + std::string(row.integer(1) != 0 ? "unique " : "") +
                          "index if not exists " + name + " on " + table_name(table, Copy::next) +
                          definition.substr(definition.find(" USING ")));
        },
        table_name(table, Copy::live));
    return all;
}

void make_index(Connection& db, const std::string& sql) {
    constexpr std::chrono::hours at_most{6};
    const auto usual = db.set_deadline(at_most);
    db.exec("set local maintenance_work_mem = '256MB'");
    db.exec(sql);
    db.set_deadline(usual);
}

void finish_next(Connection& db, const TableInfo& table, std::int64_t generation) {
    if (table.sums) return;
    db.exec("alter table " + table_name(table, Copy::next) + " add primary key using index " +
            key_name(table, generation));
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
