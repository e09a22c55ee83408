#include "sandbox/sandbox.hpp"

#include <csignal>
#include <iostream>

#include "cli/commands.hpp"

namespace cli {
namespace {

int run_sandbox(const sandbox::Options& options) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    sandbox::Sandbox box(options);
    const auto port = box.start();
    const auto base = "http://" + options.host + ":" + std::to_string(port);
    std::cout << "phone               " << base << "/\n"
              << "KAPSO_API_BASE_URL  " << base << "/meta/whatsapp/v24.0\n"
              << "OPENAI_BASE_URL     " << base << "/v1\n"
              << "DEEPSEEK_BASE_URL   " << base << "\n"
              << "ANTHROPIC_BASE_URL  " << base << std::endl;
    int signal = 0;
    sigwait(&signals, &signal);
    box.stop();
    return Exit::ok;
}

}  // namespace

void add_sandbox(CLI::App& app, Choice& choice) {
    auto* command = app.add_subcommand("sandbox", "A Kapso and three models to try Hilo with");
    auto options = std::make_shared<sandbox::Options>();
    options->port = 3003;
    command->add_option("--host", options->host, "Address to listen on")->capture_default_str();
    command->add_option("--port", options->port, "Port to listen on; 0 = any")
        ->capture_default_str();
    command->add_option("--webhook-url", options->webhook_url, "Where Hilo takes webhooks")
        ->capture_default_str();
    command->add_option("--secret", options->webhook_secret, "KAPSO_WEBHOOK_SECRET")
        ->envname("KAPSO_WEBHOOK_SECRET");
    command->add_option("--api-key", options->api_key, "KAPSO_API_KEY")->envname("KAPSO_API_KEY");
    command->add_option("--line", options->line, "phone_number_id of the business")
        ->capture_default_str();
    command->footer(
        "It prints the addresses to give to hilo serve; the phone is a page to write on as a "
        "customer.\nExample:\n  hilo sandbox --port 3003 --secret my-secret");
    command->callback(
        [&choice, options] { choice.action = [options] { return run_sandbox(*options); }; });
}

}  // namespace cli
