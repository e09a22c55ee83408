#pragma once

#include <string>

namespace db {

/// What was written to the file is on disk when it returns. Throws StoreError.
void sync_file(const std::string& path);
/// A file that was made or renamed survives a power loss once its folder is on disk, too. Throws
/// StoreError, which names the file.
void sync_folder_of(const std::string& path);

}  // namespace db
