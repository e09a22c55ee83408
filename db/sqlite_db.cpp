#include "db/sqlite_db.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace db::sqlite {
namespace {

// Pages in the WAL before a commit moves them into the file: rarer than SQLite's 1,000, since a
// checkpoint happens inside the commit that reaches it (limits: +27 % at batches of ten).
constexpr const char* settings =
    "pragma journal_mode=wal; pragma synchronous=full; pragma busy_timeout=5000;"
    "pragma wal_autocheckpoint=4000; pragma cache_size=-65536; pragma foreign_keys=on;";

/// A new file is its owner's alone, and so are those that SQLite puts beside it. One that exists
/// isn't opened: closing it would let go of the locks that other connections of ours have on it.
void make_private(const std::string& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
}

[[noreturn]] void fail(sqlite3* db, int result) {
    throw Error(db ? sqlite3_extended_errcode(db) : result,
                std::string("SQLite: ") + (db ? sqlite3_errmsg(db) : sqlite3_errstr(result)));
}

}  // namespace

Rows::~Rows() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Rows::next() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(sqlite3_db_handle(statement_), result);
    return result == SQLITE_ROW;
}

bool Rows::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
bool Rows::is_integer(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}
bool Rows::is_blob(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_BLOB;
}
std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Rows::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Rows::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {text == nullptr ? "" : text,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Rows::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes == nullptr ? "" : bytes,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

crypto::Uuid Rows::uuid(int column) const {
    const auto bytes = crypto::fixed<16>(blob(column));
    if (!bytes) throw Error(SQLITE_MISMATCH, "SQLite: a column should hold the 16 bytes of an id");
    return crypto::Uuid{*bytes};
}

std::optional<std::int64_t> Rows::maybe_integer(int column) const {
    if (null(column)) return std::nullopt;
    return integer(column);
}

std::optional<crypto::Uuid> Rows::maybe_uuid(int column) const {
    if (null(column)) return std::nullopt;
    return uuid(column);
}

void Connection::Close::operator()(sqlite3* db) const { sqlite3_close(db); }
void Connection::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Connection::Connection(const std::string& path, Mode mode) {
    sqlite3* db = nullptr;
    const int how =
        mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (mode != Mode::read_only) make_private(path);
    const int result = sqlite3_open_v2(path.c_str(), &db, how | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(db);
    if (result != SQLITE_OK) {
        throw Error(result, "can't open the database " + path + ": " + sqlite3_errstr(result));
    }
    sqlite3_extended_result_codes(db, 1);
    exec(mode == Mode::read_only ? "pragma busy_timeout=5000; pragma query_only=on;" : settings);
}

void Connection::exec(std::string_view sql) {
    must(sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Connection::changes() const { return sqlite3_changes64(db_.get()); }

sqlite3_stmt* Connection::prepared(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        sqlite3_stmt* statement = nullptr;
        must(sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
        found = statements_.emplace(std::string(sql), statement).first;
    }
    if (sqlite3_stmt_busy(found->second.get())) {
        throw std::logic_error("this SQLite statement is already running: " + std::string(sql));
    }
    return found->second.get();
}

void Connection::must(int result) const {
    if (result != SQLITE_OK) fail(db_.get(), result);
}

void Connection::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
    must(sqlite3_bind_int64(statement, index, value));
}
void Connection::bind(sqlite3_stmt* statement, int index, double value) {
    must(sqlite3_bind_double(statement, index, value));
}
void Connection::bind(sqlite3_stmt* statement, int index, std::string_view text) {
    must(sqlite3_bind_text64(statement, index, text.data() ? text.data() : "", text.size(),
                             SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Connection::bind(sqlite3_stmt* statement, int index, Blob blob) {
    must(sqlite3_bind_blob64(statement, index, blob.bytes.data() ? blob.bytes.data() : "",
                             blob.bytes.size(), SQLITE_TRANSIENT));
}
void Connection::bind(sqlite3_stmt* statement, int index, std::nullopt_t) {
    must(sqlite3_bind_null(statement, index));
}

Transaction::Transaction(Connection& db) : db_(&db) { db.run("begin immediate"); }

Transaction::~Transaction() {
    if (db_ == nullptr || sqlite3_get_autocommit(db_->raw())) return;
    try {
        db_->exec("rollback");
    } catch (const Error&) {
        // The connection is gone or has rolled back by itself; there is nothing left to undo.
    }
}

void Transaction::commit() {
    db_->run("commit");
    db_ = nullptr;
}

}  // namespace db::sqlite
