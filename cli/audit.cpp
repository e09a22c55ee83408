#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "actors/ports.hpp"
#include "cli/checkpoints.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/signing.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"

namespace cli {
namespace {

struct Options {
    std::string checkpoints;
    std::string key;
    std::int64_t from = 0, to = 0;
};

/// A public key in hexadecimal digits.
std::optional<crypto::PublicKey> key_of(const Options& options) {
    if (options.key.empty()) return std::nullopt;
    const auto bytes = crypto::unhex(options.key);
    const auto key = bytes ? crypto::fixed<32>(*bytes) : std::nullopt;
    if (!key)
        throw UsageError("--key must be 64 hexadecimal digits, as hilo audit key prints them");
    return key;
}

/// What was kept outside: the file that is named, or the server's own.
std::vector<events::SignedCheckpoint> checkpoints_of(const Options& options, const Config& config) {
    auto path = options.checkpoints;
    if (!path.empty() && !std::ifstream(path)) {
        throw NotFound("there is no file of checkpoints " + path);
    }
    if (path.empty()) path = signing_of(config).file;
    return path.empty() ? std::vector<events::SignedCheckpoint>()
                        : read_checkpoints(path, key_of(options));
}

db::Verification wanted(const Options& options,
                        const std::vector<events::SignedCheckpoint>& checkpoints) {
    db::Verification wanted;
    if (options.to > 0) wanted.to = options.to;
    for (const auto& one : checkpoints) {
        if (one.head.position == options.from && options.from > 0) wanted.from = one.head;
        if (one.head.position > options.from) wanted.known.push_back(one.head);
    }
    if (options.from > 0 && !wanted.from) {
        throw NotFound("there is no checkpoint of position " + std::to_string(options.from));
    }
    return wanted;
}

Json row_of(const db::Verified& verified, const db::Verification& wanted) {
    const auto compared = std::ranges::count_if(
        wanted.known, [&](const auto& one) { return one.position <= verified.head.position; });
    Json row{{"verdict", verified.defect ? "changed" : "as it was written"},
             {"events", verified.events},
             {"position", verified.head.position},
             {"seal", crypto::hex(verified.head.seal)},
             {"checkpoints", compared}};
    if (verified.defect) {
        row["defect"] = {{"position", verified.defect->position}, {"what", verified.defect->what}};
    }
    return row;
}

int verify(const Options& options, const std::string& output) {
    const auto config = read_config();
    const auto checkpoints = checkpoints_of(options, config);
    const auto store = open_for_reading(config);
    auto verification = wanted(options, checkpoints);
    verification.going_on = [](std::int64_t position, std::int64_t end) {
        if (position % 1'000'000 < 20'000) {
            std::cerr << "verified up to " << position << " of " << end << "\n";
        }
        return true;
    };
    const auto verified = store->verify(verification);
    print_one(std::cout, output, row_of(verified, verification));
    if (verified.defect) return Exit::failure;
    if (checkpoints.empty()) {
        std::cerr << "no signed checkpoint was at hand: that the log was not cut off or written "
                     "anew is not shown (docs/audit.md)\n";
    } else if (options.key.empty()) {
        std::cerr << "the checkpoints are signed by the key "
                  << crypto::hex(crypto::view(checkpoints.back().key))
                  << "; --key holds them against the one that you know\n";
    }
    return Exit::ok;
}

int checkpoint() {
    const auto config = read_config();
    const auto seed = signing_of(config).seed;
    if (!seed) throw NotFound(no_signing_key);
    const auto store = open_for_reading(config);
    std::cout << events::line_of(events::sign(store->sealed_head(), actors::wall_now(), *seed))
              << "\n";
    return Exit::ok;
}

int key(const std::string& output) {
    const auto seed = signing_of(read_config()).seed;
    if (!seed) throw NotFound(no_signing_key);
    print_one(std::cout, output,
              {{"key", crypto::hex(crypto::view(crypto::public_key_of(*seed)))}});
    return Exit::ok;
}

}  // namespace

void add_audit(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    auto* noun = app.add_subcommand("audit", "Show that the log is as it was written");
    noun->require_subcommand(1);
    noun->footer(
        "Examples:\n  hilo audit verify\n"
        "  hilo audit verify --checkpoints kept/hilo.checkpoints --key 3d40…\n"
        "  hilo audit checkpoint >> /mnt/elsewhere/hilo.checkpoints");
    auto* verb = noun->add_subcommand("verify", "Recompute every digest and seal");
    verb->add_option("--checkpoints", options->checkpoints,
                     "Signed checkpoints that were kept outside (default: the server's own file)");
    verb->add_option("--key", options->key, "The public key that must have signed them");
    verb->add_option("--from", options->from, "Begin behind the checkpoint of this position")
        ->check(CLI::PositiveNumber);
    verb->add_option("--to", options->to, "Up to the batch that begins at or before this position")
        ->check(CLI::PositiveNumber);
    verb->callback([&choice, options] {
        choice.action = [&choice, options] { return verify(*options, choice.output); };
    });
    noun->add_subcommand("checkpoint", "Sign where the log ends now, as one line of JSON")
        ->callback([&choice] { choice.action = [] { return checkpoint(); }; });
    noun->add_subcommand("key", "The public key of this server's checkpoints")->callback([&choice] {
        choice.action = [&choice] { return key(choice.output); };
    });
}

}  // namespace cli
