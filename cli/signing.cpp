#include "cli/signing.hpp"

#include "db/key_file.hpp"
#include "db/pending.hpp"

namespace cli {
namespace {

crypto::SigningSeed seed_of(const std::string& digits, const std::string& where) {
    const auto bytes = crypto::unhex(digits);
    const auto seed = bytes ? crypto::fixed<32>(*bytes) : std::nullopt;
    if (!seed) {
        throw ConfigError(where + " must hold 64 hexadecimal digits (openssl rand -hex 32)");
    }
    return *seed;
}

std::string key_file_of(const std::string& database) { return database + ".signing-key"; }

}  // namespace

Signing signing_of(const Config& config) {
    Signing signing{{}, config.checkpoints, config.checkpoints_url};
    const auto database = db::file_of(config.database_url);
    if (signing.file.empty() && database) signing.file = *database + ".checkpoints";
    if (config.signing_key) {
        signing.seed = seed_of(*config.signing_key, "HILO_SIGNING_KEY");
    } else if (database) {
        const auto path = key_file_of(*database);
        if (const auto digits = db::read_key_file(path)) signing.seed = seed_of(*digits, path);
    }
    return signing;
}

Signing signing_for_serve(const Config& config, std::vector<std::string>& notices) {
    auto signing = signing_of(config);
    if (signing.seed) return signing;
    const auto database = db::file_of(config.database_url);
    if (!database) {
        notices.emplace_back(
            "HILO_SIGNING_KEY is not set: no checkpoints of the log are signed, so that nobody "
            "could show that its end was not cut off (docs/audit.md)");
        return signing;
    }
    const auto path = key_file_of(*database);
    signing.seed = seed_of(db::make_key_file(path), path);
    notices.push_back("a key that signs checkpoints of the log was made: " + path +
                      "; checkpoints go to " + signing.file +
                      ", which is worth most where it is copied elsewhere (docs/audit.md)");
    return signing;
}

}  // namespace cli
