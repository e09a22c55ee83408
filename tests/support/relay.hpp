#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

#include "tests/support/folder.hpp"

namespace support {

/// A way to a PostgreSQL on a unix socket that can be cut, as a network is: what was written stays
/// on the way, connections stay open and say nothing, and new ones are waited for. A process of its
/// own, which ends with this program.
class Relay {
public:
    /// `url` as support::Postgres gives it.
    explicit Relay(const std::string& url)
        : host_(url.rfind("host=") + 5), server_(at(url.substr(host_))), url_(url) {
        url_.replace(host_, std::string::npos, folder_.path().string());
        const auto here = at(folder_.path().string());
        const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(listener, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
            ::listen(listener, 64) != 0) {
            throw std::runtime_error("a relay can't listen");
        }
        const pid_t parent = ::getpid();
        child_ = ::fork();
        if (child_ < 0) throw std::runtime_error("fork failed");
        if (child_ > 0) {
            ::close(listener);
            return;
        }
        // Only what is safe in a child of a program with threads.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(listener, 0);
        ::syscall(SYS_close_range, 1U, ~0U, 0U);
        if (::getppid() == parent) pass_on();
        ::_exit(1);
    }
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }

    /// The database by this way.
    const std::string& url() const { return url_; }
    void cut() const { ::kill(child_, SIGSTOP); }
    void mend() const { ::kill(child_, SIGCONT); }

private:
    static sockaddr_un at(const std::string& folder) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = folder + "/.s.PGSQL.5432";
        if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + " is long");
        std::memcpy(address.sun_path, path.c_str(), path.size());
        return address;
    }

    /// Of each two neighbours, what comes from one goes to the other; the first is the listener.
    void pass_on() const {
        std::array<pollfd, 257> ends{};
        for (auto& end : ends) end = {-1, POLLIN, 0};
        ends[0].fd = 0;
        while (::poll(ends.data(), ends.size(), -1) >= 0) {
            for (std::size_t i = 1; i < ends.size(); ++i) {
                if (ends[i].revents == 0) continue;
                auto& other = ends[i % 2 == 0 ? i - 1 : i + 1];
                if (pass(ends[i].fd, other.fd)) continue;
                for (auto* end : {&ends[i], &other}) {
                    ::close(end->fd);
                    *end = {-1, POLLIN, 0};
                }
            }
            for (std::size_t i = 1; i + 1 < ends.size() && ends[0].revents != 0; i += 2) {
                if (ends[i].fd >= 0) continue;
                connect(ends[i].fd, ends[i + 1].fd);
                ends[0].revents = 0;
            }
        }
    }
    void connect(int& from, int& to) const {
        from = ::accept(0, nullptr, nullptr);
        to = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::connect(to, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) == 0) return;
        for (auto* end : {&from, &to}) {
            ::close(*end);
            *end = -1;
        }
    }
    static bool pass(int from, int to) {
        std::array<char, 16'384> bytes;
        const auto size = ::read(from, bytes.data(), bytes.size());
        for (ssize_t sent = 0; sent < size;) {
            const auto written = ::send(to, bytes.data() + sent,
                                        static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
            if (written <= 0) return false;
            sent += written;
        }
        return size > 0;
    }

    const Folder folder_;
    const std::size_t host_;  // where it stands in the URL
    const sockaddr_un server_;
    std::string url_;
    pid_t child_ = 0;
};

}  // namespace support
