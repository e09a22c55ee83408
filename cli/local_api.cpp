#include "cli/local_api.hpp"

#include <future>

#include "cli/serve.hpp"
#include "db/pending.hpp"

namespace cli {
namespace {

constexpr std::chrono::seconds patience{10};

/// Makes no database: a wrong DATABASE_URL would go unnoticed.
std::unique_ptr<db::Store> existing_store(const Config& config) {
    if (!db::pending_migrations(config.database_url).empty()) {
        throw db::StoreError(
            "the database is new, or its schema is older than this hilo; run: hilo migrate");
    }
    return db::open_store({config.database_url, config.master_key});
}

}  // namespace

LocalApi::LocalApi(const Config& config)
    : store_(existing_store(config)),
      settings_(store_->log()),
      runner_(*store_),
      client_(net::make_client()),
      models_(*client_, config.providers),
      intake_(store_->log(), store_->keys(), store_->deliveries(),
              {config.line, events::Source::webhook, false,
               [this](std::function<void()> job) { return aftermath_.run(std::move(job)); }}),
      app_{*store_,
           store_->views(),
           runner_,
           intake_,
           settings_,
           models_,
           nobody_,
           counters_,
           [] { return false; },
           config.webhook_secrets,
           config.verify_token,
           version_text},
      router_(http::routes(app_)) {
    settings_.refresh();
}

http::Response LocalApi::ask(const Ask& ask) {
    http::Request request;
    request.method = ask.method;
    http::read_target(ask.path, request);
    auto found = router_.find(request.method, request.path);
    if (auto* refusal = std::get_if<http::Response>(&found)) return *refusal;
    auto& match = std::get<http::Router::Match>(found);
    request.params = std::move(match.params);
    request.body = ask.body;
    auto promise = std::make_shared<std::promise<http::Response>>();
    auto answer = promise->get_future();
    match.route->handler(std::move(request), http::Respond([promise](http::Response response) {
                             promise->set_value(std::move(response));
                         }));
    auto response = answer.get();
    const auto head = store_->log().head();
    for (const auto& one : projections::all_projections()) runner_.wait(one.name, head, patience);
    return response;
}

}  // namespace cli
