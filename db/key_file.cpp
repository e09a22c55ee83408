#include "db/key_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "crypto/random.hpp"
#include "db/file_sync.hpp"
#include "db/store.hpp"

namespace db {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw StoreError("the key file " + path + ": " + std::strerror(errno));
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
    auto digits = crypto::hex(crypto::view(crypto::random<32>()));
    write_key_file(path, digits);
    return digits;
}

void write_key_file(const std::string& path, const std::string& digits) {
    const auto line = digits + "\n";
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail(path);
    const bool written =
        write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        fsync(file) == 0;
    close(file);
    if (!written) fail(path);
    sync_folder_of(path);
}

void replace_key_file(const std::string& by, const std::string& path) {
    if (std::rename(by.c_str(), path.c_str()) != 0) fail(path);
    sync_folder_of(path);
}

}  // namespace db
