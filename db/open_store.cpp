#include <filesystem>

#include "db/pending.hpp"
#include "db/pg_store.hpp"
#include "db/sqlite_store.hpp"

namespace db {
namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

bool is_pg(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

std::string sqlite_path(std::string_view url) {
    if (!url.starts_with(sqlite_scheme)) {
        throw StoreError(
            "DATABASE_URL must start with sqlite: or postgresql:// "
            "(sqlite:data/hilo.db, postgresql://user@host/hilo)");
    }
    auto path = url.substr(sqlite_scheme.size());
    if (path.starts_with("//")) path.remove_prefix(2);
    if (path.empty() || path.starts_with(":memory:")) {
        throw StoreError("DATABASE_URL names no file (sqlite:data/hilo.db)");
    }
    return std::string(path);
}

/// Runs something of either store; what it throws becomes StoreError.
template <class F>
auto told(F open) {
    try {
        return open();
    } catch (const sqlite::Error& error) {
        throw StoreError(error.what());
    } catch (const pg::Error& error) {
        throw StoreError(std::string("PostgreSQL: ") + error.what());
    }
}

template <class Db>
std::vector<migrations::Applied> applied_to(Db& db, std::string_view has_table) {
    bool found = false;
    db.each(has_table, [&](const auto& row) { found = row.integer(0) != 0; });
    return found ? applied_migrations(db) : std::vector<migrations::Applied>{};
}

std::vector<migrations::File> pending_in(const std::string& url) {
    if (is_pg(url)) {
        pg::Connection db(url);
        const auto applied = applied_to(db, "select (to_regclass('migration') is not null)::int");
        return migrations::pending(migrations::pg, applied, true);
    }
    const auto path = sqlite_path(url);
    if (!std::filesystem::exists(path)) return migrations::pending(migrations::sqlite, {}, true);
    sqlite::Connection db(path, sqlite::Mode::read_only);
    const auto applied = applied_to(db,
                                    "select count(*) from sqlite_master where type = 'table' "
                                    "and name = 'migration'");
    return migrations::pending(migrations::sqlite, applied, true);
}

}  // namespace

std::unique_ptr<Store> open_store(const Options& options) {
    return told([&]() -> std::unique_ptr<Store> {
        if (is_pg(options.url)) return std::make_unique<pg::Store>(options);
        return std::make_unique<sqlite::Store>(sqlite_path(options.url), options);
    });
}

std::optional<std::string> file_of(const std::string& url) {
    return is_pg(url) ? std::nullopt : std::optional(sqlite_path(url));
}

std::vector<std::string> pending_migrations(const std::string& url) {
    std::vector<std::string> names;
    for (const auto& file : told([&] { return pending_in(url); })) names.emplace_back(file.name);
    return names;
}

}  // namespace db
