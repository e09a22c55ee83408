#include "bench/machine.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/utsname.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "tests/support/postgres.hpp"

namespace bench {
namespace {

/// The value of the first "name : value" line; empty where there is none.
std::string field_of(const char* file, const std::string& name) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name)) continue;
        const auto value = line.find_first_not_of(" \t", line.find_first_of(":=") + 1);
        auto text = value == std::string::npos ? "" : line.substr(value);
        std::erase(text, '"');
        return text;
    }
    return "";
}

std::string kernel() {
    utsname names{};
    uname(&names);
    return std::string(names.sysname) + " " + names.release;
}

std::string postgresql() {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> db(
        PQconnectdb(support::Postgres::instance().url("postgres").c_str()), PQfinish);
    const auto shown = [&](const char* name) {
        const std::unique_ptr<PGresult, void (*)(PGresult*)> result(
            PQexec(db.get(), (std::string("show ") + name).c_str()), PQclear);
        return std::string(PQgetvalue(result.get(), 0, 0));
    };
    return shown("server_version") + ", fsync " + shown("fsync") + ", synchronous_commit " +
           shown("synchronous_commit") + ", over a unix socket";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> machine() {
    return {{"processor", field_of("/proc/cpuinfo", "model name") + ", " +
                              std::to_string(std::thread::hardware_concurrency()) + " cores"},
            {"memory", field_of("/proc/meminfo", "MemTotal")},
            {"system", field_of("/etc/os-release", "PRETTY_NAME") + ", " + kernel()},
            {"compiler", COMPILER},
            {"SQLite", std::string(sqlite3_libversion()) + ", WAL, synchronous=FULL"},
            {"PostgreSQL", postgresql()}};
}

}  // namespace bench
