#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "http/server.hpp"
#include "net/client.hpp"
#include "sandbox/control.hpp"
#include "sandbox/embedded_page.hpp"
#include "sandbox/kapso_api.hpp"
#include "sandbox/later.hpp"
#include "sandbox/models.hpp"
#include "sandbox/webhooks.hpp"

namespace sandbox {
namespace {

using http::Access;
using http::Request;
using http::Respond;
using http::Response;

constexpr std::chrono::milliseconds time_to_finish{500};

std::string type_of(std::string_view name) {
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    return "text/html; charset=utf-8";
}

Response page_file(std::string_view name) {
    const auto file = std::ranges::find(page::files, name, &page::File::name);
    if (file == page::files.end()) return http::error(404, "not_found", "there is no such file");
    auto response = http::text(std::string(file->text));
    response.content_type = type_of(name);
    response.headers = {
        {"Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-cache"}};
    return response;
}

http::Options server_options(const Options& options) {
    http::Options out;
    out.host = options.host;
    out.port = options.port;
    // A slow fault may be slower than any answer of a real server.
    out.limits.answer = std::chrono::hours(1);
    return out;
}

}  // namespace

// Members are destroyed from the last to the first: the server, then what it calls.
struct Sandbox::Parts {
    explicit Parts(const Options& chosen)
        : options(chosen),
          world(chosen.switches, chosen.messages_at_most),
          webhooks(world, later,
                   {chosen.webhook_url, chosen.webhook_secret, chosen.line, chosen.line_phone}),
          kapso(world, later, webhooks, {chosen.api_key, chosen.line, chosen.line_phone}),
          models(world, later, chosen.model_keys),
          control(world, webhooks),
          server(http::Router(routes()), server_options(chosen)) {}

    std::vector<http::Route> routes();
    http::Route control_route(const char* method, const char* pattern,
                              std::function<Response(const Request&)> handler);

    const Options options;
    std::uint16_t port = 0;
    World world;
    Later later;
    Webhooks webhooks;
    KapsoApi kapso;
    ModelApi models;
    Control control;
    http::Server server;
};

http::Route Sandbox::Parts::control_route(const char* method, const char* pattern,
                                          std::function<Response(const Request&)> handler) {
    return {method, pattern, Access::admin,
            [handler = std::move(handler)](const Request& request, const Respond& respond) {
                respond(handler(request));
            }};
}

std::vector<http::Route> Sandbox::Parts::routes() {
    const auto send = [this](const Request& request, const Respond& respond) {
        kapso.send(request, respond);
    };
    const auto list = [this](const Request& request, const Respond& respond) {
        kapso.list(request, respond);
    };
    const auto complete = [this](const Request& request, const Respond& respond) {
        models.complete(request, respond);
    };
    const auto message = [this](const Request& request, const Respond& respond) {
        models.message(request, respond);
    };
    const auto list_webhooks = [this](const Request& request, const Respond& respond) {
        kapso.list_webhooks(request, respond);
    };
    const auto change_webhook = [this](const Request& request, const Respond& respond) {
        kapso.change_webhook(request, respond);
    };
    const auto* messages = "/meta/whatsapp/{version}/{line}/messages";
    const auto* webhooks_of_line = "/platform/v1/whatsapp/phone_numbers/{line}/webhooks";
    const auto* one_webhook = "/platform/v1/whatsapp/phone_numbers/{line}/webhooks/{webhook}";
    return {
        {"GET", webhooks_of_line, Access::open, list_webhooks},
        {"PATCH", one_webhook, Access::open, change_webhook},
        {"POST", messages, Access::open, send},
        {"GET", messages, Access::open, list},
        {"POST", "/v1/chat/completions", Access::open, complete},
        {"POST", "/chat/completions", Access::open, complete},
        {"POST", "/v1/messages", Access::open, message},
        control_route("POST", "/sandbox/customer",
                      [this](const Request& request) { return control.customer(request); }),
        control_route("POST", "/sandbox/read",
                      [this](const Request& request) { return control.read(request); }),
        control_route("GET", "/sandbox/messages",
                      [this](const Request& request) { return control.messages(request); }),
        control_route("GET", "/sandbox/counts",
                      [this](const Request&) { return control.counts(); }),
        control_route("GET", "/sandbox/switches",
                      [this](const Request&) { return control.switches(); }),
        control_route("PUT", "/sandbox/switches",
                      [this](const Request& request) { return control.change(request); }),
        control_route("GET", "/", [](const Request&) { return page_file("index.html"); }),
        control_route("GET", "/page/{name}",
                      [](const Request& request) { return page_file(request.params.at("name")); }),
    };
}

Sandbox::Sandbox(const Options& options) : parts_(std::make_unique<Parts>(options)) {}

Sandbox::~Sandbox() { stop(); }

std::uint16_t Sandbox::start() {
    const auto wrong = net::objection_to_base_url(parts_->options.webhook_url);
    if (!wrong.empty()) throw std::runtime_error("the webhook's URL can't be used: " + wrong);
    parts_->port = parts_->server.start();
    return parts_->port;
}

std::uint16_t Sandbox::port() const { return parts_->port; }

void Sandbox::stop() {
    parts_->server.stop(time_to_finish);
    parts_->later.stop();
}

}  // namespace sandbox
