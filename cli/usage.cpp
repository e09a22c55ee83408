#include "cli/usage.hpp"

#include <algorithm>
#include <iostream>

#include "cli/commands.hpp"
#include "domain/nearest.hpp"

namespace cli {
namespace {

using Apps = std::vector<const CLI::App*>;

/// The app and the commands that were recognised, outermost first.
Apps chosen(const CLI::App& app) {
    Apps path{&app};
    for (auto subs = app.get_subcommands(); !subs.empty(); subs = subs.back()->get_subcommands()) {
        path.push_back(subs.back());
    }
    return path;
}

std::string name_of(const Apps& path) {
    std::string name;
    for (const auto* one : path) name += (name.empty() ? "" : " ") + one->get_name();
    return name;
}

std::vector<std::string> flags_of(const Apps& path) {
    std::vector<std::string> names;
    for (const auto* app : path) {
        for (const auto* option : app->get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::vector<std::string> verbs_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
    }
    return names;
}

std::string unexpected(const Apps& path, const std::string& word) {
    if (word.starts_with('-')) {
        const auto flag = word.substr(0, word.find('='));
        return "unknown flag " + flag + did_you_mean(flag, flags_of(path));
    }
    const auto verbs = verbs_of(*path.back());
    if (verbs.empty()) return "unexpected argument \"" + word + "\"";
    return "unknown command \"" + word + "\"" + did_you_mean(word, verbs);
}

std::string complaint(const Apps& path, const CLI::ParseError& error) {
    const auto rest = path.front()->remaining(true);
    if (!rest.empty() &&
        error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ValidationError)) {
        return unexpected(path, rest.front());
    }
    return error.what();
}

}  // namespace

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
    if (known.empty()) return {};
    const auto nearest = domain::nearest(word, {known.begin(), known.end()});
    // Half of the letters may be wrong; beyond that a guess only misleads.
    const auto farthest = std::max<std::size_t>(2, word.size() / 2);
    const bool near = domain::edit_distance(word, nearest) <= farthest;
    if (!near && !domain::contains_word(nearest, word)) return {};
    return "; did you mean " + nearest + "?";
}

CLI::Validator one_of(std::vector<std::string> known) {
    std::string all;
    for (const auto& one : known) all += (all.empty() ? "" : "|") + one;
    const auto check = [known = std::move(known), all](const std::string& word) -> std::string {
        if (std::ranges::find(known, word) != known.end()) return {};
        return "\"" + word + "\" is none of " + all + did_you_mean(word, known);
    };
    return CLI::Validator(check, all);
}

std::string help_of(const CLI::App& app) {
    const auto path = chosen(app);
    if (path.size() == 1) return app.help();
    // A verb's help is its noun's: the flags and the examples stand there.
    const auto mode =
        verbs_of(*path[1]).empty() ? CLI::AppFormatMode::Normal : CLI::AppFormatMode::All;
    return path[1]->get_formatter()->make_help(path[1], "hilo " + path[1]->get_name(), mode);
}

int explain(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
        std::cout << (version ? error.what() + std::string("\n") : help_of(app));
        return Exit::ok;
    }
    const auto path = chosen(app);
    std::cerr << "hilo: " << complaint(path, error) << "\n"
              << "Run \"" << name_of(path) << " --help\" to see what it takes.\n";
    return Exit::usage;
}

}  // namespace cli
