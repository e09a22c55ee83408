#include "cli/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cli {
namespace {

int flags_of(Write how) {
    switch (how) {
        case Write::at_the_end:
            return O_APPEND;
        case Write::in_place_of_it:
            return O_TRUNC;
        case Write::to_a_new_file:
            break;
    }
    return O_EXCL;
}

[[noreturn]] void fail_with_errno(const std::string& path) {
    if (errno == EEXIST) throw std::runtime_error(path + " is there already; name another file");
    throw std::runtime_error(path + ": " + std::strerror(errno));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

void write_file(const std::string& path, Write how, std::string_view text, bool secret) {
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | flags_of(how);
    const int file = open(path.c_str(), flags, secret ? 0600 : 0644);
    if (file < 0) fail_with_errno(path);
    const bool good = write_all(file, text) && fsync(file) == 0;
    const int error = errno;
    close(file);
    errno = error;
    if (!good) fail_with_errno(path);
}

}  // namespace cli
