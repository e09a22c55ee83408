#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"

namespace cli {
namespace {

struct Options {
    std::string person, by = "cli", why;
    bool dry_run = false, yes = false;
};

int erase(const Options& options, const std::string& output) {
    if (!options.dry_run && !options.yes) {
        throw UsageError(
            "nothing brings an erased person back; see with --dry-run what would be erased, and "
            "say "
            "--yes");
    }
    const Json body{{"person", options.person},
                    {"by", options.by},
                    {"why", options.why},
                    {"dryRun", options.dry_run}};
    const auto answer =
        ask_server_or_store(read_config(), {"POST", "/api/persons/erase", body.dump()});
    if (const int code = exit_code(answer); code != Exit::ok) return code;
    print_one(std::cout, output, Json::parse(answer.body));
    return Exit::ok;
}

}  // namespace

void add_erase(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand(
        "erase", "Erase a person: the keys of all that the log holds of him are destroyed");
    command->add_option("person", options->person, "A phone, a business-scoped id, or a stream")
        ->required();
    command->add_flag("--dry-run", options->dry_run, "Say what would be erased, and erase nothing");
    command->add_flag("--yes", options->yes, "Erase");
    command->add_option("--by", options->by, "Who asks for it")->capture_default_str();
    command->add_option("--why", options->why, "Why, in words");
    command->footer(
        "Examples:\n  hilo erase +5215512345678 --dry-run\n"
        "  hilo erase +5215512345678 --yes --why 'she asked for it'");
    command->callback(choice.action_of(options, erase));
}

}  // namespace cli
