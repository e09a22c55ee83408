// A library to be loaded before a program (LD_PRELOAD): ends `hilo serve` with SIGKILL at one step
// between a customer's message and its settled delivery. Steps are known from outside, by what
// passes through the system calls; the product has no part in it.
//   KILL_AT     "before send to Kapso 1": the first time directly before it, or "after ..."
//   KILL_STEPS  a file to which each step is written as it comes

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace {

/// What is at the other end of a file descriptor, as far as what passed tells.
enum class Peer : std::uint8_t { unknown, message, status, model, kapso, log, committing_log };
constexpr std::size_t descriptors = 4096;
std::array<std::atomic<Peer>, descriptors> peers{};
std::atomic<bool> counting = false;  // from the first customer's message on

std::atomic<Peer>& peer_of(int fd) { return peers[static_cast<std::size_t>(fd) % descriptors]; }

bool has(std::string_view bytes, std::string_view what) {
    return bytes.find(what) != std::string_view::npos;
}

void step(std::string_view when, std::string_view what) {
    if (!counting) return;
    static std::mutex mutex;
    static std::map<std::string, int> times;
    const std::lock_guard lock(mutex);
    const auto name = std::string(when) + " " + std::string(what);
    const auto numbered = name + " " + std::to_string(++times[name]);
    if (const char* file = std::getenv("KILL_STEPS")) {
        const int out = ::open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
        const auto line = numbered + "\n";
        [[maybe_unused]] const auto written = ::write(out, line.data(), line.size());
        ::close(out);
    }
    const char* at = std::getenv("KILL_AT");
    if (at != nullptr && numbered == at) ::kill(::getpid(), SIGKILL);
}

/// Empty for what is no step.
std::string_view sending(int fd, std::string_view bytes) {
    auto& peer = peer_of(fd);
    if (bytes.starts_with("HTTP/1.1 ")) {
        if (peer == Peer::message) return "answer to a message";
        if (peer == Peer::status) return "answer to a status";
        return {};
    }
    // The connection that appends prepares its one statement, and binds it for each commit.
    if (has(bytes, "call append(")) peer = Peer::log;
    if (peer == Peer::log && bytes.starts_with("B")) {
        peer = Peer::committing_log;
        return "commit";
    }
    if (!bytes.starts_with("POST ")) return {};
    if (has(bytes, "/chat/completions")) peer = Peer::model;
    if (has(bytes, "/messages HTTP")) peer = Peer::kapso;
    if (peer == Peer::model) return "question to the model";
    if (peer == Peer::kapso) return "send to Kapso";
    return {};
}

std::string_view received(int fd, std::string_view bytes) {
    auto& peer = peer_of(fd);
    if (bytes.starts_with("POST ")) {
        peer = has(bytes, "whatsapp.message.received") ? Peer::message
               : has(bytes, "whatsapp.message.")       ? Peer::status
                                                       : Peer::unknown;
        if (peer == Peer::message) counting = true;
        if (peer == Peer::message) return "webhook of a message";
        if (peer == Peer::status) return "webhook of a status";
        return {};
    }
    const auto known = peer.load();
    if (known == Peer::committing_log) {
        peer = Peer::log;
        return "commit";
    }
    if (!bytes.starts_with("HTTP/1.1 ")) return {};
    if (known == Peer::model) return "answer of the model";
    if (known == Peer::kapso) return "answer of Kapso";
    return {};
}

/// The file of what SQLite has not moved to the database yet.
bool is_log(int fd) {
    std::array<char, 512> path{};
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto size = ::readlink(link.c_str(), path.data(), path.size());
    return size > 4 &&
           std::string_view(path.data(), static_cast<std::size_t>(size)).ends_with("-wal");
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string joined(const msghdr* message) {
    std::string bytes;
    for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
        bytes.append(static_cast<const char*>(message->msg_iov[i].iov_base),
                     message->msg_iov[i].iov_len);
    }
    return bytes;
}

}  // namespace

extern "C" {

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
    static const auto real = next<decltype(send)>("send");
    const auto what = sending(fd, {static_cast<const char*>(bytes), size});
    if (!what.empty()) step("before", what);
    const auto sent = real(fd, bytes, size, flags);
    if (!what.empty() && sent > 0 && what != "commit") step("after", what);
    return sent;
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static const auto real = next<decltype(sendmsg)>("sendmsg");
    const auto what = sending(fd, joined(message));
    if (!what.empty()) step("before", what);
    const auto sent = real(fd, message, flags);
    if (!what.empty() && sent > 0) step("after", what);
    return sent;
}

ssize_t recv(int fd, void* bytes, std::size_t size, int flags) {
    static const auto real = next<decltype(recv)>("recv");
    const auto got = real(fd, bytes, size, flags);
    if (got <= 0) return got;
    const auto what =
        received(fd, {static_cast<const char*>(bytes), static_cast<std::size_t>(got)});
    if (!what.empty()) step("after", what);
    return got;
}

/// A commit to SQLite is what is written between two of these; it stands before the call.
int fdatasync(int fd) {
    static const auto real = next<decltype(fdatasync)>("fdatasync");
    const bool log = counting && is_log(fd);
    const auto result = real(fd);
    if (log) step("after", "commit");
    return result;
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t at) {
    static const auto real = next<decltype(pwrite64)>("pwrite64");
    if (counting && is_log(fd)) step("before", "write");
    return real(fd, bytes, size, at);
}
}
