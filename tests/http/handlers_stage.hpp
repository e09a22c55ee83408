#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "crypto/hash.hpp"
#include "http/app.hpp"
#include "http/server.hpp"
#include "http/workers.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/raw_http.hpp"

namespace tests {

using Json = nlohmann::json;

struct Nobody final : http::Decider {
    /// What this process has parked, all the same.
    actors::ParkedConversations stopped;
    int held = 0;                // slices
    actors::ReplyResult answer;  // to whoever writes

    bool decides() const override { return held > 0; }
    int slices() const override { return held; }
    std::string why_not() const override { return "nobody decides in this test"; }
    void reply(const events::StreamId&, domain::conversation::Command,
               std::function<void(actors::ReplyResult)> done) override {
        done(answer);
    }
    actors::ParkedConversations parked(std::size_t limit) const override {
        auto some = stopped;
        some.some.resize(std::min(limit, some.some.size()));
        return some;
    }
};

/// Every route of `hilo serve` on a running server, over a SQLite store of its own.
class HandlersStage : public ::testing::Test {
protected:
    static constexpr const char* secret = "a secret for this test alone";
    static constexpr const char* line = "100000000000001";

    void start(std::vector<std::string> secrets = {secret}) {
        parts_.emplace(database(), std::move(secrets));
        port_ = parts_->server.start();
    }
    http::App& app() { return parts_->app; }
    Nobody& decider() { return parts_->decider; }
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
    void eventually(const char* what, const std::function<bool()>& holds) const {
        if (!support::eventually(holds)) throw std::runtime_error(what);
    }
    /// A connection of another program to the database.
    class Outsider {
    public:
        explicit Outsider(const std::string& file) {
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
    std::string database() const { return folder_.file("hilo.db"); }

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

    const support::Folder folder_;
    std::optional<Parts> parts_;
    std::uint16_t port_ = 0;
};

}  // namespace tests
