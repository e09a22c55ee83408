#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/system.hpp"
#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/doctor.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "projections/follow.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 100ms;
constexpr auto patience = 30s;  // a stream of 10,000 events has caught up by then
constexpr auto conversations = actors::conversations_consumer;

struct Options {
    std::string consumer, stream, by = "cli", why;
    std::int64_t position = 0;  // 0: none is named
    std::size_t limit = 100;
};

std::vector<std::string> consumers() {
    std::vector<std::string> names{std::string(conversations)};
    for (const auto& one : projections::all_projections()) names.emplace_back(one.name);
    return names;
}

const Columns columns{"consumer", "stream", "position", "since", "skippable", "error"};

/// In the order in which people read it.
Json row_of(const Json& shown) {
    Json row;
    for (const auto& column : columns) row[column] = shown.at(column);
    row["resumed"] = shown.at("resumed");
    return row;
}

Json row_of(const projections::Status& status, const projections::Parked& one) {
    return {{"consumer", status.name},  {"stream", one.stream.text()},
            {"position", one.position}, {"since", events::iso8601(one.since)},
            {"skippable", true},        {"error", one.error},
            {"resumed", one.resumed}};
}

/// Where no server runs: what the tables have parked, for nobody decides.
std::vector<Json> stored(const Config& config) {
    const auto store = open_for_reading(config);
    std::vector<Json> rows;
    for (const auto& status : projections::statuses(store->log(), store->views())) {
        for (const auto& one : status.parked) rows.push_back(row_of(status, one));
    }
    return rows;
}

int list(const Options& options, const std::string& output) {
    const auto config = read_config();
    std::vector<Json> rows;
    const auto path = "/api/parked?limit=" + std::to_string(options.limit);
    if (const auto answer = ask_server(config, {"GET", path, ""})) {
        if (const int code = exit_code(*answer); code != Exit::ok) return code;
        const auto body = Json::parse(answer->body);
        for (const auto& one : body.at("parked")) rows.push_back(row_of(one));
    } else {
        rows = stored(config);
    }
    print_list(std::cout, output, columns, rows);
    return Exit::ok;
}

Json asked(Api& api, const std::string& path) {
    const auto answer = api.ask({"GET", path, ""});
    if (exit_code(answer) != Exit::ok) throw std::runtime_error("what comes of it isn't seen");
    return Json::parse(answer.body);
}

/// Whether the projection has met the act.
bool has_met(Api& api, const std::string& consumer, const Json& act) {
    const auto body = asked(api, "/api/projections");
    for (const auto& one : body.at("projections")) {
        if (one.at("name") == consumer) return one.at("position") >= act.at("event");
    }
    return false;
}

/// As the consumer has it parked now; null where it follows.
Json found(Api& api, const Options& options) {
    const auto body = asked(api, "/api/parked?stream=" + options.stream);
    for (const auto& one : body.at("parked")) {
        if (one.at("consumer") == options.consumer) return one;
    }
    return {};
}

/// What became of the act: a projection is watched until it has caught up, or can't.
std::string outcome(Api& api, const Options& options, const Json& act) {
    if (options.consumer == conversations) return "goes on";
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (has_met(api, options.consumer, act)) {
            const auto now = found(api, options);
            if (now.is_null()) return "caught up";
            if (!now.at("resumed")) return "parked";
        }
        std::this_thread::sleep_for(between_looks);
    }
    return "catches up";
}

int act(const std::string& what, const Options& options, const std::string& output) {
    if (!crypto::parse_uuid(options.stream)) {
        throw UsageError("\"" + options.stream + "\" is no stream's UUID; see hilo parked");
    }
    Api api(read_config());
    Json body{{"act", what}, {"by", options.by}, {"why", options.why}};
    if (options.position > 0) body["position"] = options.position;
    const auto answer =
        api.ask({"POST", "/api/parked/" + options.consumer + "/" + options.stream, body.dump()});
    if (const int code = exit_code(answer); code != Exit::ok) return code;
    auto act = Json::parse(answer.body);
    act["outcome"] = outcome(api, options, act);
    print_one(std::cout, output, act);
    if (act["outcome"] != "parked") return Exit::ok;
    std::cerr << "hilo: it is parked again; hilo parked shows why\n";
    return Exit::failure;
}

}  // namespace

void look_at_parked_conversations(Findings& findings, const Config& config) {
    try {
        const auto answer = ask_server(config, {"GET", "/api/parked?limit=1", ""});
        if (!answer || answer->status != 200) return;  // what is wrong there is told elsewhere
        const auto count = Json::parse(answer->body).at("counts").at(conversations).get<int>();
        if (count == 0) return findings.ok("conversations", "the server has parked none");
        findings.error("conversations", std::to_string(count) +
                                            " are parked, and nobody is answered there: hilo "
                                            "parked shows why, and lets them go on");
    } catch (const std::exception&) {
        // No server that answers so.
    }
}

void add_parked(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    const auto act_on = [&](auto what) { return choice.action_of(options, what); };
    auto* noun = app.add_subcommand(
        "parked", "Streams that something was left alone for (list, retry, skip)");
    noun->require_subcommand(0, 1);
    noun->add_option("--limit", options->limit, "At most so many of each consumer")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    noun->footer(
        "Examples:\n  hilo parked\n  hilo parked retry messages STREAM\n"
        "  hilo parked skip conversations STREAM 4711 --by Eva --why \"broken\"");
    const auto verb = [&](const std::string& name, const char* about) {
        auto* command = noun->add_subcommand(name, about);
        command->add_option("consumer", options->consumer, "Who has parked it")
            ->required()
            ->check(one_of(consumers()));
        command->add_option("stream", options->stream, "The stream's UUID")->required();
        auto* position =
            command->add_option("position", options->position, "Of the event at fault, as listed")
                ->check(CLI::PositiveNumber);
        if (name == "skip") position->required();
        command->add_option("--by", options->by, "Who you are")->capture_default_str();
        command->add_option("--why", options->why, "Why; it is kept in the log");
        command->callback(act_on([name](const Options& given, const std::string& output) {
            return act(name, given, output);
        }));
    };
    noun->add_subcommand("list", "The oldest first (the default)")->callback(act_on(list));
    verb("retry", "Take it up again, from the event at fault on");
    verb("skip", "Take it up again, without that event");
    noun->callback(act_on(list));
}

}  // namespace cli
