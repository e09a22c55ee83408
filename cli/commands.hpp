#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

/// One function per group of commands; each adds its commands to the parser. What a command does is
/// left in `Choice::action`, which returns the exit code.
namespace cli {

enum Exit : int { ok = 0, failure = 1, usage = 2, not_found = 3, conflict = 4 };

struct Choice {
    std::function<int()> action;
    std::string output = "text";  // text, json or csv
    /// What a command calls once it is parsed: it leaves its action, unless one that is named
    /// behind it has left its own. The action is `what(*options, output)`, which returns the exit
    /// code.
    auto action_of(auto options, auto what) {
        return [this, options, what] {
            if (action) return;
            action = [this, options, what] { return what(*options, output); };
        };
    }
};

void add_serve(CLI::App& app, Choice& choice);
void add_sandbox(CLI::App& app, Choice& choice);
void add_migrate(CLI::App& app, Choice& choice);
void add_doctor(CLI::App& app, Choice& choice);
void add_events(CLI::App& app, Choice& choice);
void add_conversations(CLI::App& app, Choice& choice);
void add_deliveries(CLI::App& app, Choice& choice);
void add_projections(CLI::App& app, Choice& choice);
void add_audit(CLI::App& app, Choice& choice);
void add_decisions(CLI::App& app, Choice& choice);
void add_parked(CLI::App& app, Choice& choice);
void add_settings(CLI::App& app, Choice& choice);
void add_webhook(CLI::App& app, Choice& choice);
void add_test_chat(CLI::App& app, Choice& choice);
void add_version(CLI::App& app, Choice& choice);

}  // namespace cli
