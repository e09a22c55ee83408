#include <algorithm>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "cli/webhook_bodies.hpp"
#include "crypto/uuid.hpp"
#include "domain/identity.hpp"
#include "kapso/signature.hpp"

namespace cli {
namespace {

struct Options {
    std::string secret, shape = "v2", from = "15555550100", text = "Hola", url, line;
};

std::string secret_of(const Options& options, const Config& config) {
    if (!options.secret.empty()) return options.secret;
    return config.webhook_secrets.empty() ? "" : config.webhook_secrets.front();
}

int sign(const Options& options, const std::string& output) {
    const auto secret = options.secret.empty() ? secret_of(options, read_config()) : options.secret;
    if (secret.empty()) throw UsageError("no secret: set KAPSO_WEBHOOK_SECRET or give --secret");
    const std::string body{std::istreambuf_iterator<char>(std::cin), {}};
    const auto signature = kapso::signature_of(body, secret);
    if (output == "text") {
        std::cout << signature << "\n";
    } else {
        print_one(std::cout, output, {{"signature", signature}});
    }
    return Exit::ok;
}

net::Request request_of(const Options& options, const Config& config, const CustomerText& message) {
    auto request = request_to_server(config, "/api/whatsapp/webhook");
    if (!options.url.empty()) {
        request.url = options.url;
        request.plain = false;
    }
    auto webhook = webhook_of(options.shape, message, secret_of(options, config));
    request.body = std::move(webhook.body);
    request.headers = std::move(webhook.headers);
    request.once = true;
    return request;
}

/// As a provider writes it: a number without the signs that people put in, a user id as it is.
std::string customer_of(const std::string& from) {
    const bool number = std::ranges::none_of(from, [](unsigned char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.';
    });
    if (!number) return from;
    if (domain::digits_of(from).empty()) throw UsageError("--from has no digit: \"" + from + "\"");
    return domain::digits_of(from);
}

CustomerText message_of(const Options& options, const Config& config) {
    const auto line = options.line.empty() ? config.line : options.line;
    return {customer_of(options.from), options.text, "wamid.TEST" + crypto::random_uuid().text(),
            line.empty() ? "100000000000001" : line, std::time(nullptr)};
}

int send(const Options& options, const std::string& output) {
    const auto config = read_config();
    const auto message = message_of(options, config);
    if (secret_of(options, config).empty()) {
        std::cerr << "hilo: no secret is set (KAPSO_WEBHOOK_SECRET, --secret): sent unsigned\n";
    }
    const auto result = call(request_of(options, config, message));
    const auto* response = std::get_if<net::Response>(&result);
    if (response == nullptr) throw std::runtime_error(std::get<net::Failure>(result).reason);
    print_one(
        std::cout, output,
        {{"status", response->status}, {"answer", response->body}, {"messageId", message.wamid}});
    return response->status == 200 ? Exit::ok : Exit::failure;
}

}  // namespace

void add_webhook(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    auto* noun = app.add_subcommand("webhook", "Try the webhook (sign, send)");
    noun->require_subcommand(1);
    noun->footer(
        "Examples:\n  hilo webhook sign < body.json\n"
        "  hilo webhook send --from +528334430060 --text \"Hola\" --shape meta");
    noun->add_option("--secret", options->secret,
                     "In place of KAPSO_WEBHOOK_SECRET; other users see it in the process list");
    const auto act = [&choice, options](auto what) {
        return [&choice, options, what] {
            choice.action = [&choice, options, what] { return what(*options, choice.output); };
        };
    };
    noun->add_subcommand("sign", "Print the signature of the body on stdin")->callback(act(sign));
    auto* verb = noun->add_subcommand("send", "Post a customer's message, made up and signed");
    verb->add_option("--shape", options->shape, "How it is wrapped")
        ->check(one_of(webhook_shapes()))
        ->capture_default_str();
    verb->add_option("--from", options->from, "The customer's number, or user id (US.1349...)")
        ->capture_default_str();
    verb->add_option("--text", options->text, "What the customer says")->capture_default_str();
    verb->add_option("--line", options->line, "phone_number_id; else KAPSO_PHONE_NUMBER_ID");
    verb->add_option("--url", options->url, "In place of the webhook at HOST and PORT");
    verb->callback(act(send));
}

}  // namespace cli
