#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/uuid.hpp"
#include "db/value.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace db::sqlite {

struct Error : std::runtime_error {
    Error(int error_code, const std::string& message)
        : std::runtime_error(message), code(error_code) {}
    int code;  // SQLite's extended result code
};

/// The rows of one running query. The statement is given back, reset, when this goes.
class Rows {
public:
    explicit Rows(sqlite3_stmt* statement) : statement_(statement) {}
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    /// Steps to the next row; false after the last. Throws Error.
    bool next();

    // Columns count from 0. Views last until the next step.
    bool null(int column) const;
    bool is_integer(int column) const;  // a column may hold any type
    bool is_blob(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    /// Throws Error where the column doesn't hold 16 bytes.
    crypto::Uuid uuid(int column) const;
    std::optional<std::int64_t> maybe_integer(int column) const;
    std::optional<crypto::Uuid> maybe_uuid(int column) const;

private:
    sqlite3_stmt* statement_;
};

enum class Mode { read_write, read_only };

/// One connection, used by one thread at a time. Statements are prepared once, by their text, and
/// kept. Parameters are ?1, ?2 …: integers, bool, double, string_view (text), Blob, Uuid (16 bytes)
/// and optionals of these.
class Connection {
public:
    /// Opens (read_write: also creates) the file; WAL, synchronous=FULL. Throws Error.
    Connection(const std::string& path, Mode mode);

    /// Runs any number of statements without parameters.
    void exec(std::string_view sql);
    /// Starts a query. Its text must not be in use by another Rows of this connection.
    template <class... A>
    Rows query(std::string_view sql, const A&... arguments) {
        auto* statement = prepared(sql);
        Rows rows(statement);
        int index = 0;
        (bind(statement, ++index, arguments), ...);
        return rows;
    }
    /// The same with texts whose number is known at run time only.
    Rows query_with(std::string_view sql, const std::vector<std::optional<std::string>>& texts) {
        auto* statement = prepared(sql);
        Rows rows(statement);
        int index = 0;
        for (const auto& text : texts) bind(statement, ++index, text);
        return rows;
    }
    /// Runs one statement to its end; returns how many rows it changed.
    template <class... A>
    std::int64_t run(std::string_view sql, const A&... arguments) {
        auto rows = query(sql, arguments...);
        while (rows.next()) {
        }
        return changes();
    }
    /// Calls f with each row of a query (a const Rows&).
    template <class F, class... A>
    void each(std::string_view sql, F f, const A&... arguments) {
        auto rows = query(sql, arguments...);
        while (rows.next()) f(std::as_const(rows));
    }
    std::int64_t changes() const;
    sqlite3* raw() const { return db_.get(); }

private:
    struct Close {
        void operator()(sqlite3* db) const;
        void operator()(sqlite3_stmt* statement) const;
    };

    sqlite3_stmt* prepared(std::string_view sql);
    void must(int result) const;
    void bind(sqlite3_stmt* statement, int index, std::int64_t value);
    void bind(sqlite3_stmt* statement, int index, double value);
    void bind(sqlite3_stmt* statement, int index, std::string_view text);
    void bind(sqlite3_stmt* statement, int index, Blob blob);
    void bind(sqlite3_stmt* statement, int index, std::nullopt_t);
    void bind(sqlite3_stmt* statement, int index, std::integral auto value) {
        bind(statement, index, static_cast<std::int64_t>(value));
    }
    void bind(sqlite3_stmt* statement, int index, const std::string& text) {
        bind(statement, index, std::string_view(text));
    }
    void bind(sqlite3_stmt* statement, int index, const char* text) {
        bind(statement, index, std::string_view(text));
    }
    void bind(sqlite3_stmt* statement, int index, const crypto::Uuid& id) {
        bind(statement, index, Blob{id.view()});
    }
    template <class T>
    void bind(sqlite3_stmt* statement, int index, const std::optional<T>& value) {
        if (value) {
            bind(statement, index, *value);
        } else {
            bind(statement, index, std::nullopt);
        }
    }

    std::unique_ptr<sqlite3, Close> db_;
    // After db_, so that statements go before the connection does.
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Close>, std::less<>> statements_;
};

/// A transaction that writes (BEGIN IMMEDIATE); rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Connection& db);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    Connection* db_;
};

}  // namespace db::sqlite
