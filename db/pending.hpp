#pragma once

#include <optional>
#include <string>
#include <vector>

namespace db {

/// The migrations that `open_store` would apply to a database, by name, in order; all of them for
/// one that isn't there yet. Changes nothing. Throws StoreError as `open_store` does.
std::vector<std::string> pending_migrations(const std::string& url);

/// The file that a URL of SQLite names; std::nullopt for PostgreSQL. Throws StoreError for a URL of
/// neither.
std::optional<std::string> file_of(const std::string& url);

}  // namespace db
