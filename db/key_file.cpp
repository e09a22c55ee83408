#include "db/key_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "crypto/random.hpp"
#include "db/store.hpp"

namespace db {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw StoreError("the key file " + path + ": " + std::strerror(errno));
}

/// A new file survives a power loss only once its folder is on disk too.
void sync_folder_of(const std::string& path) {
    auto folder = std::filesystem::path(path).parent_path();
    const int file =
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) fail(path);
    const int result = fsync(file);
    close(file);
    if (result != 0) fail(path);
}

}  // namespace

std::optional<std::string> read_key_file(const std::string& path) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    std::ifstream file(path);
    std::string digits;
    if (!(file >> digits)) throw StoreError("the key file " + path + " can't be read or is empty");
    return digits;
}

std::string make_key_file(const std::string& path) {
    const auto digits = crypto::hex(crypto::view(crypto::random<32>()));
    const auto line = digits + "\n";
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail(path);
    const bool written =
        write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        fsync(file) == 0;
    close(file);
    if (!written) fail(path);
    sync_folder_of(path);
    return digits;
}

}  // namespace db
