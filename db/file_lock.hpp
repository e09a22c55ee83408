#pragma once

#include <string>

namespace db {

/// A lock on a file that goes with the process (flock).
class FileLock {
public:
    /// Throws StoreError, which names the database, where another holds it.
    FileLock(const std::string& path, const std::string& database);
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

private:
    int file_;
};

}  // namespace db
