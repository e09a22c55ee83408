#pragma once

#include "cli/config.hpp"
#include "crypto/signing.hpp"

namespace cli {

/// With what checkpoints of the log are signed, and where they go.
struct Signing {
    std::optional<crypto::SigningSeed> seed;
    std::string file;  // none where empty
    std::string url;
};
/// As the configuration says it: HILO_SIGNING_KEY, else on SQLite the key file beside the database,
/// where there is one. Throws ConfigError for a key that is none.
Signing signing_of(const Config& config);
/// The same for a server: on SQLite a key file is made where there is none, and `notices` says so.
Signing signing_for_serve(const Config& config, std::vector<std::string>& notices);

inline constexpr const char* no_signing_key =
    "there is no key to sign with: set HILO_SIGNING_KEY_FILE to a file of 64 hexadecimal digits "
    "(openssl rand -hex 32); on SQLite hilo serve makes one at its first start";

}  // namespace cli
