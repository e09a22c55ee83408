#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tests {

using Environment = std::map<std::string, std::string>;

/// What a process of ours gets of this one's environment: the way to programs, and how the
/// sanitizers behave.
inline Environment clean_environment() {
    Environment out;
    for (const auto* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (const auto* value = std::getenv(name)) out[name] = value;
    }
    return out;
}

/// A child with an environment of its own; what it says goes to a file. It ends with this object,
/// and with this program however that ends: the kernel tells it that its parent died.
class Process {
public:
    Process(std::vector<std::string> words, const Environment& environment,
            const std::filesystem::path& folder, const std::filesystem::path& log) {
        std::vector<std::string> settings;
        for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
        auto arguments = pointers(words);
        auto variables = pointers(settings);
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ < 0) throw std::runtime_error("fork failed");
        if (pid_ > 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(126);
        const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        dup2(out, 1);
        dup2(out, 2);
        execvpe(arguments[0], arguments.data(), variables.data());
        _exit(127);
    }
    ~Process() {
        if (running()) end(SIGKILL);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return pid_; }
    bool running() {
        if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
        return !ended_;
    }
    /// Waits for its end, and kills it where that takes longer. The exit code, or minus the signal
    /// that ended it.
    int wait(std::chrono::seconds bound) {
        const auto until = std::chrono::steady_clock::now() + bound;
        while (running() && std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        if (running()) {
            kill(pid_, SIGKILL);
            waitpid(pid_, &status_, 0);
            ended_ = true;
        }
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
    }
    int end(int signal = SIGTERM) {
        if (running()) kill(pid_, signal);
        return wait(std::chrono::seconds(30));
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> out;
        for (auto& text : texts) out.push_back(text.data());
        out.push_back(nullptr);
        return out;
    }

    pid_t pid_ = 0;
    int status_ = 0;
    bool ended_ = false;
};

}  // namespace tests
