#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "crypto/hash.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/places.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/whole/process.hpp"
#include "tests/whole/tables.hpp"

namespace tests {

using Json = nlohmann::json;

struct Answer {
    int status = 0;
    std::string body;
    Json json() const { return Json::parse(body, nullptr, false); }
};

/// A port that nobody listens on just now.
inline std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    ::bind(fd, plain, size);
    ::getsockname(fd, plain, &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

/// The real `hilo serve` as a process, on a store of its own, with a sandbox as its outside. The
/// parameter says which store: "sqlite" or "postgres".
class Stage : public ::testing::TestWithParam<const char*> {
protected:
    static constexpr const char* line = "100000000000001";
    static constexpr const char* secret = "a secret for this test alone";
    static constexpr const char* token = "a-verify-token";
    static constexpr const char* ana = "34600100200";

    explicit Stage(std::uint16_t port = free_port()) : port_(port), sandbox_(outside()) {
        std::filesystem::create_directories(folder_);
        database_ = fresh_database();
        const auto base = "http://127.0.0.1:" + std::to_string(sandbox_.start());
        environment_ = clean_environment();
        environment_.merge(Environment{{"PORT", std::to_string(port_)},
                                       {"DATABASE_URL", database_},
                                       {"HILO_MASTER_KEY", std::string(64, 'a')},
                                       {"KAPSO_WEBHOOK_SECRET", secret},
                                       {"KAPSO_WEBHOOK_TOKEN", token},
                                       {"KAPSO_API_KEY", "made-up"},
                                       {"KAPSO_PHONE_NUMBER_ID", line},
                                       {"KAPSO_API_BASE_URL", base + "/meta/whatsapp/v24.0"},
                                       {"OPENAI_BASE_URL", base + "/v1"},
                                       {"DEEPSEEK_BASE_URL", base},
                                       {"ANTHROPIC_BASE_URL", base},
                                       {"OPENAI_API_KEY", "made-up"},
                                       {"DEEPSEEK_API_KEY", "made-up"},
                                       {"ANTHROPIC_API_KEY", "made-up"}});
    }
    ~Stage() override {
        hilo_.reset();
        sandbox_.stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    void TearDown() override {
        if (hilo_) stop();
        if (HasFailure()) std::cerr << "what hilo said:\n" << said() << "\n";
    }

    /// The URL of an empty database on the store of this test.
    std::string fresh_database() {
        if (std::string_view(GetParam()) == "postgres") {
            return support::Postgres::instance().fresh();
        }
        return "sqlite:hilo" + std::to_string(++databases_) + ".db";
    }

    // ---- The process -------------------------------------------------------------------------

    /// Starts serve and returns when it decides for conversations.
    void start() {
        launch();
        eventually("hilo serve is ready", [&] {
            if (!hilo_->running()) throw std::runtime_error("hilo serve has ended: " + said());
            try {
                return ask("GET", "/readyz").json().value("decides", false);
            } catch (const std::runtime_error&) {
                return false;  // nobody listens yet
            }
        });
    }
    /// Starts it with both switches on and no waiting for more messages.
    void start_answering() {
        start();
        settings({{"chatbotEnabled", true}, {"aiEnabled", true}, {"debounceSeconds", 0}});
    }
    void launch() { hilo_.emplace(command(), environment_, folder_, log()); }
    /// Ends it in peace, which leaves nothing behind (the sanitizers would say so).
    void stop() {
        EXPECT_EQ(hilo_->end(), 0) << said();
        hilo_.reset();
    }
    void kill_hard() {
        hilo_->end(SIGKILL);
        hilo_.reset();
    }
    static std::vector<std::string> command() { return {support::hilo_binary(), "serve"}; }
    std::filesystem::path log() const { return folder_ / "log"; }
    /// Everything that it wrote to stdout and stderr.
    std::string said() const {
        std::ostringstream out;
        out << std::ifstream(log()).rdbuf();
        return out.str();
    }

    // ---- Other commands of the binary, beside it
    // -------------------------------------------------

    struct Ran {
        int code = 0;
        std::string out, said;  // stdout and stderr
    };
    Ran run(std::vector<std::string> words) const {
        words.insert(words.begin(),
                     {"/bin/sh", "-c", "exec \"$0\" \"$@\" >out 2>err", support::hilo_binary()});
        Process process(std::move(words), environment_, folder_, log());
        const int code = process.wait(std::chrono::seconds(60));
        const auto text_of = [&](const char* name) {
            std::ostringstream text;
            text << std::ifstream(folder_ / name).rdbuf();
            return text.str();
        };
        return {code, text_of("out"), text_of("err")};
    }

    // ---- Asking it ---------------------------------------------------------------------------

    static Answer exchange(std::uint16_t port, const std::string& method, const std::string& target,
                           const std::string& body, const std::string& headers) {
        RawHttp connection(port);
        const auto response = connection.exchange(raw_request(method, target, body, headers));
        return {status_of(response), tests::body_of(response)};
    }
    Answer ask(const std::string& method, const std::string& target, const Json& body = {},
               const std::string& headers = {}) const {
        return exchange(port_, method, target, body.is_null() ? "" : body.dump(), headers);
    }
    /// The JSON of a 2xx answer.
    Json get(const std::string& target) const {
        const auto answer = ask("GET", target);
        EXPECT_EQ(answer.status / 100, 2) << target << ": " << answer.body;
        return answer.json();
    }
    void settings(const Json& change) const {
        const auto answer = ask("PUT", "/api/settings", change);
        ASSERT_EQ(answer.status, 200) << answer.body;
    }
    static std::string signature(std::string_view body) {
        return crypto::hex(crypto::view(crypto::hmac_sha256(secret, body)));
    }
    /// Posts a webhook's body with its signature.
    Answer post(const std::string& body, const std::string& event = {},
                const std::string& more = {}) const {
        auto headers = "Content-Type: application/json\r\nX-Webhook-Signature: " + signature(body) +
                       "\r\n" + more;
        if (!event.empty()) headers += "X-Webhook-Event: " + event + "\r\n";
        return exchange(port_, "POST", "/api/whatsapp/webhook", body, headers);
    }
    Answer post(const Json& body, const std::string& event = {}) const {
        return post(body.dump(), event);
    }

    // ---- What became of it -------------------------------------------------------------------

    Rows rows(const std::string& sql) const {
        if (database_.starts_with("postgres")) return postgres_rows(database_, sql);
        return sqlite_rows(folder_ / database_.substr(std::string("sqlite:").size()), sql);
    }
    /// The log from a position on, with what was sealed.
    std::vector<Json> events(std::int64_t after = 0) const {
        std::vector<Json> all;
        for (bool more = true; more;) {
            const auto page =
                get("/api/events?content=true&limit=1000&after=" + std::to_string(after));
            all.insert(all.end(), page["events"].begin(), page["events"].end());
            more = page["more"];
            if (more) after = all.back()["position"];
        }
        return all;
    }
    std::vector<Json> events_of(const std::string& type, std::int64_t after = 0) const {
        auto all = events(after);
        std::erase_if(all, [&](const Json& event) { return event["type"] != type; });
        return all;
    }
    /// The messages of one person, the oldest first.
    Rows thread(const std::string& phone) const {
        return rows(
            R"(select m.* from "Message" m join "Conversation" c on c.id = m."conversationId")"
            R"( join "Client" k on k.id = c."clientId" where k.phone = ')" +
            phone + "' order by m.id");
    }
    Rows replies_to(const std::string& phone) const {
        auto all = thread(phone);
        std::erase_if(all, [](const Row& row) { return row.at("sender") != "agent"; });
        return all;
    }
    void eventually(const std::string& what, const std::function<bool()>& holds,
                    std::chrono::seconds patience = std::chrono::seconds(30)) const {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until) {
                throw std::runtime_error("not within " + std::to_string(patience.count()) +
                                         " s: " + what);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    // ---- The outside -------------------------------------------------------------------------

    sandbox::Options outside() const {
        sandbox::Options options;
        options.webhook_url = "http://127.0.0.1:" + std::to_string(port_) + "/api/whatsapp/webhook";
        options.webhook_secret = secret;
        options.api_key = "made-up";
        options.line = line;
        options.switches.status_delay = 10;
        options.switches.batch_window = 50;
        options.switches.retry_scale = 0.01;
        options.switches.send_latency = 5;
        options.switches.model_latency = 5;
        return options;
    }
    Json outside(const std::string& method, const std::string& path, const Json& body = {}) const {
        const auto answer =
            exchange(sandbox_.port(), method, path, body.is_null() ? "" : body.dump(), {});
        EXPECT_EQ(answer.status / 100, 2) << path << ": " << answer.body;
        return answer.json();
    }
    void switches(const Json& change) const { outside("PUT", "/sandbox/switches", change); }
    /// A customer writes, and their phone sends it on; returns the wamid.
    std::string write(const std::string& from, const std::string& text,
                      const std::string& kind = "text") const {
        const Json message{{"from", from}, {"name", "Ana"}, {"text", text}, {"kind", kind}};
        return outside("POST", "/sandbox/customer", message)["wamid"];
    }
    /// What reached a person's phone, in its order.
    std::vector<std::string> received_by(const std::string& phone) const {
        std::vector<std::string> out;
        const auto all = outside("GET", "/sandbox/messages?since=0")["messages"];
        for (const auto& message : all) {
            if (message["direction"] == "outbound" && message["peer"] == phone) {
                out.push_back(message["text"]);
            }
        }
        return out;
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("hilo-whole-" + std::to_string(getpid()) + "-" + std::to_string(free_port()));
    const std::uint16_t port_;
    int databases_ = 0;
    std::string database_;
    Environment environment_;
    sandbox::Sandbox sandbox_;
    std::optional<Process> hilo_;
};

inline std::string store_name(const ::testing::TestParamInfo<const char*>& info) {
    return info.param;
}

}  // namespace tests
