#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "events/ids.hpp"
#include "events/names.hpp"
#include "events/time.hpp"

namespace projections {

using events::StreamId;
using events::Time;
using events::Uuid;
using Date = std::chrono::sys_days;  // in UTC

/// A stored value as text, the same on every store: whole numbers in decimal, booleans 0 and 1,
/// times as ISO 8601 in UTC with six decimals, ids in 36 characters; std::nullopt is NULL.
using Cell = std::optional<std::string>;
using Cells = std::vector<Cell>;

enum class ColumnType { text, integer, boolean, time, date, uuid };
struct Column {
    std::string_view name;
    ColumnType type;
};
/// A table as the stores see it; the first `keys` columns are its primary key.
struct TableInfo {
    std::string_view name;
    std::size_t keys = 1;
    std::vector<Column> columns;
};

// ---- One value to and from its cell -----------------------------------------------------------

template <class T>
concept Named = requires {
    events::Names<T>::all;
};

/// U+0000, which PostgreSQL's texts can't hold, becomes U+FFFD.
std::string put(const std::string& value);
inline std::string put(bool value) { return value ? "1" : "0"; }
inline std::string put(std::integral auto value) { return std::to_string(value); }
inline std::string put(const Uuid& value) { return value.text(); }
/// Years outside 1 to 9999, which no store takes, become the nearest that fits.
std::string put(Time value);
std::string put(Date value);
std::string put(const std::vector<std::int64_t>& values);  // apart by spaces
template <Named E>
std::string put(E value) {
    return std::string(events::name_of(value));
}

/// These throw std::invalid_argument for a text that `put` didn't write.
inline void get(const std::string& text, std::string& to) { to = text; }
void get(const std::string& text, bool& to);
void get(const std::string& text, std::int64_t& to);
void get(const std::string& text, Uuid& to);
void get(const std::string& text, Time& to);
void get(const std::string& text, Date& to);
void get(const std::string& text, std::vector<std::int64_t>& to);
[[noreturn]] void refuse_cell(const std::string& text);
template <Named E>
void get(const std::string& text, E& to) {
    const auto value = events::named<E>(text);
    if (!value) refuse_cell(text);
    to = *value;
}

template <class T>
Cell cell_of(const T& value) {
    return put(value);
}
template <class T>
Cell cell_of(const std::optional<T>& value) {
    return value ? Cell(put(*value)) : Cell();
}
template <class T>
void read_cell(const Cell& cell, T& to) {
    if (!cell) throw std::invalid_argument("NULL where a value is needed");
    get(*cell, to);
}
template <class T>
void read_cell(const Cell& cell, std::optional<T>& to) {
    to.reset();
    if (cell) get(*cell, to.emplace());
}

// ---- A row's members, listed once -------------------------------------------------------------

template <class T>
constexpr ColumnType column_type = ColumnType::text;
template <std::integral T>
constexpr ColumnType column_type<T> = ColumnType::integer;
template <>
inline constexpr ColumnType column_type<bool> = ColumnType::boolean;
template <>
inline constexpr ColumnType column_type<Uuid> = ColumnType::uuid;
template <>
inline constexpr ColumnType column_type<Time> = ColumnType::time;
template <>
inline constexpr ColumnType column_type<Date> = ColumnType::date;
template <class T>
inline constexpr ColumnType column_type<std::optional<T>> = column_type<T>;

/// A column and where its value stands in the row (or in a struct that the row is made from).
template <class Owner, class Value>
struct Member {
    std::string_view name;
    Value Owner::*at;
};
// clang 14 doesn't deduce an aggregate's arguments by itself.
template <class Owner, class Value>
Member(std::string_view, Value Owner::*) -> Member<Owner, Value>;

/// Specialised for each row: `name`, `keys` and `members`, a tuple of Member.
template <class Row>
struct Described;

template <class Row>
const TableInfo& info_of() {
    static const TableInfo info = std::apply(
        [](const auto&... m) {
            const auto column = []<class O, class V>(const Member<O, V>& one) {
                return Column{one.name, column_type<V>};
            };
            return TableInfo{Described<Row>::name, Described<Row>::keys, {column(m)...}};
        },
        Described<Row>::members);
    return info;
}

template <class Row>
Cells cells_of(const Row& row) {
    return std::apply([&](const auto&... m) { return Cells{cell_of(row.*m.at)...}; },
                      Described<Row>::members);
}

/// Takes the cells of all columns, in order.
template <class Row>
Row row_of(const Cells& cells) {
    Row row;
    std::size_t column = 0;
    std::apply([&](const auto&... m) { (read_cell(cells.at(column++), row.*m.at), ...); },
               Described<Row>::members);
    return row;
}

}  // namespace projections
