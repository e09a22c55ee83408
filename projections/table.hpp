#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "projections/cells.hpp"

namespace projections {

/// What a batch did to one table: rows to write (inserted, or overwritten by their key) and the
/// keys of rows to remove.
struct Change {
    const TableInfo* table = nullptr;
    std::vector<Cells> rows;
    std::vector<Cells> removed;
};
using Changes = std::vector<Change>;

/// The rows of one table that a batch needs, found by `Row::key()`; remembers which changed. A row
/// that was not loaded counts as absent, so that everything wanted must be loaded first.
template <class Row>
class Table {
public:
    using Key = decltype(std::declval<const Row&>().key());

    /// Takes a stored row; one that is already here is newer.
    void load(Row row) {
        const auto key = row.key();
        rows_.try_emplace(key, std::move(row));
    }
    const Row* find(const Key& key) const {
        const auto found = rows_.find(key);
        return found == rows_.end() ? nullptr : &found->second;
    }
    void put(Row row) {
        const auto key = row.key();
        removed_.erase(key);
        changed_.insert(key);
        rows_.insert_or_assign(key, std::move(row));
    }
    void remove(const Key& key) {
        const auto found = rows_.find(key);
        if (found == rows_.end()) return;
        auto cells = cells_of(found->second);
        cells.resize(Described<Row>::keys);
        removed_.insert_or_assign(key, std::move(cells));
        changed_.erase(key);
        rows_.erase(found);
    }
    Change change() const {
        Change change{&info_of<Row>(), {}, {}};
        for (const auto& key : changed_) change.rows.push_back(cells_of(rows_.at(key)));
        for (const auto& [key, cells] : removed_) change.removed.push_back(cells);
        return change;
    }
    const std::map<Key, Row>& rows() const { return rows_; }

private:
    std::map<Key, Row> rows_;
    std::set<Key> changed_;
    std::map<Key, Cells> removed_;
};

}  // namespace projections
