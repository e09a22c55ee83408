#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace cli {
namespace {

int test_chat(const std::string& text, const std::string& output) {
    const auto answer =
        need_server(read_config(), {"POST", "/api/ai/test-chat", Json{{"message", text}}.dump()});
    const int code = exit_code(answer);
    if (code != Exit::ok) return code;
    const auto body = Json::parse(answer.body);
    print_one(std::cout, output, body);
    return body.value("configured", false) ? Exit::ok : Exit::failure;
}

}  // namespace

void add_test_chat(CLI::App& app, Choice& choice) {
    auto text = std::make_shared<std::string>();
    auto* command = app.add_subcommand("test-chat", "Ask the model as a customer would");
    command->add_option("text", *text, "What the customer says")->required();
    command->footer(
        "Nothing is sent and nothing is stored; it needs a running server.\n"
        "Example:\n  hilo test-chat \"Hola, cuales son tus horarios?\"");
    command->callback([&choice, text] {
        choice.action = [&choice, text] { return test_chat(*text, choice.output); };
    });
}

}  // namespace cli
