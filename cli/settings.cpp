#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/as_of.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "events/codec.hpp"
#include "http/rows.hpp"

namespace cli {
namespace {

struct Options {
    std::vector<std::string> words;
    std::string as_of;
};

void refuse_unknown(const std::string& name) {
    if (domain::setting_field(name) != nullptr) return;
    throw UsageError("unknown setting \"" + name + "\"; did you mean " +
                     domain::nearest_setting(name) + "?");
}

int get(const Options& options, const std::string& output) {
    const auto& names = options.words;
    for (const auto& name : names) refuse_unknown(name);
    const auto config = read_config();
    const auto store = open_for_reading(config);
    const auto position =
        options.as_of.empty() ? store->log().head() : place_of(store->log(), options.as_of);
    const auto settings = projections::settings_then(store->log(), position);
    Json row;
    const auto all = http::settings_json(settings);
    for (const auto& [name, value] : all.items()) {
        if (names.empty() || std::ranges::find(names, name) != names.end()) row[name] = value;
    }
    print_one(std::cout, output, row);
    if (!options.as_of.empty()) return Exit::ok;
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

/// Who changed what, and when; the newest last.
int history(const Options&, const std::string& output) {
    const auto store = open_for_reading(read_config());
    std::vector<Json> rows;
    std::int32_t after = 0;
    for (bool more = true; more;) {
        constexpr std::size_t page = 500;
        const auto events = store->log().read_stream(events::settings_stream, after, page);
        more = !events.empty();
        for (const auto& one : events) {
            after = one.version;
            const auto body = Json::parse(events::encode(one.body));
            rows.push_back({{"version", one.version},
                            {"position", one.position},
                            {"at", events::iso8601(one.recorded)},
                            {"by", body.at("by")},
                            {"changed", body.at("changed")}});
        }
    }
    print_list(std::cout, output, {"version", "position", "at", "by", "changed"}, rows);
    return Exit::ok;
}

int set(const Options& options, const std::string& output) {
    Json body = Json::object();
    for (const auto& change : options.words) {
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
    auto options = std::make_shared<Options>();
    auto* noun =
        app.add_subcommand("settings", "What may change while Hilo runs (get, set, history)");
    noun->require_subcommand(0, 1);
    noun->footer(
        "Examples:\n  hilo settings\n  hilo settings get aiProvider aiModel\n"
        "  hilo settings set aiEnabled=true \"systemPrompt=You answer for a bakery.\"");
    const auto act = [&](auto what) { return choice.action_of(options, what); };
    add_as_of(noun, options->as_of);
    auto* read = noun->add_subcommand("get", "All settings, or those named (the default)");
    read->add_option("names", options->words, "Settings to show");
    read->callback(act(get));
    auto* write = noun->add_subcommand("set", "Change settings");
    write->add_option("changes", options->words, "name=value ...")->required();
    write->callback(act(set));
    noun->add_subcommand("history", "Who changed what, and when")->callback(act(history));
    noun->callback(act(get));
}

}  // namespace cli
