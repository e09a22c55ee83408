#pragma once

#include <span>
#include <string>
#include <vector>

#include "db/embedded_sql.hpp"

namespace db::migrations {

/// A migration as the table `migration` remembers it.
struct Applied {
    int number = 0;
    std::string name;
    std::string sha256;  // of the file, hexadecimal
};

/// What a file would be remembered as.
Applied described(const File& file);

/// The files that are still to be applied, in order. Throws StoreError where the database has
/// migrations that this binary doesn't know or that differ from its own, or where some are missing
/// and `may_migrate` is false.
std::vector<File> pending(std::span<const File> files, const std::vector<Applied>& applied,
                          bool may_migrate);

}  // namespace db::migrations
