#include "cli/api.hpp"

#include <future>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/local_api.hpp"

namespace cli {
namespace {

// The server itself gives up after 60 s.
constexpr std::chrono::seconds deadline{65};

std::string message_in(const http::Response& answer) {
    const auto body = Json::parse(answer.body, nullptr, false);
    const auto error = body.is_object() ? body.value("error", Json()) : Json();
    if (error.is_object()) return error.value("message", "");
    return "the server answered " + std::to_string(answer.status);
}

}  // namespace

net::Result call(net::Request request) {
    const auto client = net::make_client();
    std::promise<net::Result> promise;
    auto result = promise.get_future();
    client->send(std::move(request),
                 [&](net::Result answer) { promise.set_value(std::move(answer)); });
    return result.get();
}

std::string server_url(const Config& config) {
    auto host = config.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
    return "http://" + host + ":" + std::to_string(config.port);
}

net::Request request_to_server(const Config& config, const std::string& path) {
    net::Request request;
    request.url = server_url(config) + path;
    request.plain = true;
    return request;
}

std::optional<http::Response> ask_server(const Config& config, const Ask& ask) {
    auto request = request_to_server(config, ask.path);
    request.method = ask.method;
    request.body = ask.body;
    request.deadline = deadline;
    request.once = true;
    if (!ask.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (!config.admin_token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + config.admin_token);
    }
    if (!ask.idempotency_key.empty()) {
        request.headers.emplace_back("Idempotency-Key", ask.idempotency_key);
    }
    auto result = call(std::move(request));
    if (auto* response = std::get_if<net::Response>(&result)) {
        return http::json(std::move(response->body), response->status);
    }
    const auto& failure = std::get<net::Failure>(result);
    if (failure.refused) return std::nullopt;
    throw std::runtime_error("the server at " + server_url(config) + ": " + failure.reason);
}

http::Response need_server(const Config& config, const Ask& ask) {
    auto answer = ask_server(config, ask);
    if (answer) return *answer;
    throw std::runtime_error("no server answers at " + server_url(config) +
                             ", and this needs one: start it with hilo serve (HOST and PORT say "
                             "where it is looked for)");
}

Api::Api(Config config) : config_(std::move(config)) {}

Api::~Api() = default;

http::Response Api::ask(const Ask& ask) {
    if (!local_) {
        if (auto answer = ask_server(config_, ask)) return *answer;
        std::cerr << "no server answers at " << server_url(config_)
                  << ", so this is tried in the database itself\n";
        local_ = std::make_unique<LocalApi>(config_);
    }
    return local_->ask(ask);
}

http::Response ask_server_or_store(const Config& config, const Ask& ask) {
    return Api(config).ask(ask);
}

int exit_code(const http::Response& answer) {
    if (answer.status / 100 == 2) return Exit::ok;
    std::cerr << "hilo: " << message_in(answer) << "\n";
    switch (answer.status) {
        case 400:
            return Exit::usage;
        case 404:
            return Exit::not_found;
        case 409:
            return Exit::conflict;
        default:
            return Exit::failure;
    }
}

}  // namespace cli
