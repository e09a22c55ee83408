#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "db/pg_values.hpp"

struct pg_conn;
struct pg_result;

namespace db::pg {

struct Error : std::runtime_error {
    Error(const std::string& message, std::string state, bool connection_lost)
        : std::runtime_error(message), sqlstate(std::move(state)), lost(connection_lost) {}
    std::string sqlstate;  // five characters; empty where the server said nothing
    bool lost;             // the connection is of no more use; whether it took effect is unknown
};

/// The rows of a query, in binary. Rows and columns count from 0.
class Result {
public:
    explicit Result(pg_result* result) : result_(result) {}

    int rows() const;
    bool empty() const { return rows() == 0; }
    bool null(int row, int column) const;
    std::string_view bytes(int row, int column) const;  // bytea, text, varchar
    std::int64_t integer(int row, int column) const;    // int2, int4, int8, bool
    double real(int row, int column) const;             // float8
    crypto::Uuid uuid(int row, int column) const;
    std::optional<std::int64_t> maybe_integer(int row, int column) const;
    std::optional<crypto::Uuid> maybe_uuid(int row, int column) const;
    std::int64_t changed() const;  // rows that an INSERT, UPDATE or DELETE touched
    const pg_result* get() const { return result_.get(); }

private:
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

/// One row of a result, with the accessors that SQLite's rows have, so that code can serve both.
class RowView {
public:
    RowView(const Result& result, int row) : result_(result), row_(row) {}
    bool null(int column) const { return result_.null(row_, column); }
    std::int64_t integer(int column) const { return result_.integer(row_, column); }
    double real(int column) const { return result_.real(row_, column); }
    std::string_view text(int column) const { return result_.bytes(row_, column); }
    std::string_view blob(int column) const { return result_.bytes(row_, column); }
    crypto::Uuid uuid(int column) const { return result_.uuid(row_, column); }
    std::optional<std::int64_t> maybe_integer(int column) const {
        return result_.maybe_integer(row_, column);
    }
    std::optional<crypto::Uuid> maybe_uuid(int column) const {
        return result_.maybe_uuid(row_, column);
    }

private:
    const Result& result_;
    int row_;
};

/// One row of a COPY in binary, with the same accessors. Views last until the next row.
class CopiedRow {
public:
    /// Throws std::runtime_error for bytes that are no row.
    explicit CopiedRow(std::string_view bytes);
    bool null(int column) const { return !at(column); }
    std::int64_t integer(int column) const { return read_integer(*at(column)); }
    std::string_view text(int column) const { return *at(column); }
    std::string_view blob(int column) const { return *at(column); }

private:
    const std::optional<std::string_view>& at(int column) const {
        return fields_[static_cast<std::size_t>(column)];
    }
    static constexpr std::size_t most_fields = 32;
    std::array<std::optional<std::string_view>, most_fields> fields_;
};

/// One connection, used by one thread at a time, in UTC. Every wait ends: connecting after 3
/// seconds, a query after its deadline (then the connection is lost).
class Connection {
public:
    /// `settings` are further server settings ("-c name=value …"). Throws Error.
    explicit Connection(const std::string& url, std::string_view settings = "");

    /// Runs any number of statements without parameters.
    void exec(std::string_view sql);
    /// Runs one statement, prepared once by its text; parameters $1, $2 … go in binary with the
    /// types of pg_values.hpp. Throws Error.
    template <class... A>
    Result query(std::string_view sql, const A&... arguments) {
        Values values;
        (values.add(arguments), ...);
        return query_with(sql, values);
    }
    Result query_with(std::string_view sql, const Values& values);
    /// Runs one statement; returns how many rows it changed.
    template <class... A>
    std::int64_t run(std::string_view sql, const A&... arguments) {
        return query(sql, arguments...).changed();
    }
    /// Calls f with each row of a query (a const RowView&).
    template <class F, class... A>
    void each(std::string_view sql, F f, const A&... arguments) {
        const auto found = query(sql, arguments...);
        for (int row = 0; row < found.rows(); ++row) f(RowView(found, row));
    }

    /// Calls f with each row (a const CopiedRow&) of a query without parameters, as they come, so
    /// that no more than one of them is held; the deadline is that of each wait. Where f throws the
    /// connection is of no more use.
    template <class F>
    void each_copied(std::string_view query, F f) {
        begin_copy("copy (" + std::string(query) + ") to stdout (format binary)");
        while (const auto row = next_copied()) f(CopiedRow(row->bytes()));
    }

    void set_deadline(std::chrono::milliseconds deadline) { deadline_ = deadline; }
    /// Takes in what the server sent; false where the connection is lost.
    bool alive();
    pg_conn* raw() const { return connection_.get(); }

private:
    struct Finish {
        void operator()(pg_conn* connection) const;
    };

    /// What libpq allocated for one row of a COPY.
    class Copied {
    public:
        Copied(char* memory, std::size_t size) : memory_(memory), size_(size) {}
        std::string_view bytes() const { return {memory_.get() + skipped_, size_ - skipped_}; }
        void skip(std::size_t count) { skipped_ = std::min(count, size_); }

    private:
        struct Free {
            void operator()(char* memory) const;
        };
        std::unique_ptr<char, Free> memory_;
        std::size_t size_, skipped_ = 0;
    };
    void begin_copy(const std::string& sql);
    std::optional<Copied> next_copied();

    const std::string& prepared(std::string_view sql, const Values& values);
    void flush(std::chrono::steady_clock::time_point until);
    Result result();
    void wait(bool to_write, std::chrono::steady_clock::time_point until);
    [[noreturn]] void lose(const std::string& why);

    std::unique_ptr<pg_conn, Finish> connection_;
    std::chrono::milliseconds deadline_{60'000};
    std::map<std::string, std::string, std::less<>> names_;  // by text
};

/// BEGIN … COMMIT; rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Connection& db) : db_(&db) { db.exec("begin"); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    Connection* db_;
};

}  // namespace db::pg
