#pragma once

#include <libpq-fe.h>
#include <sqlite3.h>

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

/// One row as texts by column; a NULL is left out.
using Row = std::map<std::string, std::string>;
using Rows = std::vector<Row>;

inline Rows sqlite_rows(const std::string& path, const std::string& sql) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(opened, sqlite3_close);
    if (code != SQLITE_OK) throw std::runtime_error("can't open " + path);
    sqlite3_busy_timeout(opened, 10'000);
    const auto add = [](void* rows, int count, char** values, char** names) {
        auto& row = static_cast<Rows*>(rows)->emplace_back();
        for (int i = 0; i < count; ++i) {
            if (values[i] != nullptr) row[names[i]] = values[i];
        }
        return 0;
    };
    Rows rows;
    if (sqlite3_exec(opened, sql.c_str(), add, &rows, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(opened));
    }
    return rows;
}

inline Rows postgres_rows(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> db(PQconnectdb(url.c_str()), PQfinish);
    using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;
    const Result zone(PQexec(db.get(), "set timezone to 'UTC'"), PQclear);
    const Result result(PQexec(db.get(), sql.c_str()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
        throw std::runtime_error(sql + ": " + PQerrorMessage(db.get()));
    }
    Rows rows;
    for (int i = 0; i < PQntuples(result.get()); ++i) {
        auto& row = rows.emplace_back();
        for (int c = 0; c < PQnfields(result.get()); ++c) {
            if (PQgetisnull(result.get(), i, c) == 0) {
                row[PQfname(result.get(), c)] = PQgetvalue(result.get(), i, c);
            }
        }
    }
    return rows;
}

/// Every table that the log makes, as `query` sees it.
inline std::map<std::string, Rows> all_tables(
    const std::function<Rows(const std::string& sql)>& query) {
    std::map<std::string, Rows> all;
    for (const auto* name : {"Client", "Conversation", "Message", "MessageMetrics",
                             "ChatbotSettings", "early_status", "open_work"}) {
        all[name] = query("select * from \"" + std::string(name) + "\" order by 1, 2");
    }
    return all;
}

}  // namespace tests
