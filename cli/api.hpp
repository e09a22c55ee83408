#pragma once

#include <memory>
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
/// A request to the own server, which speaks plain HTTP wherever it listens.
net::Request request_to_server(const Config& config, const std::string& path);

/// std::nullopt where no server listens. Throws std::runtime_error where one does but gives no
/// answer.
std::optional<http::Response> ask_server(const Config& config, const Ask& ask);

/// Throws where no server listens: what is asked needs one.
http::Response need_server(const Config& config, const Ask& ask);

class LocalApi;

/// The running server; where none listens, the same handlers in this process, over the database
/// itself, for as long as this lives.
class Api {
public:
    explicit Api(Config config);
    ~Api();
    /// Throws db::StoreError where no server listens and another process has the database.
    http::Response ask(const Ask& ask);

private:
    const Config config_;
    std::unique_ptr<LocalApi> local_;
};

/// The same for one question.
http::Response ask_server_or_store(const Config& config, const Ask& ask);

/// The exit code that an answer stands for. Of an error, the message goes to stderr.
int exit_code(const http::Response& answer);

}  // namespace cli
