#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "tests/support/places.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/whole/process.hpp"

namespace tests {

using Json = nlohmann::json;

/// The real binary as a process, in a folder and an environment of its own, over SQLite.
class CliStage : public ::testing::Test {
protected:
    struct Ran {
        int code = 0;
        std::string out, said;  // stdout and stderr
        Json json() const { return Json::parse(out, nullptr, false); }
    };

    CliStage() {
        std::filesystem::create_directories(folder_);
        environment_["DATABASE_URL"] = "sqlite:hilo.db";
        environment_["PORT"] = "1";  // nobody listens there
    }
    ~CliStage() override {
        server_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    Ran run(std::vector<std::string> words, const std::string& input = {}) {
        words.insert(words.begin(), support::hilo_binary());
        return run_program(std::move(words), input);
    }
    Ran run_program(std::vector<std::string> words, const std::string& input = {}) {
        std::ofstream(folder_ / "in") << input;
        Process process(redirected(std::move(words), "<in >out 2>said"), environment_, folder_,
                        folder_ / "log");
        const int code = process.wait(std::chrono::seconds(60));
        return {code, text_of("out"), text_of("said")};
    }

    /// `hilo serve` on a free port, which the commands find; returns when it decides.
    void serve() {
        environment_["PORT"] = "0";
        std::filesystem::remove(folder_ / "served");  // an earlier one's port
        environment_["KAPSO_WEBHOOK_SECRET"] = "made up for this test";
        server_.emplace(redirected({support::hilo_binary(), "serve"}, ">served 2>&1"), environment_,
                        folder_, folder_ / "log");
        await("the server's port", [&] {
            const auto said = text_of("served");
            const auto at = said.find("listening on http://127.0.0.1:");
            if (at == std::string::npos || said.find('\n', at) == std::string::npos) return false;
            environment_["PORT"] = std::to_string(std::stoi(said.substr(at + 30)));
            return true;
        });
        await("the server decides", [&] {
            RawHttp connection(static_cast<std::uint16_t>(std::stoi(environment_.at("PORT"))));
            return connection.exchange(raw_request("GET", "/readyz")).find("\"decides\":true") !=
                   std::string::npos;
        });
    }
    void stop_serving() {
        EXPECT_EQ(server_->end(), 0) << text_of("served");
        server_.reset();
    }

    template <class F>
    void await(const char* what, F there) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!there()) {
            if (std::chrono::steady_clock::now() > until || (server_ && !server_->running())) {
                throw std::runtime_error(what + (": " + text_of("served")));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    std::string text_of(const std::string& name) const {
        std::ostringstream out;
        out << std::ifstream(folder_ / name).rdbuf();
        return out.str();
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("hilo-cli-" + std::to_string(getpid()) + "-" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    Environment environment_ = clean_environment();

private:
    static std::vector<std::string> redirected(std::vector<std::string> words,
                                               const std::string& to) {
        words.insert(words.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" " + to});
        return words;
    }

    std::optional<Process> server_;
};

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace tests
