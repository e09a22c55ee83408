#pragma once

#include <optional>
#include <string>

#include "cli/config.hpp"
#include "http/message.hpp"
#include "net/client.hpp"

/// Commands that write speak HTTP to the running server, which owns the database.
namespace cli {

/// Sends a request and waits for what comes of it.
net::Result call(net::Request request);

struct Ask {
    std::string method, path, body;
    std::string idempotency_key = {};
};

/// http://HOST:PORT of the configuration; where the server listens on every address, the loopback
/// one.
std::string server_url(const Config& config);

/// std::nullopt where no server listens. Throws std::runtime_error where one does but gives no
/// answer.
std::optional<http::Response> ask_server(const Config& config, const Ask& ask);

/// Throws where no server listens: what is asked needs one.
http::Response need_server(const Config& config, const Ask& ask);

/// Where no server listens, the same handlers answer in this process, over the database itself.
/// Throws db::StoreError where another process has that.
http::Response ask_server_or_store(const Config& config, const Ask& ask);

/// The exit code that an answer stands for. Of an error, the message goes to stderr.
int exit_code(const http::Response& answer);

}  // namespace cli
