#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "sandbox/switches.hpp"

/// A Kapso and three models to try Hilo with, over real HTTP: nothing of it is known to the
/// product.
namespace sandbox {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one
    std::string webhook_url = "http://127.0.0.1:3002/api/whatsapp/webhook";
    std::string webhook_secret;
    std::string api_key;                     // what the product sends as X-API-Key
    std::set<std::string> model_keys;        // empty: the models take any key
    std::string line = "100000000000001";    // phone_number_id of the business
    std::string line_phone = "34900100200";  // its number
    Switches switches;
    std::size_t messages_at_most = 20'000;  // that are remembered; the oldest make room
};

/// Where the product's base URLs point: http://host:port with
///   KAPSO_API_BASE_URL   /meta/whatsapp/v24.0
///   OPENAI_BASE_URL      /v1
///   DEEPSEEK_BASE_URL    (nothing)
///   ANTHROPIC_BASE_URL   (nothing)
/// A page with a phone on it is at /, the control interface at /sandbox/ (for this machine alone).
class Sandbox {
public:
    explicit Sandbox(const Options& options);
    /// Stops.
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    /// Returns the port. Throws std::runtime_error where the address or the webhook's URL can't be
    /// used.
    std::uint16_t start();
    std::uint16_t port() const;
    void stop();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sandbox
