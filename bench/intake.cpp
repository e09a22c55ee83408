#include "bench/intake.hpp"

#include <nlohmann/json.hpp>

#include "bench/load.hpp"
#include "bench/outside.hpp"
#include "bench/webhooks.hpp"
#include "tests/load/served.hpp"
#include "tests/support/postgres.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr int connections = 64, idle_posts = 50;
constexpr auto spacing = 50ms;  // of the idle ones
constexpr std::uint64_t load_from = 1'000'000;

std::string fresh_url(Store store) {
    return store == Store::sqlite ? "sqlite:hilo.db" : support::Postgres::instance().fresh();
}

load::Environment environment(Store store, const Outside& outside) {
    const auto here = "http://127.0.0.1:" + std::to_string(outside.port());
    return {
        {"DATABASE_URL", fresh_url(store)}, {"HILO_MASTER_KEY", std::string(64, '5')},
        {"KAPSO_WEBHOOK_SECRET", secret},   {"KAPSO_PHONE_NUMBER_ID", line},
        {"KAPSO_API_KEY", "made-up"},       {"KAPSO_API_BASE_URL", here + "/meta/whatsapp/v24.0"},
        {"DEEPSEEK_API_KEY", "made-up"},    {"DEEPSEEK_BASE_URL", here}};
}

nlohmann::json json_of(const std::string& response, const std::string& what) {
    if (tests::status_of(response) != 200) throw std::runtime_error(what + ": " + response);
    return nlohmann::json::parse(tests::body_of(response));
}

void set_up(const load::Served& hilo, Mode mode) {
    if (!load::eventually(10s, [&] { return hilo.decides(); })) {
        throw std::runtime_error("hilo serve doesn't decide: " + hilo.said());
    }
    const bool on = mode == Mode::whole;
    const nlohmann::json settings{
        {"chatbotEnabled", on}, {"aiEnabled", on}, {"debounceSeconds", 0}};
    json_of(hilo.ask("PUT", "/api/settings", settings.dump()), "settings");
}

double head_of(const load::Served& hilo) {
    return json_of(hilo.ask("GET", "/readyz"), "/readyz").at("head").get<double>();
}

struct Idle {
    std::vector<double> to_200, to_model;
};

/// One message at a time, over one connection, each from a person of its own.
Idle post_slowly(const load::Served& hilo, Mode mode, Outside& outside) {
    Idle idle;
    tests::RawHttp connection(hilo.port());
    for (std::uint64_t message = 0; message < idle_posts; ++message) {
        const auto request = request_for(message);
        outside.expect(text_of(message));
        const auto start = Clock::now();
        if (tests::status_of(connection.exchange(request)) != 200) {
            throw std::runtime_error("a webhook was refused: " + hilo.said());
        }
        idle.to_200.push_back(milliseconds_since(start));
        if (mode == Mode::whole) {
            const auto arrived = outside.arrived(5s);
            if (!arrived) throw std::runtime_error("the model wasn't asked: " + hilo.said());
            idle.to_model.push_back(
                std::chrono::duration<double, std::milli>(*arrived - start).count());
        }
        std::this_thread::sleep_until(start + spacing);
    }
    return idle;
}

}  // namespace

std::string_view name_of(Store store) { return store == Store::sqlite ? "SQLite" : "PostgreSQL"; }

std::string_view name_of(Mode mode) { return mode == Mode::alone ? "alone" : "whole"; }

Figures run(Store store, Mode mode, std::chrono::seconds time) {
    Outside outside;
    load::Served hilo(HILO_BINARY, environment(store, outside));
    set_up(hilo, mode);
    const auto idle = post_slowly(hilo, mode, outside);
    const auto before = head_of(hilo);
    const auto load = post_for(time, connections, hilo.port(), load_from);
    const auto events = head_of(hilo) - before;
    if (load.refused > 0) {
        throw std::runtime_error(std::to_string(load.refused) + " webhooks were refused");
    }
    return {static_cast<double>(load.milliseconds.size()) / load.seconds,
            quantile(load.milliseconds, 0.5),
            quantile(load.milliseconds, 0.99),
            events / load.seconds,
            quantile(idle.to_200, 0.5),
            quantile(idle.to_200, 0.99),
            quantile(idle.to_model, 0.5),
            quantile(idle.to_model, 0.99)};
}

}  // namespace bench
