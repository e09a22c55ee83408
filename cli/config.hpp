#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ai/models.hpp"

namespace cli {

struct ConfigError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the environment says (DESIGN 7, Environment).
struct Config {
    std::string host = "127.0.0.1";
    std::uint16_t port = 3002;
    std::string database_url = "sqlite:data/hilo.db";
    std::optional<std::string> master_key;
    std::optional<std::string> signing_key;
    std::string checkpoints, checkpoints_url;  // where signed checkpoints go

    std::string kapso_api_key;
    std::string kapso_base_url;
    std::string line;  // KAPSO_PHONE_NUMBER_ID
    std::vector<std::string> webhook_secrets;
    std::string verify_token;
    bool allow_unsigned = false;

    std::map<std::string, ai::Provider> providers;
    std::string admin_token;
    bool debug_webhook = false;
    bool log_content = false;

    std::vector<std::string> notices;  // what the operator should be told once
};

/// Reads the variables of the process, and of `.env` in the working folder where the process has
/// none of that name; NAME_FILE stands for the content of a file. Throws ConfigError, which names
/// the variable and how to mend it, and never shows a secret.
Config read_config();

/// The same over given variables; a file is read where a `_FILE` variable names it.
Config config_of(const std::map<std::string, std::string>& variables);

/// What `hilo serve` needs beyond that: a secret, or unsigned webhooks allowed on a loopback bind.
/// Throws ConfigError.
void check_for_serve(const Config& config);

/// Every variable that Hilo knows, secrets marked; for docs and "did you mean".
struct Variable {
    std::string_view name;
    bool secret;
};
const std::vector<Variable>& variables();

}  // namespace cli
