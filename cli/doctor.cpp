#include "cli/doctor.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace cli {
namespace {

void look_at_webhook(Findings& findings, const Config& config) {
    try {
        check_for_serve(config);
        if (config.webhook_secrets.empty()) {
            findings.warn("webhook secret",
                          "unsigned webhooks are taken (HILO_ALLOW_UNSIGNED): never leave it so");
        } else {
            findings.ok("webhook secret",
                        config.webhook_secrets.size() == 2 ? "two are set" : "set");
        }
    } catch (const ConfigError& error) {
        findings.error("webhook secret", error.what());
    }
    if (config.verify_token.empty()) {
        findings.warn("webhook token",
                      "KAPSO_WEBHOOK_TOKEN is not set: a GET that verifies the webhook is refused");
    } else {
        findings.ok("webhook token", "set");
    }
}

void look_at_kapso(Findings& findings, const Config& config) {
    if (config.kapso_api_key.empty()) {
        findings.warn("Kapso key", "KAPSO_API_KEY is not set: replies can't be sent");
    } else {
        findings.ok("Kapso key", "set");
    }
    findings.ok("Kapso URL", config.kapso_base_url);
    if (config.line.empty()) {
        findings.warn("line",
                      "KAPSO_PHONE_NUMBER_ID is not set: webhooks that name no line are kept as "
                      "deliveries");
    } else {
        findings.ok("line", config.line);
    }
}

void look_at_providers(Findings& findings, const Config& config) {
    bool any = false;
    for (const auto& [name, provider] : config.providers) {
        any = any || !provider.key.empty();
        findings.ok(name, (provider.key.empty() ? "no key; " : "key set; ") + provider.base_url);
    }
    if (!any) {
        findings.warn("models",
                      "no model can be asked: set DEEPSEEK_API_KEY, OPENAI_API_KEY or "
                      "ANTHROPIC_API_KEY");
    }
}

/// For how many slices the server decides, as far as its /readyz tells.
std::string share_in(const std::string& body) {
    const auto state = Json::parse(body, nullptr, false);
    const auto slices = state.is_object() ? state.find("slices") : state.end();
    if (slices == state.end() || !slices->is_number_integer()) return {};
    return "; it decides for " + slices->dump() + " of " + std::to_string(events::slice_count) +
           " slices";
}

void look_at_server(Findings& findings, const Config& config) {
    if (config.admin_token.empty()) {
        findings.warn("admin token",
                      "HILO_ADMIN_TOKEN is not set: the API serves callers of this machine alone");
    } else {
        findings.ok("admin token", "set");
    }
    const auto url = server_url(config);
    try {
        const auto answer = ask_server(config, {"GET", "/readyz", ""});
        if (!answer) return findings.ok("server", "none runs at " + url);
        if (answer->status == 200) {
            return findings.ok("server", "ready at " + url + share_in(answer->body));
        }
        findings.error("server", url + " answers " + std::to_string(answer->status) +
                                     " to /readyz: see its log, or whether PORT is another's");
    } catch (const std::exception& failed) {
        findings.error("server", failed.what());
    }
}

Findings examine(std::int64_t verify) {
    Findings findings;
    try {
        const auto config = read_config();
        findings.ok("environment", "every variable fits");
        for (const auto& notice : config.notices) findings.warn("environment", notice);
        look_at_webhook(findings, config);
        look_at_kapso(findings, config);
        look_at_kapso_webhooks(findings, config);
        look_at_providers(findings, config);
        look_at_server(findings, config);
        look_at_parked_conversations(findings, config);
        look_at_database(findings, config, verify);
    } catch (const ConfigError& error) {
        findings.error("environment", error.what());
    }
    return findings;
}

int doctor(std::int64_t verify, const std::string& output) {
    constexpr std::array<const char*, 3> states{"ok", "warn", "error"};
    const auto findings = examine(verify);
    if (output == "text") {  // in full: the end of a line says how to mend it
        for (const auto& [state, check, detail] : findings.all()) {
            const std::string name = states[static_cast<std::size_t>(state)];
            std::cout << name << std::string(7 - name.size(), ' ') << check << ": " << detail
                      << "\n";
        }
    } else {
        std::vector<Json> rows;
        for (const auto& [state, check, detail] : findings.all()) {
            rows.push_back({{"state", states[static_cast<std::size_t>(state)]},
                            {"check", check},
                            {"detail", detail}});
        }
        print_list(std::cout, output, {"state", "check", "detail"}, rows);
    }
    return findings.any_error() ? Exit::failure : Exit::ok;
}

}  // namespace

bool Findings::any_error() const {
    return std::ranges::any_of(all_, [](const auto& one) { return one.state == State::error; });
}

void add_doctor(CLI::App& app, Choice& choice) {
    auto verify = std::make_shared<std::int64_t>(100'000);
    auto* command = app.add_subcommand("doctor", "Is everything in place? Changes nothing");
    command
        ->add_option("--verify", *verify,
                     "Recompute the log's digests and seals where it has at most so many events")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->footer(
        "Each line is ok, warn or error; with an error the exit code is 1.\n"
        "Example:\n  hilo doctor --output json");
    command->callback([&choice, verify] {
        choice.action = [&choice, verify] { return doctor(*verify, choice.output); };
    });
}

}  // namespace cli
