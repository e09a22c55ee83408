#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/folder.hpp"
#include "tests/support/raw_http.hpp"

/// A `hilo serve` of this program's own, and what it takes to end it in every way.
namespace load {

using Clock = std::chrono::steady_clock;
using Environment = std::map<std::string, std::string>;
using namespace std::chrono_literals;

/// Waits for a condition; false where it doesn't come about in time.
inline bool eventually(std::chrono::milliseconds at_most, const std::function<bool()>& holds) {
    const auto until = Clock::now() + at_most;
    while (!holds()) {
        if (Clock::now() > until) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

/// A port that nobody listens on now.
inline std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    return ntohs(address.sin_port);
}

using support::Folder;

/// One process. It hears of nothing but `environment`, works in a folder of its own and ends with
/// this program. After a kill it may be started again, on the port that it had.
class Served {
public:
    Served(std::string binary, Environment environment)
        : Served(Later(), std::move(binary), std::move(environment)) {
        start();
    }
    /// One that is launched later.
    struct Later {};
    Served(Later, std::string binary, Environment environment)
        : binary_(std::move(binary)), environment_(std::move(environment)) {
        environment_["PATH"] = "/usr/bin:/bin";
        environment_.try_emplace("PORT", "0");
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;
    ~Served() { end(SIGKILL); }

    std::uint16_t port() const { return port_; }
    bool runs() const { return pid_ > 0; }

    /// Returns once it takes webhooks. Call it on the main thread: the kernel ends the child with
    /// the thread that started it.
    void start() {
        launch();
        await();
    }
    /// The two halves of a start, for several at a time.
    void launch() {
        std::filesystem::remove(talk());
        spawn();
    }
    void await() {
        if (!eventually(30s, [&] { return found_port() && ready() != 0; })) {
            throw std::runtime_error("hilo serve doesn't start: " + said());
        }
        environment_["PORT"] = std::to_string(port_);
    }
    /// kill -9, unless another signal is given; returns the status of waitpid.
    int end(int signal = SIGKILL) {
        if (pid_ <= 0) return -1;
        ::kill(pid_, signal);
        int status = -1;
        ::waitpid(pid_, &status, 0);
        pid_ = 0;
        return status;
    }
    /// It has ended by itself, be it by a signal of its own.
    bool has_ended() {
        if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
        return pid_ == 0;
    }
    pid_t pid() const { return pid_; }
    /// What the next start hears of.
    Environment& environment() { return environment_; }
    /// SIGSTOP and SIGCONT: it stands still, and knows nothing of it afterwards.
    void pause() const { ::kill(pid_, SIGSTOP); }
    void go_on() const { ::kill(pid_, SIGCONT); }
    /// SIGTERM; how long it took to end with status 0, or nothing where it didn't within `at_most`
    /// (it is then killed) or ended otherwise.
    std::optional<std::chrono::milliseconds> terminate(std::chrono::milliseconds at_most) {
        const auto since = Clock::now();
        ::kill(pid_, SIGTERM);
        int status = -1;
        const bool ended =
            eventually(at_most, [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
        if (!ended) {
            end(SIGKILL);
            return std::nullopt;
        }
        pid_ = 0;
        if (status != 0) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
    }

    /// The response to a request; empty where nobody answers.
    std::string ask(const std::string& method, const std::string& path,
                    const std::string& body = {}) const {
        try {
            return tests::RawHttp(port_).exchange(tests::raw_request(method, path, body));
        } catch (const std::runtime_error&) {
            return {};
        }
    }
    /// The status of /readyz; 0 where nobody answers.
    int ready() const { return tests::status_of(ask("GET", "/readyz")); }
    bool decides() const {
        return ask("GET", "/readyz").find("\"decides\":true") != std::string::npos;
    }
    /// For how many slices it holds the lease; -1 where nobody answers.
    int slices() const {
        const auto answer = ask("GET", "/readyz");
        const auto at = answer.find("\"slices\":");
        return at == std::string::npos ? -1 : std::atoi(answer.c_str() + at + 9);
    }
    /// What it has written to its log since it was started.
    std::string said() const {
        std::ifstream file(talk());
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::filesystem::path talk() const { return folder_.path() / "talk"; }

    bool found_port() {
        constexpr std::string_view mark = "listening on http://127.0.0.1:";
        const auto text = said();
        const auto at = text.find(mark);
        if (at == std::string::npos) {
            if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
            pid_ = 0;
            throw std::runtime_error("hilo serve has ended: " + text);
        }
        port_ = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
        return true;
    }

    void spawn() {
        std::vector<std::string> lines;
        for (const auto& [name, value] : environment_) lines.push_back(name + "=" + value);
        std::vector<char*> variables;
        for (auto& line : lines) variables.push_back(line.data());
        variables.push_back(nullptr);
        std::string serve = "serve";
        char* arguments[] = {binary_.data(), serve.data(), nullptr};
        const auto folder = folder_.path().string(), output = talk().string();
        const pid_t parent = ::getpid();
        pid_ = ::fork();
        if (pid_ < 0) throw std::runtime_error("fork failed");
        if (pid_ > 0) return;
        // Only what is safe in a child of a program with threads.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent || ::chdir(folder.c_str()) != 0) ::_exit(126);
        const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(out, 1);
        ::dup2(out, 2);
        ::syscall(SYS_close_range, 3U, ~0U, 0U);
        ::execve(binary_.c_str(), arguments, variables.data());
        ::_exit(127);
    }

    std::string binary_;
    Environment environment_;
    Folder folder_;
    pid_t pid_ = 0;
    std::uint16_t port_ = 0;
};

}  // namespace load
