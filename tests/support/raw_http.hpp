#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tests {

/// A bare TCP connection to 127.0.0.1, to say to a server what no HTTP client would. Every wait
/// ends after the bound, ten seconds if none is given.
class RawHttp {
public:
    explicit RawHttp(std::uint16_t port, std::chrono::seconds bound = std::chrono::seconds(10))
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval wait{bound.count(), 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* plain = reinterpret_cast<const sockaddr*>(&address);
        if (::connect(socket_, plain, sizeof address) != 0) {
            ::close(socket_);
            throw std::runtime_error("no connection");
        }
    }
    ~RawHttp() { ::close(socket_); }
    RawHttp(const RawHttp&) = delete;
    RawHttp& operator=(const RawHttp&) = delete;

    /// False where the peer has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_of_input() { ::shutdown(socket_, SHUT_WR); }

    /// The next response, head and body; what came so far where the peer closes first. `head_only`
    /// for the answers to HEAD and for 100.
    std::string response(bool head_only = false) {
        while (unread_.find("\r\n\r\n") == std::string::npos && receive()) {
        }
        const auto head = unread_.find("\r\n\r\n");
        if (head == std::string::npos) return take(unread_.size());
        const auto whole = head + 4 + (head_only ? 0 : content_length(head));
        while (unread_.size() < whole && receive()) {
        }
        return take(whole);
    }
    /// Everything until the peer closes.
    std::string rest() {
        while (receive()) {
        }
        return take(unread_.size());
    }
    std::string exchange(std::string_view request) {
        send(request);
        return response();
    }

private:
    bool receive() {
        char bytes[16 * 1024];
        const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size > 0) unread_.append(bytes, static_cast<std::size_t>(size));
        return size > 0;
    }
    std::size_t content_length(std::size_t head) const {
        const auto at = unread_.find("Content-Length: ");
        return at < head ? std::stoul(unread_.substr(at + 16)) : 0;
    }
    std::string take(std::size_t size) {
        auto out = unread_.substr(0, size);
        unread_.erase(0, size);
        return out;
    }

    int socket_;
    std::string unread_;
};

/// The status of a raw response; 0 where there is none.
inline int status_of(const std::string& response) {
    return response.starts_with("HTTP/1.") && response.size() > 12
               ? std::stoi(response.substr(9, 3))
               : 0;
}

inline std::string body_of(const std::string& response) {
    const auto head = response.find("\r\n\r\n");
    return head == std::string::npos ? "" : response.substr(head + 4);
}

/// A request as a client would write it.
inline std::string raw_request(std::string_view method, std::string_view target,
                               std::string_view body = {}, std::string_view headers = {}) {
    std::string out(method);
    out += " ";
    out += target;
    out += " HTTP/1.1\r\nHost: localhost\r\n";
    out += headers;
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    out += "\r\n";
    return out += body;
}

}  // namespace tests
