#include "db/sqlite_store.hpp"

#include <unistd.h>

#include <filesystem>

#include "db/key_file.hpp"
#include "db/verify.hpp"

namespace db::sqlite {
namespace {

// Who reads the log waits for nobody who reads tables. Four pages of it may be asked for at a time
// (http::Limits::workers), and some places are left for intake, the conversations and the tables.
constexpr std::size_t table_readers = 4, log_readers = 10;

void make_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error)
        throw StoreError("can't make the folder " + folder.string() + ": " + error.message());
}

bool has_table(Connection& db, std::string_view name) {
    bool found = false;
    db.each(
        "select 1 from sqlite_master where type = 'table' and name = $1",
        [&](const auto&) { found = true; }, name);
    return found;
}

/// Throws StoreError where the file's schema is not this binary's.
void check_schema(Connection& db) {
    const auto applied =
        has_table(db, "migration") ? applied_migrations(db) : std::vector<migrations::Applied>{};
    migrations::pending(migrations::sqlite, applied, false);
}

/// The file itself, however it is named: its lock and its key stand beside it.
std::string file_of(const std::string& path) {
    std::error_code error;
    const auto file = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
    return error ? path : file.string();
}

std::string name_of_process() { return "process " + std::to_string(getpid()); }

/// Raises every slice's epoch above this process's last and above all that are in the table. Nobody
/// counts to 2^53: such a row was tampered with.
std::int64_t raise_epochs(Connection& db, std::int64_t last) {
    std::int64_t epoch = 0;
    Transaction transaction(db);
    db.each(
        "select max($1, coalesce(max(epoch), 0)) + 1 from lease where epoch between 1 and 1 << 53",
        [&](const auto& row) { epoch = row.integer(0); }, last);
    db.run(sql::raise_epochs, epoch, name_of_process());
    transaction.commit();
    return epoch;
}

std::unique_ptr<Connection> read_only(const std::string& path) {
    return std::make_unique<Connection>(path, Mode::read_only);
}

}  // namespace

Store::Store(const std::string& path, const Options& options)
    : path_(file_of(path)),
      readers_(table_readers, [this] { return read_only(path_); }),
      log_readers_(log_readers, [this] { return read_only(path_); }) {
    if (options.read_only) {
        if (!std::filesystem::exists(path_)) throw StoreError("there is no database " + path);
        auto db = read_only(path_);
        check_schema(*db);
        keyring_.emplace(master_key(options, false), special_keys(*db));
    } else {
        open_for_writing(options);
    }
    sealer_.emplace(*keyring_);
    deliveries_.emplace(*keyring_, readers_, [this](const auto& job) { run(job); });
    marks_.emplace(readers_, [this](const auto& job) { run(job); });
    views_.emplace(readers_, [this](const auto& job) { run(job); });
    if (connection_) {
        writer_.emplace(*connection_);
        appender_.emplace(
            *writer_, Batcher::Limits{},
            [this](const Request& request, const events::Appended& appended) {
                sealer_->stored(request, appended.stream);
            },
            [this](std::int64_t head) { listeners_.tell(head); });
    }
    log_.emplace(*sealer_, reader_, appender_ ? &*appender_ : nullptr);
}

void Store::open_for_writing(const Options& options) {
    make_folder_of(path_);
    lock_.emplace(path_ + ".lock", path_);
    connection_.emplace(path_, Mode::read_write);
    auto& db = *connection_;
    if (!options.migrate) check_schema(db);
    Transaction transaction(db);
    migrate(db, migrations::sqlite);
    keyring_.emplace(keyring_of(db, master_key(options, is_new_log(db))));
    transaction.commit();
}

crypto::Key Store::master_key(const Options& options, bool new_log) {
    if (options.master_key_hex) return Keyring::parse_master(*options.master_key_hex);
    const auto file = path_ + ".key";
    if (const auto digits = read_key_file(file)) return Keyring::parse_master(*digits);
    if (!new_log) {
        throw StoreError(
            "the key file " + file +
            " is gone and HILO_MASTER_KEY is not set: without the key the log can't be "
            "read; put it back");
    }
    notices_.push_back(
        "a master key was made in " + file +
        ": back it up apart from the database, for without it the log can't be read");
    return Keyring::parse_master(make_key_file(file));
}

void Store::run(const std::function<void(Connection&)>& job) {
    if (!appender_) throw std::logic_error("the store was opened read-only");
    appender_->run([&] { job(*connection_); });
}

/// Unless somebody changed the table from outside.
bool Store::holds_all_slices() {
    std::int64_t held = 0;
    readers_.with([&](Connection& db) {
        db.each(
            "select count(*) from lease where slice between 0 and 1023 and epoch = $1"
            " and owner = $2",
            [&](const auto& row) { held = row.integer(0); }, epoch_, name_of_process());
    });
    return held == events::slice_count;
}

Leases Store::renew_leases(const std::vector<int>&) {
    if (!decides_ || !holds_all_slices()) {
        run([&](Connection& db) { epoch_ = raise_epochs(db, epoch_); });
        decides_ = true;
    }
    Leases leases;
    for (int slice = 0; slice < events::slice_count; ++slice) {
        leases.held.push_back({slice, epoch_});
    }
    return leases;
}

Verified Store::verify(const Verification& wanted) { return db::verify(reader_, wanted); }

}  // namespace db::sqlite
