#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "projections/follow.hpp"

namespace cli {
namespace {

constexpr std::chrono::milliseconds between_looks{100};

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& one : projections::all_projections()) all.emplace_back(one.name);
    return all;
}

Json row_of(const projections::Status& status) {
    auto parked = Json::array();
    for (const auto& one : status.parked) {
        parked.push_back(
            {{"stream", one.stream.text()}, {"position", one.position}, {"error", one.error}});
    }
    return {
        {"name", status.name}, {"position", status.position},        {"head", status.head},
        {"lag", status.lag},   {"parkedCount", status.parked_count}, {"parked", std::move(parked)}};
}

int status(const std::string& output) {
    const auto store = open_for_reading(read_config());
    std::vector<Json> rows;
    for (const auto& one : projections::statuses(store->log(), store->views())) {
        rows.push_back(row_of(one));
    }
    print_list(std::cout, output, {"name", "position", "head", "lag", "parkedCount"}, rows);
    return Exit::ok;
}

/// The projection as the API shows it, once no rebuild of it runs any more.
Json rebuilt(Api& api, const std::string& name) {
    for (;; std::this_thread::sleep_for(between_looks)) {
        const auto answer = api.ask({"GET", "/api/projections", ""});
        if (exit_code(answer) != Exit::ok)
            throw std::runtime_error("the rebuild goes on unwatched");
        const auto all = Json::parse(answer.body).at("projections");
        for (const auto& one : all) {
            if (one.at("name") == name && one.at("rebuilding").is_null()) return one;
        }
    }
}

void refuse_failed(const Json& projection) {
    const auto& last = projection.at("lastRebuild");
    if (last.is_object() && last.at("error").is_null()) return;
    throw std::runtime_error("the rebuild of " + projection.at("name").get<std::string>() +
                             " failed: " +
                             (last.is_object() ? last.at("error").get<std::string>()
                                               : "the server was started anew meanwhile"));
}

int rebuild(const std::string& name, const std::string& output) {
    Api api(read_config());
    std::vector<Json> rows;
    for (const auto& one : name == "all" ? names() : std::vector{name}) {
        const auto answer = api.ask({"POST", "/api/projections/" + one + "/rebuild", ""});
        if (const int code = exit_code(answer); code != Exit::ok) return code;
        const auto now = rebuilt(api, one);
        refuse_failed(now);
        rows.push_back({{"name", one}, {"rebuilt", true}, {"parkedCount", now.at("parkedCount")}});
    }
    print_list(std::cout, output, {"name", "rebuilt", "parkedCount"}, rows);
    return Exit::ok;
}

}  // namespace

void add_projections(CLI::App& app, Choice& choice) {
    auto name = std::make_shared<std::string>();
    auto* noun =
        app.add_subcommand("projections", "The tables that follow the log (status, rebuild)");
    noun->require_subcommand(0, 1);
    noun->footer("Examples:\n  hilo projections\n  hilo projections rebuild messages");
    const auto show = [&choice] {
        if (!choice.action) choice.action = [&choice] { return status(choice.output); };
    };
    noun->add_subcommand("status", "How far each has come (the default)")->callback(show);
    auto* verb = noun->add_subcommand("rebuild", "Build tables anew from the log; sends nothing");
    auto known = names();
    known.emplace_back("all");
    verb->add_option("name", *name, "Which, or all")->required()->check(one_of(known));
    verb->callback([&choice, name] {
        choice.action = [&choice, name] { return rebuild(*name, choice.output); };
    });
    noun->callback(show);
}

}  // namespace cli
