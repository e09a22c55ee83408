#include "db/sqlite_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "db/file_sync.hpp"
#include "db/sqlite_db.hpp"
#include "db/store.hpp"

namespace db::sqlite {
namespace {

/// Its owner's alone before anything is in it.
void make_empty(const std::string& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
        close(file);
        return;
    }
    if (errno == EEXIST) throw StoreError(path + " is there already; name another file");
    throw StoreError(path + ": " + std::strerror(errno));
}

}  // namespace

void copy_database(const std::string& from, const std::string& to) {
    if (!std::filesystem::exists(from)) throw StoreError("there is no database " + from);
    make_empty(to);
    try {
        Connection db(from, Mode::read_only);
        db.exec("pragma query_only=off");  // it writes, though not to this file
        db.run("vacuum into ?1", to);
        sync_file(to);
        sync_folder_of(to);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(to, ignored);
        throw;
    }
}

}  // namespace db::sqlite
