#include "db/file_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "db/store.hpp"

namespace db {
namespace {

void sync(const std::string& what, int flags, const std::string& path) {
    const int file = open(what.c_str(), flags | O_RDONLY | O_CLOEXEC);
    const bool good = file >= 0 && fsync(file) == 0;
    const int error = errno;
    if (file >= 0) close(file);
    if (!good) throw StoreError(path + ": " + std::strerror(error));
}

}  // namespace

void sync_file(const std::string& path) { sync(path, 0, path); }

void sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    sync(folder.empty() ? "." : folder, O_DIRECTORY, path);
}

}  // namespace db
