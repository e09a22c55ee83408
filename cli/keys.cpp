#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "crypto/random.hpp"
#include "db/key_file.hpp"
#include "db/keyring.hpp"
#include "db/store.hpp"

namespace cli {
namespace {

/// From a file; or at random, where the old one is in a file that the database looks after.
crypto::Key new_key(const std::string& file, const Config& config) {
    if (!file.empty()) {
        const auto digits = db::read_key_file(file);
        if (!digits) throw NotFound("there is no file " + file);
        return db::Keyring::parse_master(*digits);
    }
    if (config.master_key) {
        throw UsageError(
            "the master key is in HILO_MASTER_KEY, so the new one has to be yours: "
            "(umask 077; openssl rand -hex 32 >new.key), then --new-key-file new.key");
    }
    return crypto::random<32>();
}

int rotate(const std::string& file, const std::string& output) {
    const auto config = read_config();
    const auto key = new_key(file, config);
    const auto store = db::open_store({config.database_url, config.master_key, false, false});
    const auto count = store->rotate(key);
    print_one(std::cout, output, {{"keys", count}, {"rotated", true}});
    std::cerr << (config.master_key
                      ? "now put the new key into HILO_MASTER_KEY, and start hilo serve; "
                      : "the new key is in the file beside the database; ")
              << "backups of the database that were made before need the old one\n";
    return Exit::ok;
}

}  // namespace

void add_keys(CLI::App& app, Choice& choice) {
    auto file = std::make_shared<std::string>();
    auto* noun = app.add_subcommand("keys", "The master key (rotate)");
    noun->require_subcommand(1);
    auto* verb = noun->add_subcommand(
        "rotate", "Wrap all keys by another master key; hilo serve must not run meanwhile");
    verb->add_option("--new-key-file", *file, "64 hexadecimal digits (default: made at random)");
    verb->footer("Example:\n  hilo keys rotate --new-key-file new.key");
    verb->callback([&choice, file] {
        choice.action = [&choice, file] { return rotate(*file, choice.output); };
    });
}

}  // namespace cli
