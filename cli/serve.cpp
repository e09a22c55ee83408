#include "cli/serve.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "cli/backfill.hpp"
#include "cli/checkpoints.hpp"
#include "cli/decider.hpp"
#include "cli/housekeeper.hpp"
#include "cli/key_alarm.hpp"
#include "cli/lookups.hpp"
#include "cli/signing.hpp"
#include "http/server.hpp"
#include "http/workers.hpp"
#include "intake/talk.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_bound = 10s;
// Twice what an orderly end takes. Later than this the process is ended by the alarm: what was
// answered is durable, and a database that hangs must not hold up a restart.
constexpr unsigned end_bound_seconds = 60;

/// Blocks the signals that end the process in every thread, so that one place can wait for them.
sigset_t block_ending_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

/// What the process that started this one may have left narrow.
void widen_limits() {
    // A file that may not grow is a write that fails, and no reason to end.
    std::signal(SIGXFSZ, SIG_IGN);
    // More connections than are served at a time are told so, each for a moment.
    constexpr rlim_t files = 16'384;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= files) return;
    limit.rlim_cur = std::min(limit.rlim_max, files);
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Returns when it is to end. From then on a second signal ends it at once.
void await_end(const sigset_t& signals) {
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("shutting down");
    alarm(end_bound_seconds);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void say_notices(const Config& config, const db::Store& store) {
    for (const auto& notice : config.notices) spdlog::warn("{}", notice);
    for (const auto& notice : store.notices()) spdlog::warn("{}", notice);
    if (config.webhook_secrets.empty()) {
        spdlog::warn("unsigned webhooks are taken (HILO_ALLOW_UNSIGNED): never leave this open");
    }
    if (config.kapso_api_key.empty()) {
        spdlog::warn("KAPSO_API_KEY is not set: replies can't be sent");
    }
}

/// None without a key to sign with.
std::unique_ptr<Checkpointer> start_checkpointer(const Config& config, db::Store& store,
                                                 net::Client& client) {
    std::vector<std::string> notices;
    const auto signing = signing_for_serve(config, notices);
    for (const auto& notice : notices) spdlog::warn("{}", notice);
    if (!signing.seed || (signing.file.empty() && signing.url.empty())) return nullptr;
    return std::make_unique<Checkpointer>(
        store, client, Checkpointer::Options{*signing.seed, signing.file, signing.url});
}

/// None without a key for Kapso.
std::unique_ptr<Backfill> start_backfill(const Config& config, const Backfill::Parts& parts) {
    return config.kapso_api_key.empty() ? nullptr : std::make_unique<Backfill>(parts);
}

void say_warnings(const domain::Settings& settings, const ai::Models& models) {
    for (const auto& warning : domain::warnings(settings, models.with_key())) {
        spdlog::warn("{}", warning);
    }
}

void listen(KeyAlarm& alarm, const domain::conversation::SendOutcome& outcome) {
    const auto code = alarm.heard(outcome, KeyAlarm::Clock::now());
    if (!code) return;
    spdlog::error(
        "Kapso refuses to send ({}), and will refuse all replies until it is mended: check "
        "KAPSO_API_KEY, the project's balance and the line's connection in Kapso",
        *code);
}

/// All that talks to Kapso, through one turnstile.
struct KapsoSide {
    KapsoSide(net::Client& client, const Config& config, http::Counters& counters)
        : sender(client, turnstile, config.kapso_base_url, config.kapso_api_key),
          history(client, turnstile, config.kapso_base_url, config.kapso_api_key),
          webhooks(client, turnstile, config.kapso_base_url, config.kapso_api_key,
                   config.webhook_secrets) {
        counters.ask_also([this] { return series(); });
    }

    http::Counters::Series series() const {
        const auto figures = turnstile.figures();
        http::Counters::Series out{{"hilo_kapso_waiting_sends", figures.waiting},
                                   {"hilo_kapso_calls_out", figures.out}};
        if (figures.limit) {
            const auto left = std::max<std::int64_t>(figures.left, 0);
            out["hilo_kapso_minute_limit"] = static_cast<std::uint64_t>(*figures.limit);
            out["hilo_kapso_minute_left"] = static_cast<std::uint64_t>(left);
        }
        for (const auto& [name, count] : turnstile.counts()) {
            out["hilo_kapso_limits_met_total{what=\"" + name + "\"}"] = count;
        }
        return out;
    }

    LeaseHolder::Shared shared() {
        return [this](int deciders) { turnstile.share(deciders); };
    }

    kapso::Turnstile turnstile;
    kapso::Sender sender;
    kapso::History history;
    kapso::WebhookWatch webhooks;
};

kapso::Turn heard_by(KeyAlarm& alarm, kapso::Turn turn) {
    return [&alarm, turn = std::move(turn)](
               const kapso::Outgoing& message,
               std::function<void(domain::conversation::SendOutcome)> done) {
        turn(message, [&alarm, done = std::move(done)](auto outcome) {
            listen(alarm, outcome);
            done(std::move(outcome));
        });
    };
}

actors::Ports ports_of(const Config& config, db::Store& store, const ai::Models& models,
                       const kapso::Sender& sender, KeyAlarm& alarm, LookUps& look_ups) {
    actors::Ports ports{
        store.log(),
        store.keys(),
        [&](ai::Call call, std::function<void(ai::Result)> done) {
            models.ask(std::move(call), std::move(done));
        },
        [&](const actors::TurnWanted& wanted, std::function<void(kapso::Turn)> have) {
            sender.turn(wanted.line, wanted.to, wanted.bytes,
                        [&alarm, have = std::move(have)](kapso::Turn turn) {
                            have(heard_by(alarm, std::move(turn)));
                        });
        },
        [&](const actors::ListQuery& query, LookUps::Done done) {
            look_ups.sent_to(query, std::move(done));
        },
        actors::steady_now,
        crypto::new_uuid,
        models.with_key(),
        config.line,
        !config.kapso_api_key.empty()};
    ports.reach = actors::steady_reach;
    return ports;
}

}  // namespace

void set_up_logging() {
    auto logger = spdlog::stderr_color_mt("hilo");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    spdlog::set_default_logger(logger);
}

int serve(const Config& config) {
    check_for_serve(config);
    widen_limits();
    const auto signals = block_ending_signals();
    intake::talk::show_content(config.log_content);
    // Before the store, whose late answers may still turn to them.
    http::Workers aftermath(2, 1024);
    http::Counters counters;
    const auto store = db::open_store({config.database_url, config.master_key});
    say_notices(config, *store);

    actors::SettingsBook settings(store->log());
    settings.refresh();
    db::ViewsRunner runner(*store);
    const Housekeeper housekeeper(store->deliveries());
    KeyAlarm key_alarm;
    actors::HeldLeases leases;
    const auto client = net::make_client();
    const auto checkpointer = start_checkpointer(config, *store, *client);
    ai::Models models(*client, config.providers);
    say_warnings(settings.now().settings, models);
    KapsoSide to_kapso(*client, config, counters);

    intake::Intake intake(
        store->log(), store->keys(), store->deliveries(),
        {config.line, events::Source::webhook, config.debug_webhook,
         [&](std::function<void()> job) { return aftermath.run(std::move(job)); }});
    LookUps look_ups(intake, store->log(), to_kapso.history, {});
    auto ports = ports_of(config, *store, models, to_kapso.sender, key_alarm, look_ups);
    LeaseHolder decider(*store, settings, leases, std::move(ports), to_kapso.shared());
    const auto backfill = start_backfill(
        config,
        {*store, intake, to_kapso.history, to_kapso.webhooks, settings, counters, config.line});
    std::atomic<bool> draining = false;
    http::App app{*store,
                  store->views(),
                  runner,
                  intake,
                  settings,
                  models,
                  decider,
                  counters,
                  [&] { return draining.load(); },
                  config.webhook_secrets,
                  config.verify_token,
                  version_text};
    http::Server server(http::Router(http::routes(app)),
                        {config.host, config.port, config.admin_token, {}, &counters});
    const auto port = server.start();
    spdlog::info("listening on http://{}:{}", config.host, port);

    await_end(signals);
    draining = true;
    server.stop(drain_bound);
    decider.leave();
    to_kapso.turnstile.close();  // who still waits for a turn there surely sends nothing
    aftermath.stop();
    return 0;
}

}  // namespace cli
