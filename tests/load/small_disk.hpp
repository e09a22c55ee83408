#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tests/support/folder.hpp"

namespace load {

/// A test that wants a disk of its own can't be run by this user.
struct MayNotMount : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A disk of its own in memory, which can be filled. Only this program and those that it starts
/// afterwards see it, so that nothing of it stays where they are killed.
class SmallDisk {
public:
    /// Throws MayNotMount.
    explicit SmallDisk(int mebibytes) {
        const auto size = "size=" + std::to_string(mebibytes) + "m,mode=0700";
        if (::unshare(CLONE_NEWNS) == 0) {
            // In a chroot "/" is no mount point; then others may see the disk while it is there.
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
            if (::mount("tmpfs", path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) == 0)
                return;
        }
        if (errno == EPERM) throw MayNotMount("mounting needs root");
        throw std::system_error(errno, std::generic_category(), "mount");
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() { ::umount2(path().c_str(), MNT_DETACH); }

    const std::filesystem::path& path() const { return folder_.path(); }
    /// Takes all that is free.
    void fill() const {
        const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        static constexpr std::array<char, 4096> page{};
        while (::write(file, page.data(), page.size()) > 0) {
        }
        const int why = errno;
        ::close(file);
        if (why != ENOSPC) throw std::system_error(why, std::generic_category(), "ballast");
    }
    void make_room() const { std::filesystem::remove(ballast()); }

private:
    std::filesystem::path ballast() const { return path() / "ballast"; }

    support::Folder folder_;
};

}  // namespace load
