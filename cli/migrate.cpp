#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "db/pending.hpp"
#include "db/store.hpp"

namespace cli {
namespace {

int migrate(bool dry_run, const std::string& output) {
    const auto config = read_config();
    const auto pending = db::pending_migrations(config.database_url);
    if (!dry_run) {
        const auto store = db::open_store({config.database_url, config.master_key});
        for (const auto& notice : store->notices()) std::cerr << "hilo: " << notice << "\n";
    }
    std::vector<Json> rows;
    for (const auto& name : pending) rows.push_back({{"migration", name}, {"applied", !dry_run}});
    if (pending.empty()) std::cerr << "the schema is up to date\n";
    if (!pending.empty() || output != "text") {
        print_list(std::cout, output, {"migration", "applied"}, rows);
    }
    return Exit::ok;
}

}  // namespace

void add_migrate(CLI::App& app, Choice& choice) {
    auto dry_run = std::make_shared<bool>(false);
    auto* command = app.add_subcommand("migrate", "Bring the database's schema up to this hilo");
    command->add_flag("--dry-run", *dry_run, "Only say what would be applied");
    command->footer("hilo serve does this at its start too.\nExample:\n  hilo migrate --dry-run");
    command->callback([&choice, dry_run] {
        choice.action = [&choice, dry_run] { return migrate(*dry_run, choice.output); };
    });
}

}  // namespace cli
