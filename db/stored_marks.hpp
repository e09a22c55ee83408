#pragma once

#include <functional>
#include <utility>

#include "db/marks.hpp"
#include "db/pool.hpp"

namespace db {

/// Marks in a table of either store.
template <class Db>
class StoredMarks final : public Marks {
public:
    /// Runs a job on the connection that may write, and waits for it.
    using Write = std::function<void(const std::function<void(Db&)>&)>;
    StoredMarks(Pool<Db>& pool, Write write) : pool_(pool), write_(std::move(write)) {}

    std::optional<events::Time> get(std::string_view name) override {
        std::optional<events::Time> reached;
        pool_.with([&](Db& db) {
            db.each(
                "select reached from mark where name = $1",
                [&](const auto& row) { reached = events::from_micros(row.integer(0)); }, name);
        });
        return reached;
    }
    void advance(std::string_view name, events::Time to) override {
        write_([&](Db& db) {
            db.run(
                "insert into mark (name, reached) values ($1, $2)"
                " on conflict (name) do update set reached = excluded.reached"
                " where excluded.reached > mark.reached",
                name, events::micros(to));
        });
    }

private:
    Pool<Db>& pool_;
    const Write write_;
};

}  // namespace db
