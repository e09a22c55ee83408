#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/ports.hpp"
#include "cli/checkpoints.hpp"
#include "cli/commands.hpp"
#include "cli/export.hpp"
#include "cli/output.hpp"
#include "cli/signing.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"

namespace cli {
namespace {

struct Options {
    std::string checkpoints, exported;
    std::vector<std::string> keys;
    std::int64_t from = 0, to = 0;
};

/// Public keys in hexadecimal digits; any key will do where there is none.
std::vector<crypto::PublicKey> keys_of(const Options& options) {
    std::vector<crypto::PublicKey> keys;
    for (const auto& text : options.keys) {
        const auto bytes = crypto::unhex(text);
        const auto key = bytes ? crypto::fixed<32>(*bytes) : std::nullopt;
        if (!key) {
            throw UsageError("--key must be 64 hexadecimal digits, as hilo audit key prints them");
        }
        keys.push_back(*key);
    }
    return keys;
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

Json json_of(const events::Defect& defect) {
    return {{"position", defect.position}, {"what", defect.what}};
}

/// Where nobody said whose they must be.
void say_whose(const Options& options, const std::vector<events::SignedCheckpoint>& checkpoints) {
    if (!options.keys.empty()) return;
    std::set<crypto::PublicKey> keys;
    for (const auto& one : checkpoints) keys.insert(one.key);
    for (const auto& key : keys) {
        std::cerr << "checkpoints are signed by the key " << crypto::hex(crypto::view(key))
                  << "; --key holds them against the one that you know\n";
    }
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
        row["defect"] = json_of(*verified.defect);
    }
    return row;
}

std::string verdict_of(const events::ExportVerified& verified) {
    if (verified.defect) return "changed";
    return verified.covered == verified.events ? "as it was written" : "not shown";
}

/// Neither database nor configuration: what the file says is all.
int verify_export(const Options& options, const std::string& output) {
    const auto exported = read_export(options.exported);
    const auto verified = events::verify(exported, keys_of(options));
    Json row{{"verdict", verdict_of(verified)},
             {"events", verified.events},
             {"covered", verified.covered},
             {"silent", verified.silent},
             {"completeTo", verified.complete_to}};
    if (verified.defect) row["defect"] = json_of(*verified.defect);
    print_one(std::cout, output, row);
    if (verified.defect) return Exit::failure;
    if (verified.silent > 0) {
        std::cerr << verified.silent
                  << " events don't show what they say: their key was destroyed, or kept back\n";
    }
    say_whose(options, exported.checkpoints);
    if (verified.covered == verified.events) return Exit::ok;
    std::cerr << "the last " << verified.events - verified.covered
              << " events are covered by no signed checkpoint: that the log held them so is not "
                 "shown (docs/audit.md)\n";
    return Exit::failure;
}

int verify(const Options& options, const std::string& output) {
    if (!options.exported.empty()) return verify_export(options, output);
    const auto config = read_config();
    const auto checkpoints = kept_checkpoints(options.checkpoints, config, keys_of(options));
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
    }
    say_whose(options, checkpoints);
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
        "  hilo audit verify --export conversation-12.jsonl --key 3d40…\n"
        "  hilo audit checkpoint >> /mnt/elsewhere/hilo.checkpoints");
    auto* verb = noun->add_subcommand("verify", "Recompute every digest and seal");
    verb->add_option("--checkpoints", options->checkpoints,
                     "Signed checkpoints that were kept outside (default: the server's own file)");
    verb->add_option("--key", options->keys,
                     "The public key that must have signed them; several, where it was changed");
    verb->add_option("--from", options->from, "Begin behind the checkpoint of this position")
        ->check(CLI::PositiveNumber);
    verb->add_option("--to", options->to, "Up to the batch that begins at or before this position")
        ->check(CLI::PositiveNumber);
    verb->add_option("--export", options->exported,
                     "Verify this file alone, as hilo conv ID export writes it")
        ->excludes("--checkpoints")
        ->excludes("--from")
        ->excludes("--to");
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
