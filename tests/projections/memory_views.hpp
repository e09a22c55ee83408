#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>

#include "projections/follow.hpp"
#include "tests/projections/history.hpp"

namespace testing_projections {

using namespace projections;

/// The contract in memory: tables as maps from key to row.
class MemoryViews final : public Views {
public:
    using Rows = std::map<Cells, Cells>;
    std::size_t largest_save = 0;  // rows

    Checkpoint checkpoint(const Projection& projection, Copy copy) override {
        return checkpoints_[{projection.name, copy}];
    }
    std::vector<Parked> parked(const Projection& projection, Copy copy,
                               std::size_t limit) override {
        auto all = parked_[{projection.name, copy}];
        std::ranges::sort(all, {}, &Parked::position);
        all.resize(std::min(all.size(), limit));
        return all;
    }
    /// All of them.
    std::vector<Parked> parked(const Projection& projection, Copy copy = Copy::live) {
        return parked(projection, copy, SIZE_MAX);
    }
    std::int64_t parked_count(const Projection& projection, Copy copy) override {
        return static_cast<std::int64_t>(parked_[{projection.name, copy}].size());
    }
    std::vector<Parked> parked_among(const Projection& projection, Copy copy,
                                     const std::vector<StreamId>& streams) override {
        auto all = parked_[{projection.name, copy}];
        std::erase_if(all, [&](const Parked& one) {
            return std::ranges::find(streams, one.stream) == streams.end();
        });
        return all;
    }
    std::optional<Parked> resumed(const Projection& projection, Copy copy) override {
        const auto& all = parked_[{projection.name, copy}];
        const auto one = std::ranges::find(all, true, &Parked::resumed);
        return one == all.end() ? std::nullopt : std::optional(*one);
    }
    std::vector<Cells> load(Copy copy, const Lookup& lookup) override {
        std::vector<Cells> found;
        for (const auto& [key, row] : rows(*lookup.table, copy)) {
            for (const auto& wanted : lookup.keys) {
                if (matches(*lookup.table, row, lookup.columns, wanted)) found.push_back(row);
            }
        }
        return found;
    }
    bool save(const Projection& projection, Copy copy, const Changes& changes,
              const Parking& parking, Checkpoint from, std::int64_t to) override {
        auto& checkpoint = checkpoints_[{projection.name, copy}];
        if (checkpoint != from) return false;
        checkpoint = {to, from.generation + (to == from.position ? 1 : 0)};
        std::size_t count = 0;
        for (const auto& change : changes) {
            count += change.rows.size();
            auto& table = rows(*change.table, copy);
            for (const auto& row : change.rows) table[key_of(*change.table, row)] = row;
            for (const auto& key : change.removed) table.erase(key);
        }
        largest_save = std::max(largest_save, count);
        auto& all = parked_[{projection.name, copy}];
        for (const auto& one : parking.put) {
            std::erase_if(all, [&](const Parked& old) { return old.stream == one.stream; });
            all.push_back(one);
        }
        for (const auto& stream : parking.gone) {
            std::erase_if(all, [&](const Parked& old) { return old.stream == stream; });
        }
        return true;
    }
    std::vector<Cells> select(Copy, const Select&) override {
        throw std::logic_error("the contract's tests ask the stores");
    }
    void begin_rebuild(const Projection& projection) override {
        for (const auto* table : projection.tables) rows(*table, Copy::next).clear();
        parked_[{projection.name, Copy::next}].clear();
        auto& next = checkpoints_[{projection.name, Copy::next}];
        next = {0, next.generation + 1};
    }
    bool swap(const Projection& projection) override {
        auto& live = checkpoints_[{projection.name, Copy::live}];
        const auto next = checkpoints_[{projection.name, Copy::next}];
        if (next.position < live.position) return false;
        for (const auto* table : projection.tables) {
            rows(*table, Copy::live) = std::exchange(rows(*table, Copy::next), {});
        }
        parked_[{projection.name, Copy::live}] =
            std::exchange(parked_[{projection.name, Copy::next}], {});
        live = {next.position, live.generation + 1};
        return true;
    }
    bool discard_some(const Projection&) override { return false; }

    Rows& rows(const TableInfo& table, Copy copy = Copy::live) {
        return tables_[{table.name, copy}];
    }
    template <class Row>
    std::vector<Row> all() {
        std::vector<Row> out;
        for (const auto& [key, row] : rows(info_of<Row>())) out.push_back(row_of<Row>(row));
        return out;
    }
    /// Every live row of a projection.
    std::map<std::string_view, Rows> content(const Projection& projection) {
        std::map<std::string_view, Rows> out;
        for (const auto* table : projection.tables) out[table->name] = rows(*table);
        return out;
    }

private:
    static Cells key_of(const TableInfo& table, const Cells& row) {
        return {row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys)};
    }
    static bool matches(const TableInfo& table, const Cells& row,
                        const std::vector<std::string_view>& columns,
                        const std::vector<std::string>& wanted) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto at = std::ranges::find(table.columns, columns[i], &Column::name);
            if (row[static_cast<std::size_t>(at - table.columns.begin())] != wanted[i])
                return false;
        }
        return true;
    }

    std::map<std::pair<std::string_view, Copy>, Checkpoint> checkpoints_;
    std::map<std::pair<std::string_view, Copy>, std::vector<Parked>> parked_;
    std::map<std::pair<std::string_view, Copy>, Rows> tables_;
};

/// Follows a whole history, `batch` events at a time.
inline void follow(const std::vector<Recorded>& events, Views& views, const Projection& projection,
                   std::size_t batch = 500) {
    MemoryLog log(events);
    Follower follower(log, views, projection, Copy::live, batch);
    while (follower.step() != Follower::Step::nothing) {
    }
}

}  // namespace testing_projections
