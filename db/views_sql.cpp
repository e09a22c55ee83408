#include "db/views_sql.hpp"

#include <algorithm>
#include <stdexcept>

namespace db::views {
namespace {

using projections::Column;
using projections::ColumnType;
using projections::Copy;
using projections::Lookup;
using projections::Select;
using projections::TableInfo;

std::string in_quotes(std::string_view name) { return "\"" + std::string(name) + "\""; }

template <class List, class F>
std::string joined(const List& list, std::string_view between, F text_of) {
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += between;
        out += text_of(list[i], i);
    }
    return out;
}

const Column& column_of(const TableInfo& table, std::string_view name) {
    const auto found = std::ranges::find(table.columns, name, &Column::name);
    if (found == table.columns.end()) {
        throw std::logic_error("no column " + std::string(name) + " in " + std::string(table.name));
    }
    return *found;
}

std::vector<Column> columns_of(const TableInfo& table, const std::vector<std::string_view>& names) {
    std::vector<Column> columns;
    for (const auto name : names) columns.push_back(column_of(table, name));
    return columns;
}

std::vector<Column> keys_of(const TableInfo& table) {
    return {table.columns.begin(), table.columns.begin() + static_cast<std::ptrdiff_t>(table.keys)};
}

std::string_view type_name(ColumnType type) {
    switch (type) {
        case ColumnType::integer:
            return "bigint";
        case ColumnType::boolean:
            return "boolean";
        case ColumnType::time:
            return "timestamptz";
        case ColumnType::date:
            return "date";
        case ColumnType::uuid:
            return "uuid";
        case ColumnType::text:
            break;
    }
    return "text";
}

/// A column as a cell: SQLite keeps it as one.
std::string as_cell(Dialect dialect, const Column& column) {
    const auto name = "t." + in_quotes(column.name);
    if (dialect == Dialect::sqlite) return name;
    switch (column.type) {
        case ColumnType::time:
            return "to_char(" + name + R"( at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";
        case ColumnType::date:
            return "to_char(" + name + ", 'YYYY-MM-DD')";
        case ColumnType::boolean:
            return name + "::integer::text";
        default:
            return name + "::text";
    }
}

/// A cell as a value of the column's type.
std::string as_value(Dialect dialect, const std::string& cell, const Column& column) {
    if (dialect == Dialect::sqlite) return cell;
    return cell + "::" + std::string(type_name(column.type));
}

std::string parameter(std::size_t index) { return "$" + std::to_string(index + 1); }

/// unnest($1::text[], …) as k (c1, …): one row per key, one column per parameter.
std::string unnested(std::size_t parameters) {
    std::string arrays, names;
    for (std::size_t i = 0; i < parameters; ++i) {
        arrays += (i == 0 ? "$" : ", $") + std::to_string(i + 1) + "::text[]";
        names += (i == 0 ? "c" : ", c") + std::to_string(i + 1);
    }
    return "unnest(" + arrays + ") as k (" + names + ")";
}

std::string key_matches(Dialect dialect, const std::vector<Column>& columns) {
    return joined(columns, " and ", [&](const Column& column, std::size_t i) {
        const auto cell = dialect == Dialect::sqlite ? parameter(i) : "k.c" + std::to_string(i + 1);
        return "t." + in_quotes(column.name) + " = " + as_value(dialect, cell, column);
    });
}

std::string cells(Dialect dialect, const TableInfo& table) {
    return joined(table.columns, ", ",
                  [&](const Column& column, std::size_t) { return as_cell(dialect, column); });
}

std::string names(const std::vector<Column>& columns) {
    return joined(columns, ", ",
                  [](const Column& column, std::size_t) { return in_quotes(column.name); });
}

std::string_view sign(Select::Is is) {
    switch (is) {
        case Select::Is::less:
            return " < ";
        case Select::Is::at_most:
            return " <= ";
        case Select::Is::at_least:
            return " >= ";
        case Select::Is::more:
            return " > ";
        case Select::Is::equal:
            break;
    }
    return " = ";
}

}  // namespace

std::string_view copy_name(Copy copy) { return copy == Copy::live ? "live" : "next"; }

std::string table_name(const TableInfo& table, Copy copy) {
    return in_quotes(std::string(table.name) + (copy == Copy::live ? "" : "_next"));
}

/// On PostgreSQL one look into an index per key, whatever the planner thinks: a plan that was made
/// while the table was small would otherwise scan it for ever.
std::string load_sql(Dialect dialect, Copy copy, const Lookup& lookup) {
    const auto columns = columns_of(*lookup.table, lookup.columns);
    const auto select = "select " + cells(dialect, *lookup.table) + " from ";
    const auto rows =
        table_name(*lookup.table, copy) + " as t where " + key_matches(dialect, columns);
    if (dialect == Dialect::sqlite) return select + rows;
    return select + unnested(columns.size()) + " cross join lateral (select * from " + rows +
           " offset 0) as t";
}

std::string upsert_sql(Dialect dialect, Copy copy, const TableInfo& table) {
    const auto values = joined(table.columns, ", ", [&](const Column& column, std::size_t i) {
        return dialect == Dialect::sqlite
                   ? parameter(i)
                   : as_value(dialect, "k.c" + std::to_string(i + 1), column);
    });
    const auto rows = dialect == Dialect::sqlite
                          ? " values (" + values + ")"
                          : " select " + values + " from " + unnested(table.columns.size());
    const auto overwrite = joined(table.columns, ", ", [](const Column& column, std::size_t) {
        return in_quotes(column.name) + " = excluded." + in_quotes(column.name);
    });
    return "insert into " + table_name(table, copy) + " (" + names(table.columns) + ")" + rows +
           " on conflict (" + names(keys_of(table)) + ") do update set " + overwrite;
}

std::string remove_sql(Dialect dialect, Copy copy, const TableInfo& table) {
    const auto keys = keys_of(table);
    const auto given = dialect == Dialect::sqlite ? "" : " using " + unnested(keys.size());
    return "delete from " + table_name(table, copy) + " as t" + given + " where " +
           key_matches(dialect, keys);
}

std::string select_sql(Dialect dialect, Copy copy, const Select& query) {
    const auto& table = *query.table;
    std::size_t parameters = 0;
    std::string sql =
        "select " + cells(dialect, table) + " from " + table_name(table, copy) + " as t";
    for (const auto& condition : query.where) {
        const auto columns = columns_of(table, condition.columns);
        sql += (&condition == &query.where.front() ? " where (" : " and (") +
               joined(columns, ", ",
                      [](const Column& c, std::size_t) { return "t." + in_quotes(c.name); }) +
               ")" + std::string(sign(condition.is)) + "(" +
               joined(columns, ", ",
                      [&](const Column& c, std::size_t) {
                          return as_value(dialect, parameter(parameters++), c);
                      }) +
               ")";
    }
    if (!query.order.empty()) {
        sql += " order by " + joined(query.order, ", ", [&](const auto& by, std::size_t) {
                   const auto& column = column_of(table, by.column);
                   return "t." + in_quotes(column.name) + (by.descending ? " desc" : "");
               });
    }
    return sql + " limit cast(" + parameter(parameters) + " as bigint)";
}

projections::Cells parameters_of(const Select& query) {
    projections::Cells values;
    for (const auto& condition : query.where) {
        values.insert(values.end(), condition.values.begin(), condition.values.end());
    }
    values.emplace_back(std::to_string(query.limit));
    return values;
}

}  // namespace db::views
