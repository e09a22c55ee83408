#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/checkpoints.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/signing.hpp"
#include "cli/usage.hpp"
#include "crypto/random.hpp"
#include "db/file_lock.hpp"
#include "db/file_sync.hpp"
#include "db/key_file.hpp"
#include "db/pending.hpp"
#include "db/sqlite_copy.hpp"

namespace cli {
namespace {

namespace files = std::filesystem;

/// The key of a database whose key file stands beside it, or of the environment.
std::string master_key_of(const Config& config, const std::string& database) {
    if (config.master_key) return *config.master_key;
    if (const auto digits = db::read_key_file(database + ".key")) return *digits;
    throw db::StoreError("there is no master key: put the key file of this database at " +
                         database + ".key, or set HILO_MASTER_KEY; without it a log can't be read");
}

/// Throws where the log isn't as it was written.
db::Verified verified(db::Store& store, const std::string& name) {
    const auto found = store.verify(db::Verification{});
    if (!found.defect) return found;
    throw std::runtime_error(name + " is not as it was written: position " +
                             std::to_string(found.defect->position) + ", " + found.defect->what);
}

Json row_of(const db::Verified& found) {
    return {{"verdict", "as it was written"},
            {"events", found.events},
            {"position", found.head.position},
            {"seal", crypto::hex(found.head.seal)}};
}

// ---- Backup -----------------------------------------------------------------------------------

int back_up(const std::string& file, const std::string& output) {
    const auto config = read_config();
    const auto database = db::file_of(config.database_url);
    if (!database) {
        throw UsageError(
            "hilo backup copies a SQLite database; PostgreSQL has pg_basebackup and its WAL for "
            "it, and hilo restore says so to the log afterwards (docs/backup.md)");
    }
    const auto key = master_key_of(config, *database);
    db::sqlite::copy_database(*database, file);
    const auto store = db::open_store({"sqlite:" + file, key, true, false});
    print_one(std::cout, output, row_of(verified(*store, file)));
    std::cerr << "the master key is not in it: keep a copy of "
              << (config.master_key ? std::string("HILO_MASTER_KEY") : *database + ".key")
              << " apart\n";
    return Exit::ok;
}

// ---- Restore ----------------------------------------------------------------------------------

/// What was said before now may have been answered when this log didn't know of it
/// (docs/decisions/0018).
void leave_to_people(events::Log& log) {
    const auto now = std::chrono::system_clock::now();
    const auto from = std::chrono::ceil<std::chrono::seconds>(now).time_since_epoch().count();
    const events::SettingsChanged change{{{"answersFrom", std::int64_t{from}}}, "hilo restore"};
    const auto appended =
        events::append_now(log, {events::settings_stream,
                                 {{crypto::new_uuid(),
                                   events::SystemEvent(change),
                                   std::chrono::floor<std::chrono::microseconds>(now),
                                   {},
                                   {},
                                   events::When::always}},
                                 {}});
    if (appended.outcome != events::Outcome::appended) {
        throw std::runtime_error("the log is busy or away; please try again");
    }
}

/// The copy is made ready under another name, so that a restore is there whole or not at all.
db::Verified put_in_place(const Config& config, const std::string& file, const std::string& path) {
    for (const auto* tail : {"", "-wal"}) {
        if (!files::exists(path + tail)) continue;
        throw db::StoreError(path + tail +
                             " is there: move the database away, with its -wal and -shm, before "
                             "another one takes its place");
    }
    const db::FileLock lock(path + ".lock", path);
    const auto made = path + ".restoring";
    for (const auto* tail : {"", "-wal", "-shm"}) files::remove(made + tail);
    const auto key = master_key_of(config, path);
    db::sqlite::copy_database(file, made);
    db::Verified found;
    try {
        const auto store = db::open_store({"sqlite:" + made, key, false, true});
        found = verified(*store, file);
        leave_to_people(store->log());
    } catch (...) {
        std::error_code ignored;
        for (const auto* tail : {"", "-wal", "-shm", ".lock"}) files::remove(made + tail, ignored);
        throw;
    }
    files::remove(made + ".lock");
    files::rename(made, path);
    db::sync_folder_of(path);
    return found;
}

/// What the server's own file of checkpoints tells of a later log isn't true of this one.
void set_checkpoints_aside(const Config& config, const db::Verified& found) {
    const auto kept = signing_of(config).file;
    if (kept.empty()) return;
    const auto checkpoints = read_checkpoints(kept, {});
    if (checkpoints.empty() || checkpoints.back().head.position <= found.head.position) return;
    const auto aside = kept + ".before-restore-to-" + std::to_string(found.head.position);
    files::rename(kept, aside);
    std::cerr << "the log had come to position " << checkpoints.back().head.position
              << " at least, and goes on from " << found.head.position << ": what shows it is in "
              << aside << "\n";
}

int restore(const std::string& file, const std::string& output) {
    const auto config = read_config();
    const auto path = db::file_of(config.database_url);
    db::Verified found;
    if (!file.empty()) {
        if (!path) {
            throw UsageError(
                "PostgreSQL is restored by its own tools (docs/backup.md); then hilo restore "
                "without a file");
        }
        found = put_in_place(config, file, *path);
    } else {
        const auto store = db::open_store({config.database_url, config.master_key, false, true});
        found = verified(*store, "the log");
        leave_to_people(store->log());
    }
    set_checkpoints_aside(config, found);
    print_one(std::cout, output, row_of(found));
    std::cerr << "messages from before now are left to people (the setting answersFrom): what was "
                 "answered since the backup isn't in this log\n";
    return Exit::ok;
}

}  // namespace

void add_backup(CLI::App& app, Choice& choice) {
    auto file = std::make_shared<std::string>();
    auto* backup = app.add_subcommand(
        "backup", "Copy the database (SQLite) beside a running server, and verify the copy");
    backup->add_option("file", *file, "A new file")->required();
    backup->footer("Example:\n  hilo backup /mnt/elsewhere/hilo-$(date +%F).db");
    backup->callback([&choice, file] {
        choice.action = [&choice, file] { return back_up(*file, choice.output); };
    });
    auto* verb = app.add_subcommand(
        "restore", "Begin again with a backup, verified; hilo serve must not run meanwhile");
    verb->add_option(
        "file", *file,
        "As hilo backup wrote it; none where the database was restored by other means");
    verb->footer(
        "Example:\n  mv data/hilo.db* old/ && mv old/hilo.db.key data/\n"
        "  hilo restore /mnt/elsewhere/hilo-2026-11-20.db");
    verb->callback([&choice, file] {
        choice.action = [&choice, file] { return restore(*file, choice.output); };
    });
}

}  // namespace cli
