#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "db/pg_views.hpp"
#include "db/pool.hpp"
#include "db/sqlite_views.hpp"
#include "db/views_sql.hpp"

namespace db {

/// The tables of either store, in the log's own database. On SQLite a write is a job of the one
/// connection that writes, between the log's batches, so that an append waits for one batch at
/// most.
template <class Db, class Transaction>
class StoredViews final : public projections::Views {
public:
    /// Runs a job on the connection that may write, and waits for it; throws what the job throws.
    using Write = std::function<void(const std::function<void(Db&)>&)>;
    /// The pool must outlive the views.
    StoredViews(Pool<Db>& pool, Write write) : pool_(pool), write_(std::move(write)) {}

    projections::Checkpoint checkpoint(const projections::Projection& projection,
                                       projections::Copy copy) override {
        return pool_.with([&](Db& db) { return checkpoint_in(db, projection, copy); });
    }

    std::vector<projections::Parked> parked(const projections::Projection& projection,
                                            projections::Copy copy) override {
        std::vector<projections::Parked> all;
        pool_.with([&](Db& db) {
            db.each(
                "select stream, position, error from projection_parked"
                " where projection = $1 and copy = $2 order by position",
                [&](const auto& row) {
                    all.push_back({row.uuid(0), row.integer(1), std::string(row.text(2))});
                },
                projection.name, views::copy_name(copy));
        });
        return all;
    }

    std::vector<projections::Cells> load(projections::Copy copy,
                                         const projections::Lookup& lookup) override {
        return pool_.with([&](Db& db) { return find_rows(db, copy, lookup); });
    }

    std::vector<projections::Cells> select(projections::Copy copy,
                                           const projections::Select& query) override {
        return pool_.with([&](Db& db) { return select_rows(db, copy, query); });
    }

    bool save(const projections::Projection& projection, projections::Copy copy,
              const projections::Changes& changes, const std::vector<projections::Parked>& parked,
              projections::Checkpoint from, std::int64_t to) override {
        return write([&](Db& db) {
            const auto moved = db.run(
                "update projection_checkpoint set position = $1 where projection = $2"
                " and copy = $3 and position = $4 and generation = $5",
                to, projection.name, views::copy_name(copy), from.position, from.generation);
            if (moved == 0) return false;
            for (const auto& change : changes) write_rows(db, copy, change);
            for (const auto& one : parked) {
                db.run("insert into projection_parked values ($1, $2, $3, $4, $5)", projection.name,
                       views::copy_name(copy), one.stream, one.position, one.error);
            }
            return true;
        });
    }

    void begin_rebuild(const projections::Projection& projection) override {
        while (discard_some(projection)) {
        }
        write([&](Db& db) {
            db.run(
                "insert into projection_checkpoint values ($1, 'next', 0, 1)"
                " on conflict (projection, copy) do update set position = 0,"
                " generation = projection_checkpoint.generation + 1",
                projection.name);
            forget_parked(db, projection, projections::Copy::next);
            const auto started = checkpoint_in(db, projection, projections::Copy::next);
            for (const auto* table : projection.tables) make_next(db, *table, started.generation);
            return true;
        });
    }

    bool swap(const projections::Projection& projection) override {
        for (int tries = 1;; ++tries) {
            try {
                return exchange(projection);
            } catch (const views::TableBusy&) {
                if (tries == swap_tries) throw;
            }
            std::this_thread::sleep_for(between_swaps);
        }
    }

    bool discard_some(const projections::Projection& projection) override {
        return std::ranges::any_of(projection.tables, [&](const auto* table) {
            return write([&](Db& db) { return discard_rows(db, *table); });
        });
    }

private:
    static constexpr int swap_tries = 10;
    static constexpr std::chrono::milliseconds between_swaps{500};

    bool exchange(const projections::Projection& projection) {
        using projections::Copy;
        return write([&](Db& db) {
            // Taken first: nobody moves the live tables on from here.
            db.run(
                "update projection_checkpoint set generation = generation + 1"
                " where projection = $1 and copy = 'live'",
                projection.name);
            const auto next = checkpoint_in(db, projection, Copy::next).position;
            if (next < checkpoint_in(db, projection, Copy::live).position) return false;
            for (const auto* table : projection.tables) put_in_place(db, *table);
            forget_parked(db, projection, Copy::live);
            db.run(
                "update projection_parked set copy = 'live'"
                " where projection = $1 and copy = 'next'",
                projection.name);
            db.run(
                "update projection_checkpoint set position = $1"
                " where projection = $2 and copy = 'live'",
                next, projection.name);
            return true;
        });
    }

    static projections::Checkpoint checkpoint_in(Db& db, const projections::Projection& projection,
                                                 projections::Copy copy) {
        projections::Checkpoint found;
        db.each(
            "select position, generation from projection_checkpoint"
            " where projection = $1 and copy = $2",
            [&](const auto& row) {
                found = {row.integer(0), row.integer(1)};
            },
            projection.name, views::copy_name(copy));
        return found;
    }

    static void forget_parked(Db& db, const projections::Projection& projection,
                              projections::Copy copy) {
        db.run("delete from projection_parked where projection = $1 and copy = $2", projection.name,
               views::copy_name(copy));
    }

    /// Runs a job in one transaction; rolled back where it returns false.
    bool write(const std::function<bool(Db&)>& job) {
        bool done = false;
        write_([&](Db& db) {
            Transaction transaction(db);
            done = job(db);
            if (done) transaction.commit();
        });
        return done;
    }

    Pool<Db>& pool_;
    Write write_;
};

}  // namespace db
