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
                                            projections::Copy copy, std::size_t limit) override {
        return parked_where("order by position limit $3", projection, copy,
                            static_cast<std::int64_t>(limit));
    }

    std::int64_t parked_count(const projections::Projection& projection,
                              projections::Copy copy) override {
        std::int64_t count = 0;
        pool_.with([&](Db& db) {
            db.each(
                "select count(*) from projection_parked where projection = $1 and copy = $2",
                [&](const auto& row) { count = row.integer(0); }, projection.name,
                views::copy_name(copy));
        });
        return count;
    }

    std::vector<projections::Parked> parked_among(
        const projections::Projection& projection, projections::Copy copy,
        const std::vector<projections::StreamId>& streams) override {
        return pool_.with([&](Db& db) { return find_parked(db, projection, copy, streams); });
    }

    std::optional<projections::Parked> resumed(const projections::Projection& projection,
                                               projections::Copy copy) override {
        auto one = parked_where("and resumed = 1 order by position limit 1", projection, copy);
        return one.empty() ? std::nullopt : std::optional(std::move(one.front()));
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
              const projections::Changes& changes, const projections::Parking& parking,
              projections::Checkpoint from, std::int64_t to) override {
        const auto generation = from.generation + (to == from.position ? 1 : 0);
        return write([&](Db& db) {
            const auto moved = db.run(
                "update projection_checkpoint set position = $1, generation = $2"
                " where projection = $3 and copy = $4 and position = $5 and generation = $6",
                to, generation, projection.name, views::copy_name(copy), from.position,
                from.generation);
            if (moved == 0) return false;
            for (const auto& change : changes) write_rows(db, copy, change);
            write_parked(db, projection, copy, parking);
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

    template <class... A>
    std::vector<projections::Parked> parked_where(std::string_view condition,
                                                  const projections::Projection& projection,
                                                  projections::Copy copy, const A&... arguments) {
        std::vector<projections::Parked> all;
        pool_.with([&](Db& db) {
            db.each(
                std::string(views::parked_sql) + std::string(condition),
                [&](const auto& row) { all.push_back(views::parked_from(row)); }, projection.name,
                views::copy_name(copy), arguments...);
        });
        return all;
    }

    static void write_parked(Db& db, const projections::Projection& projection,
                             projections::Copy copy, const projections::Parking& parking) {
        const auto name = views::copy_name(copy);
        for (const auto& one : parking.put) {
            db.run(
                "insert into projection_parked (projection, copy, stream, position, error, since,"
                " taken, resumed) values ($1, $2, $3, $4, $5, $6, $7, $8)"
                " on conflict (projection, copy, stream) do update set position = "
                "excluded.position,"
                " error = excluded.error, since = excluded.since, taken = excluded.taken,"
                " resumed = excluded.resumed",
                projection.name, name, one.stream, one.position, one.error,
                events::micros(one.since), std::int64_t{one.taken},
                std::int64_t{one.resumed ? 1 : 0});
        }
        for (const auto& stream : parking.gone) {
            db.run(
                "delete from projection_parked where projection = $1 and copy = $2"
                " and stream = $3",
                projection.name, name, stream);
        }
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
