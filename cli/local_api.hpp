#pragma once

#include "cli/api.hpp"
#include "http/app.hpp"
#include "http/workers.hpp"

namespace cli {

/// The API's handlers in this process, over a database that no server has: nobody decides for the
/// conversations and nothing is sent.
class LocalApi {
public:
    /// Throws db::StoreError.
    explicit LocalApi(const Config& config);

    /// Waits for the answer, and until the tables show what was written.
    http::Response ask(const Ask& ask);

private:
    struct Nobody final : http::Decider {
        bool decides() const override { return false; }
        int slices() const override { return 0; }
        std::string why_not() const override { return "this needs a running server"; }
        void reply(const events::StreamId&, domain::conversation::Command,
                   std::function<void(actors::ReplyResult)> done) override {
            done({});
        }
    };

    http::Workers aftermath_{1, 1024};
    http::Counters counters_;
    std::unique_ptr<db::Store> store_;
    actors::SettingsBook settings_;
    db::ViewsRunner runner_;
    std::unique_ptr<net::Client> client_;
    ai::Models models_;
    Nobody nobody_;
    intake::Intake intake_;
    http::App app_;
    http::Router router_;
};

}  // namespace cli
