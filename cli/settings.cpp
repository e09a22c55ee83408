#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "actors/settings_book.hpp"
#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"

namespace cli {
namespace {

using Words = std::vector<std::string>;

void refuse_unknown(const std::string& name) {
    if (domain::setting_field(name) != nullptr) return;
    throw UsageError("unknown setting \"" + name + "\"; did you mean " +
                     domain::nearest_setting(name) + "?");
}

int get(const Words& names, const std::string& output) {
    for (const auto& name : names) refuse_unknown(name);
    const auto config = read_config();
    const auto store = open_for_reading(config);
    actors::SettingsBook book(store->log());
    book.refresh();
    const auto settings = book.now().settings;
    Json row;
    for (const auto& field : domain::setting_fields()) {
        const std::string name(field.name);
        if (!names.empty() && std::ranges::find(names, name) == names.end()) continue;
        std::visit([&](const auto& value) { row[name] = value; },
                   domain::value_of(settings, field));
    }
    print_one(std::cout, output, row);
    for (const auto& warning : domain::warnings(settings, ai::with_key(config.providers))) {
        std::cerr << "hilo: " << warning << "\n";
    }
    return Exit::ok;
}

/// As the field wants it, where the text can be read so; the server says what is wrong otherwise.
Json value_of(const domain::SettingField& field, const std::string& text) {
    const bool boolean = std::holds_alternative<bool domain::Settings::*>(field.member);
    if (boolean && (text == "true" || text == "false")) return text == "true";
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = fault == std::errc() && end == text.data() + text.size();
    if (whole && std::holds_alternative<std::int64_t domain::Settings::*>(field.member)) {
        return number;
    }
    return text;
}

int set(const Words& changes, const std::string& output) {
    Json body = Json::object();
    for (const auto& change : changes) {
        const auto equals = change.find('=');
        if (equals == std::string::npos) {
            throw UsageError("\"" + change + "\" has no value; write name=value");
        }
        const auto name = change.substr(0, equals);
        refuse_unknown(name);
        body[name] = value_of(*domain::setting_field(name), change.substr(equals + 1));
    }
    const auto answer = ask_server_or_store(read_config(), {"PUT", "/api/settings", body.dump()});
    const int code = exit_code(answer);
    if (code != Exit::ok) return code;
    const auto shown = Json::parse(answer.body);
    print_one(std::cout, output, shown);
    for (const auto& warning : shown.at("warnings")) {
        std::cerr << "hilo: " << warning.get<std::string>() << "\n";
    }
    return code;
}

}  // namespace

void add_settings(CLI::App& app, Choice& choice) {
    auto words = std::make_shared<Words>();
    auto* noun = app.add_subcommand("settings", "What may change while Hilo runs (get, set)");
    noun->require_subcommand(0, 1);
    noun->footer(
        "Examples:\n  hilo settings\n  hilo settings get aiProvider aiModel\n"
        "  hilo settings set aiEnabled=true \"systemPrompt=You answer for a bakery.\"");
    const auto act = [&choice, words](auto what) {
        return [&choice, words, what] {
            if (choice.action) return;
            choice.action = [&choice, words, what] { return what(*words, choice.output); };
        };
    };
    auto* read = noun->add_subcommand("get", "All settings, or those named (the default)");
    read->add_option("names", *words, "Settings to show");
    read->callback(act(get));
    auto* write = noun->add_subcommand("set", "Change settings");
    write->add_option("changes", *words, "name=value ...")->required();
    write->callback(act(set));
    noun->callback(act(get));
}

}  // namespace cli
