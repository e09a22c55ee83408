#pragma once

#include <chrono>

#include "db/keyring.hpp"
#include "db/migrations.hpp"
#include "db/store.hpp"
#include "events/codec.hpp"

/// What both stores do in the same words when they open. Db is sqlite::Connection or
/// pg::Connection; the caller holds a transaction and, against other processes, a lock.
namespace db {

inline events::Time wall_clock() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

template <class Db>
std::vector<migrations::Applied> applied_migrations(Db& db) {
    std::vector<migrations::Applied> applied;
    db.each("select number, name, sha256 from migration order by number", [&](const auto& row) {
        applied.push_back(
            {static_cast<int>(row.integer(0)), std::string(row.text(1)), std::string(row.text(2))});
    });
    return applied;
}

/// Throws StoreError as migrations::pending does.
template <class Db>
void migrate(Db& db, std::span<const migrations::File> files) {
    db.exec(sql::migration_table);
    for (const auto& file : migrations::pending(files, applied_migrations(db), true)) {
        const auto known = migrations::described(file);
        db.exec(file.text);
        db.run("insert into migration (number, name, sha256, applied) values ($1, $2, $3, $4)",
               std::int64_t{known.number}, known.name, known.sha256, events::micros(wall_clock()));
    }
    for (const auto& type : events::all_types()) {
        db.run("insert into event_type (code, name) values ($1, $2) on conflict do nothing",
               type.code, type.name);
    }
}

template <class Db>
Keyring::Wrapped special_keys(Db& db) {
    Keyring::Wrapped keys;
    db.each("select name, wrapped from special_key",
            [&](const auto& row) { keys[std::string(row.text(0))] = row.blob(1); });
    return keys;
}

/// Whether nothing was ever sealed, so that special keys may be made. Throws StoreError where
/// events stand in the log and the keys are gone: others in their place would open nothing.
template <class Db>
bool is_new_log(Db& db) {
    if (!special_keys(db).empty()) return false;
    db.each(sql::head, [](const auto& row) {
        if (row.integer(0) == 0) return;
        throw StoreError(
            "the table special_key is empty, and without its keys the log can't be read; restore "
            "it from a backup");
    });
    return true;
}

/// The special keys, made where the log is new. Throws StoreError where the master key is not
/// theirs, or one of them is gone.
template <class Db>
Keyring keyring_of(Db& db, const crypto::Key& master) {
    if (is_new_log(db)) {
        for (const auto& [name, wrapped] : Keyring::make(master)) {
            db.run("insert into special_key (name, wrapped) values ($1, $2)", name, Blob{wrapped});
        }
    }
    return Keyring(master, special_keys(db));
}

}  // namespace db
