#include "cli/run.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "cli/serve.hpp"
#include "cli/usage.hpp"
#include "db/store.hpp"

namespace cli {
namespace {

void add_all(CLI::App& app, Choice& choice) {
    for (const auto add :
         {add_serve, add_sandbox, add_migrate, add_doctor, add_events, add_conversations,
          add_deliveries, add_projections, add_audit, add_decisions, add_parked, add_settings,
          add_webhook, add_test_chat, add_version}) {
        add(app, choice);
    }
}

/// A failure in one sentence, with the exit code that it stands for.
int complain(const std::exception& error, int code) {
    std::cerr << "hilo: " << error.what() << "\n";
    return code;
}

/// What is no text can be neither shown nor sent on.
void refuse_other_than_utf8(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        try {
            Json(argv[i]).dump();
        } catch (const Json::type_error&) {
            throw UsageError("argument " + std::to_string(i) + " is not valid UTF-8");
        }
    }
}

}  // namespace

void add_version(CLI::App& app, Choice& choice) {
    auto* command = app.add_subcommand("version", "Print the version");
    command->footer("Example:\n  hilo version --output json");
    command->callback([&] {
        choice.action = [&] {
            if (choice.output == "text") {
                std::cout << "hilo " << version_text << "\n";
            } else {
                print_one(std::cout, choice.output, {{"name", "hilo"}, {"version", version_text}});
            }
            return Exit::ok;
        };
    });
}

void add_serve(CLI::App& app, Choice& choice) {
    app.add_subcommand("serve", "Take webhooks, answer customers, serve the API")
        ->callback([&] { choice.action = [] { return serve(read_config()); }; })
        ->footer(
            "The environment (and .env in the working folder) says how; hilo doctor checks it.\n"
            "Example:\n  PORT=8080 hilo serve");
}

int run(int argc, char** argv) {
    CLI::App app("Hilo: a self-hosted engine for WhatsApp conversations", "hilo");
    Choice choice;
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", std::string("hilo ") + version_text);
    app.add_option("--output,-o", choice.output, "How data is printed")
        ->check(one_of({"text", "json", "csv"}))
        ->capture_default_str();
    app.footer(
        "stdout is data, stderr is talk. Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 "
        "conflict.\n\nExamples:\n"
        "  hilo doctor                     is everything in place?\n"
        "  hilo serve                      start\n"
        "  hilo settings set aiEnabled=true chatbotEnabled=true\n"
        "  hilo convs --output json        the conversations, for a program");
    add_all(app, choice);
    try {
        refuse_other_than_utf8(argc, argv);
        app.parse(argc, argv);
    } catch (const UsageError& error) {
        return complain(error, Exit::usage);
    } catch (const CLI::ParseError& error) {
        return explain(app, error);
    }
    set_up_logging();
    try {
        return choice.action();
    } catch (const ConfigError& error) {
        return complain(error, Exit::usage);
    } catch (const UsageError& error) {
        return complain(error, Exit::usage);
    } catch (const NotFound& error) {
        return complain(error, Exit::not_found);
    } catch (const std::exception& error) {
        return complain(error, Exit::failure);
    }
}

}  // namespace cli
