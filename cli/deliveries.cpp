#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "intake/intake.hpp"

namespace cli {
namespace {

struct Options {
    std::size_t limit = 100;
    std::string id;
};

int list(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    std::vector<Json> rows;
    for (const auto& one : store->deliveries().list(options.limit)) {
        rows.push_back(
            {{"id", one.id.text()},
             {"received", events::iso8601(one.received)},
             {"reason", one.reason},
             {"sha256", one.sha256},
             {"replayed", one.replayed ? Json(events::iso8601(*one.replayed)) : Json()}});
    }
    print_list(std::cout, output, {"id", "received", "reason", "replayed"}, rows);
    return Exit::ok;
}

crypto::Uuid id_of(const Options& options) {
    const auto id = crypto::parse_uuid(options.id);
    if (!id) throw UsageError("\"" + options.id + "\" is no delivery's id; see hilo deliveries");
    return *id;
}

int show(const Options& options, const std::string& output) {
    const auto id = id_of(options);
    const auto store = open_for_reading(read_config());
    const auto packed = store->deliveries().read(id);
    if (!packed) throw NotFound("there is no delivery " + options.id);
    const auto [headers, body] = intake::unpack_delivery(*packed);
    if (output == "text") {
        std::cout << body << "\n";
        return Exit::ok;
    }
    print_one(std::cout, output,
              {{"id", id.text()},
               {"event", headers.event},
               {"idempotencyKey", headers.idempotency_key},
               {"batch", headers.batch},
               {"body", body}});
    return Exit::ok;
}

int replay(const Options& options, const std::string& output) {
    const auto path = "/api/deliveries/" + id_of(options).text() + "/replay";
    const auto answer = ask_server_or_store(read_config(), {"POST", path, ""});
    const int code = exit_code(answer);
    if (code != Exit::ok) return code;
    const auto body = Json::parse(answer.body);
    print_one(std::cout, output, body);
    if (body.value("replayed", false)) return Exit::ok;
    std::cerr << "hilo: it is still not understood, and stays where it is\n";
    return Exit::failure;
}

}  // namespace

void add_deliveries(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    const auto act = [&](auto what) { return choice.action_of(options, what); };
    auto* noun = app.add_subcommand(
        "deliveries", "Webhooks that were signed but not understood (list, show, replay)");
    noun->add_option("--limit", options->limit, "At most so many, the newest")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    noun->require_subcommand(0, 1);
    noun->footer(
        "Examples:\n  hilo deliveries\n  hilo deliveries show ID | jq .\n"
        "  hilo deliveries replay ID");
    const auto verb = [&](const char* name, const char* about, auto what) {
        auto* command = noun->add_subcommand(name, about);
        command->add_option("id", options->id, "The delivery's id")->required();
        command->callback(act(what));
    };
    noun->add_subcommand("list", "The newest first (the default)")->callback(act(list));
    verb("show", "The body as it came", show);
    verb("replay", "Take it in again, as if it had just come", replay);
    noun->callback(act(list));
}

}  // namespace cli
