#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "crypto/hash.hpp"
#include "http/app.hpp"
#include "http/server.hpp"
#include "http/workers.hpp"
#include "tests/support/raw_http.hpp"

namespace tests {

using Json = nlohmann::json;

struct Nobody final : http::Decider {
    bool decides() const override { return false; }
    int slices() const override { return 0; }
    std::string why_not() const override { return "nobody decides in this test"; }
    void reply(const events::StreamId&, domain::conversation::Command,
               std::function<void(actors::ReplyResult)> done) override {
        done({});
    }
};

/// Every route of `hilo serve` on a running server, over a SQLite store of its own.
class HandlersStage : public ::testing::Test {
protected:
    static constexpr const char* secret = "a secret for this test alone";
    static constexpr const char* line = "100000000000001";

    HandlersStage() { std::filesystem::create_directories(folder_); }
    ~HandlersStage() override {
        parts_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    void start(std::vector<std::string> secrets = {secret}) {
        parts_.emplace(folder_ / "hilo.db", std::move(secrets));
        port_ = parts_->server.start();
    }
    http::App& app() { return parts_->app; }
    std::uint16_t port() const { return port_; }

    std::string exchange(const std::string& method, const std::string& target,
                         const std::string& body = {}, const std::string& headers = {}) const {
        return RawHttp(port_).exchange(raw_request(method, target, body, headers));
    }
    int status(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& headers = {}) const {
        return status_of(exchange(method, target, body, headers));
    }
    Json projection(const std::string& name) const {
        const auto all = get("/api/projections")["projections"];
        const auto found =
            std::ranges::find_if(all, [&](const Json& one) { return one["name"] == name; });
        return found == all.end() ? Json() : *found;
    }
    Json get(const std::string& target) const {
        return Json::parse(body_of(exchange("GET", target)), nullptr, false);
    }
    std::string post(const std::string& body) const {
        return exchange("POST", "/api/whatsapp/webhook", body,
                        "X-Webhook-Signature: " +
                            crypto::hex(crypto::view(crypto::hmac_sha256(secret, body))) + "\r\n");
    }
    template <class F>
    void eventually(const char* what, F holds) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until) throw std::runtime_error(what);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    /// A connection of another program to the database.
    class Outsider {
    public:
        explicit Outsider(const std::filesystem::path& file) {
            sqlite3_open(file.c_str(), &db_);
            sqlite3_busy_timeout(db_, 10'000);
        }
        ~Outsider() { sqlite3_close(db_); }
        Outsider(const Outsider&) = delete;
        Outsider& operator=(const Outsider&) = delete;
        void run(const std::string& sql) {
            if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
                throw std::runtime_error(sqlite3_errmsg(db_));
            }
        }

    private:
        sqlite3* db_ = nullptr;
    };
    std::filesystem::path database() const { return folder_ / "hilo.db"; }

private:
    struct Parts {
        Parts(const std::string& file, std::vector<std::string> secrets)
            : store(db::open_store({"sqlite:" + file, std::string(64, 'a')})),
              settings(store->log()),
              runner(*store),
              client(net::make_client()),
              models(*client, {}),
              intake(store->log(), store->keys(), store->deliveries(),
                     {line, events::Source::webhook, false,
                      [this](std::function<void()> job) { return aftermath.run(std::move(job)); }}),
              app{*store,
                  store->views(),
                  runner,
                  intake,
                  settings,
                  models,
                  decider,
                  counters,
                  [] { return false; },
                  std::move(secrets),
                  "",
                  "test"},
              server(http::Router(http::routes(app)), {.counters = &counters}) {}

        http::Workers aftermath{1, 64};
        http::Counters counters;
        std::unique_ptr<db::Store> store;
        actors::SettingsBook settings;
        db::ViewsRunner runner;
        std::unique_ptr<net::Client> client;
        ai::Models models;
        Nobody decider;
        intake::Intake intake;
        http::App app;
        http::Server server;
    };

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("hilo-http-" + std::to_string(getpid()) + "-" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::optional<Parts> parts_;
    std::uint16_t port_ = 0;
};

}  // namespace tests
