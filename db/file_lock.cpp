#include "db/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "db/store.hpp"

namespace db {

FileLock::FileLock(const std::string& path, const std::string& database)
    : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw StoreError("can't open " + path + ": " + std::strerror(errno));
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    close(file_);
    throw StoreError("the database " + database +
                     " is in use by another hilo, and SQLite has one writer: end that one, send "
                     "this through it, or use PostgreSQL");
}

FileLock::~FileLock() { close(file_); }

}  // namespace db
