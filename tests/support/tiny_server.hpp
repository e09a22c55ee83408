#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

/// A scripted HTTP server on loopback, written on bare sockets so that it can misbehave exactly.
namespace tiny {

/// One accepted connection, as its script sees it. Every wait is bounded by 20 s.
class Peer {
public:
    Peer(int fd, SSL* tls) : fd_(fd), tls_(tls) {}

    /// The next request, head and body (by Content-Length); empty where the client has gone.
    std::string request() {
        std::size_t need = std::string::npos;
        while (received_.size() < need) {
            char bytes[16384];
            const auto got = read(bytes, sizeof bytes);
            if (got <= 0) return {};
            received_.append(bytes, static_cast<std::size_t>(got));
            const auto head = received_.find("\r\n\r\n");
            if (head != std::string::npos) need = head + 4 + body_size(head);
        }
        auto out = received_.substr(0, need);
        received_.erase(0, need);
        return out;
    }
    void write(const std::string& bytes) {
        std::size_t at = 0;
        while (at < bytes.size()) {
            const auto put = write(bytes.data() + at, bytes.size() - at);
            if (put <= 0) return;
            at += static_cast<std::size_t>(put);
        }
    }
    /// Byte by byte until the client hangs up: a server that always has a little more to say.
    void drip(const std::string& bytes, std::chrono::milliseconds pause) {
        for (const char c : bytes) {
            write(std::string(1, c));
            if (gone(pause)) return;
        }
    }
    /// Blocks until the client hangs up, or for that long; true where it did. Ends with false
    /// where it writes.
    bool gone(std::chrono::milliseconds at_most = std::chrono::seconds(20)) {
        pollfd wait{fd_, POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(at_most.count())) <= 0) return false;
        char byte = 0;
        return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
    }
    /// Closing sends RST where it would have sent FIN.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

private:
    std::size_t body_size(std::size_t head) const {
        const auto at = received_.find("Content-Length: ");
        return at < head ? std::stoul(received_.substr(at + 16)) : 0;
    }
    ssize_t read(char* bytes, std::size_t size) {
        return tls_ ? SSL_read(tls_, bytes, static_cast<int>(size)) : ::recv(fd_, bytes, size, 0);
    }
    ssize_t write(const char* bytes, std::size_t size) {
        return tls_ ? SSL_write(tls_, bytes, static_cast<int>(size))
                    : ::send(fd_, bytes, size, MSG_NOSIGNAL);
    }

    int fd_;
    SSL* tls_;
    std::string received_;
};

using Script = std::function<void(Peer&)>;

/// `HTTP/1.1 <status>` with a JSON body and, before it, further header lines ("A: b\r\n").
inline std::string response(int status, const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " Tiny\r\nContent-Type: application/json\r\n" +
           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Runs the n-th script for the n-th connection, and the last one for all further ones.
class Server {
public:
    explicit Server(std::vector<Script> scripts, SSL_CTX* tls = nullptr)
        : scripts_(std::move(scripts)), tls_(tls) {
        std::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(fd_, 64);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~Server() {
        ::shutdown(fd_, SHUT_RDWR);
        acceptor_.join();
        for (const int fd : accepted_) ::shutdown(fd, SHUT_RDWR);
        for (auto& thread : threads_) thread.join();
        for (const int fd : accepted_) ::close(fd);
        ::close(fd_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
        return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
    }
    int connections() const { return connections_; }
    /// Returns when so many connections have been closed by their scripts' end; on loopback the
    /// client's side knows by then.
    void wait_closed(int count) const {
        for (int now = closed_; now < count; now = closed_) closed_.wait(now);
    }

private:
    void accept_all() {
        for (int fd = 0; (fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            const timeval bound{20, 0};
            ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
            ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
            accepted_.push_back(fd);
            const auto nth = static_cast<std::size_t>(connections_++);
            threads_.emplace_back([this, fd, nth] { serve(fd, nth); });
        }
    }
    void serve(int fd, std::size_t nth) {
        SSL* tls = tls_ ? SSL_new(tls_) : nullptr;
        if (!tls || (SSL_set_fd(tls, fd) == 1 && SSL_accept(tls) == 1)) {
            Peer peer(fd, tls);
            scripts_[std::min(nth, scripts_.size() - 1)](peer);
        }
        SSL_free(tls);
        // The descriptor stays until the end, so that no other connection gets its number; with
        // SO_LINGER 0 only close() resets, and dup2 closes without giving the number away.
        const int nowhere = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ::dup2(nowhere, fd);
        ::close(nowhere);
        ++closed_;
        closed_.notify_all();
    }

    std::vector<Script> scripts_;
    SSL_CTX* tls_;
    int fd_ = -1;
    int port_ = 0;
    std::atomic<int> connections_ = 0, closed_ = 0;
    std::vector<int> accepted_;         // acceptor_'s until it is joined
    std::vector<std::thread> threads_;  // the same
    std::thread acceptor_;
};

}  // namespace tiny
