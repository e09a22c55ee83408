#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "events/codec.hpp"

namespace cli {
namespace {

constexpr std::size_t page = 100;
constexpr std::chrono::milliseconds between_looks{500};

struct Options {
    std::size_t limit = 100;
    std::int64_t after = 0, position = 0;
    std::string stream;
    bool content = false, follow = false;
};

/// By the clear part, for a body that can't be read is none.
Json type_of(const events::Clear& clear) {
    const auto* type = events::type_with(clear.type);
    return type == nullptr ? Json(clear.type) : Json(type->name);
}

/// Why nobody was answered, where that is what the event says.
Json reason_of(const events::Clear& clear) {
    const auto reason = events::name_of_code(clear);
    return reason.empty() ? Json() : Json(reason);
}

Json row_of(const events::Recorded& recorded, bool content) {
    const auto text = [](const std::optional<events::Uuid>& id) {
        return id ? Json(id->text()) : Json();
    };
    const auto& clear = recorded.clear;
    Json row{{"position", recorded.position},
             {"recorded", events::iso8601(recorded.recorded)},
             {"type", type_of(clear)},
             {"stream", recorded.stream.text()},
             {"version", recorded.version},
             {"id", clear.id.text()},
             {"schema", clear.schema},
             {"occurred", events::iso8601(clear.occurred)},
             {"correlation", text(clear.correlation)},
             {"causation", text(clear.causation)},
             {"code", clear.code ? Json(*clear.code) : Json()},
             {"reason", reason_of(clear)},
             {"counts", clear.counts},
             {"redacted", recorded.redacted},
             {"defect", recorded.defect.empty() ? Json() : Json(recorded.defect)}};
    const bool readable = !recorded.redacted && recorded.defect.empty();
    if (content && readable) row["body"] = Json::parse(events::encode(recorded.body));
    return row;
}

Columns columns(const Options& options) {
    Columns names{"position", "recorded", "type", "stream", "version", "reason"};
    if (options.content) names.emplace_back("body");
    return names;
}

/// Events of one stream after a version, or of the whole log after a position.
std::vector<events::Recorded> read(events::Log& log, const std::string& stream, std::int64_t after,
                                   std::size_t limit) {
    if (stream.empty()) return log.read_all(after, limit);
    const auto id = crypto::parse_uuid(stream);
    if (!id) throw UsageError("--stream must be a UUID, as hilo convs --output json shows it");
    const auto version = static_cast<std::int32_t>(std::min<std::int64_t>(after, INT32_MAX));
    return events::read_as_it_is(log, *id, version, limit);
}

/// Events from a place on, at most so many, as rows; `after` moves on with them. A few at a time:
/// bodies are large, and most rows show none.
std::vector<Json> rows_after(events::Log& log, const Options& options, std::int64_t& after,
                             std::size_t limit) {
    std::vector<Json> rows;
    while (rows.size() < limit) {
        const auto count = std::min(page, limit - rows.size());
        const auto found = read(log, options.stream, after, count);
        if (found.empty()) break;
        for (const auto& recorded : found) {
            rows.push_back(row_of(recorded, options.content));
            after = options.stream.empty() ? recorded.position : recorded.version;
        }
    }
    return rows;
}

int list(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    auto after = options.after;
    print_list(std::cout, output, columns(options),
               rows_after(store->log(), options, after, options.limit));
    return Exit::ok;
}

int show(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto found = store->log().read_all(options.position - 1, 1);
    if (found.empty() || found[0].position != options.position) {
        throw NotFound("there is no event at position " + std::to_string(options.position) +
                       "; the log ends at " + std::to_string(store->log().head()));
    }
    print_one(std::cout, output, row_of(found[0], options.content));
    return Exit::ok;
}

/// The last position of the log, or version of the stream.
std::int64_t end_of(events::Log& log, const std::string& stream) {
    if (stream.empty()) return log.head();
    std::int64_t last = 0;
    for (auto found = read(log, stream, 0, page); !found.empty();
         found = read(log, stream, last, page)) {
        last = found.back().version;
    }
    return last;
}

int tail(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto wanted = static_cast<std::int64_t>(options.limit);
    auto after = std::max<std::int64_t>(0, end_of(store->log(), options.stream) - wanted);
    auto rows = rows_after(store->log(), options, after, options.limit);
    for (bool first = true;; first = false) {
        print_part(std::cout, output, columns(options), rows, first);
        std::cout.flush();
        if (!options.follow || !std::cout) return Exit::ok;
        do {
            std::this_thread::sleep_for(between_looks);
            rows = rows_after(store->log(), options, after, page);
        } while (rows.empty());
    }
}

}  // namespace

void add_events(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    auto* noun = app.add_subcommand("events", "Read the log (list, show, tail)");
    noun->add_option("--limit", options->limit, "At most so many events")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    noun->add_option("--after", options->after, "Position, or version of a stream, to start after")
        ->check(CLI::NonNegativeNumber);
    noun->add_option("--stream", options->stream, "Of this stream alone");
    noun->add_flag("--content", options->content,
                   "Show what was sealed too: names, numbers, texts");
    noun->add_flag("--follow,-f", options->follow, "tail: go on as events come, until Ctrl-C");
    noun->require_subcommand(0, 1);
    noun->footer(
        "Examples:\n  hilo events --limit 20\n  hilo events show 42 --content\n"
        "  hilo events tail --follow --output json");
    const auto act = [&](auto what) { return choice.action_of(options, what); };
    noun->add_subcommand("list", "In the log's order (the default)")->callback(act(list));
    auto* verb = noun->add_subcommand("show", "One event");
    verb->add_option("position", options->position, "Its position in the log")
        ->required()
        ->check(CLI::PositiveNumber);
    verb->callback(act(show));
    noun->add_subcommand("tail", "The newest ones")->callback(act(tail));
    noun->callback(act(list));
}

}  // namespace cli
