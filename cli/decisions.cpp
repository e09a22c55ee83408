#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "actors/settings_book.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "domain/replay.hpp"
#include "events/acts.hpp"
#include "events/codec.hpp"
#include "http/rows.hpp"
#include "projections/queries.hpp"

namespace cli {
namespace {

using namespace domain::conversation;

struct Options {
    std::string id;
    std::string stream;
};

/// Which turn, and of which stream.
struct Which {
    events::StreamId stream;
    TurnId turn;
};

/// By the turn, an event of it, an attempt, or the number of a message.
Which find(db::Store& store, const std::string& id) {
    std::optional<projections::Message> message;
    std::int64_t position = 0;
    const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), position);
    if (const auto uuid = crypto::parse_uuid(id)) {
        message = projections::message_of(store.views(), *uuid);
    } else if (fault == std::errc() && end == id.data() + id.size()) {
        message = projections::message(store.views(), position);
        if (!message) {
            const auto found = store.log().read_all(position - 1, 1);
            if (!found.empty() && found[0].position == position && found[0].clear.correlation) {
                return {found[0].stream, *found[0].clear.correlation};
            }
        }
    } else {
        throw UsageError("\"" + id + "\" is neither a UUID nor a number; see hilo decision --help");
    }
    if (!message) throw NotFound("nothing was decided that goes by " + id);
    if (!message->turn) throw NotFound("nothing is decided about the message " + id + " yet");
    return {message->stream, *message->turn};
}

/// Every step of a stream, made again.
void replay_stream(db::Store& store, const events::StreamId& stream,
                   const std::function<void(Replayed)>& tell) {
    constexpr std::size_t page = 500;
    actors::SettingsBook settings(store.log());
    settings.refresh();
    const auto skipped = events::skips_of(store.log(), "conversations");
    Replay replay([&](std::int32_t version) { return settings.at(version).settings; }, tell);
    std::int32_t after = 0;
    for (bool more = true; more;) {
        const auto events = events::read_as_it_is(store.log(), stream, after, page);
        for (const auto& one : events) {
            const bool passed_over = skipped.contains(one.position);
            if (!one.defect.empty() && !passed_over) throw std::runtime_error(one.defect);
            replay.take(one, passed_over);
            after = one.version;
        }
        more = !events.empty();
    }
    replay.end();
}

bool is_of(const Replayed& step, const TurnId& turn) {
    return std::ranges::any_of(step.decided,
                               [&](const auto& one) { return one.clear.correlation == turn; });
}

std::vector<Replayed> steps_of(db::Store& store, const Which& which) {
    std::vector<Replayed> steps;
    replay_stream(store, which.stream, [&](Replayed step) {
        if (is_of(step, which.turn)) steps.push_back(std::move(step));
    });
    if (steps.empty()) {
        throw NotFound("the stream " + which.stream.text() + " holds no step of that turn");
    }
    return steps;
}

// ---- What is shown ----------------------------------------------------------------------------

constexpr std::array<std::string_view, std::variant_size_v<Command>> command_names{
    "wake", "prepared", "generated", "not generated", "send done", "looked up", "reply", "judge"};

const Here& here_of(const Replayed& step) {
    return std::visit([](const auto& command) -> const Here& { return command.here; },
                      step.command);
}

std::string verdict_of(const Replayed& step) {
    if (!step.not_known.empty()) return "not known: " + step.not_known;
    return step.differences.empty() ? "same" : "different";
}

std::string types_of(const Replayed& step) {
    std::string types;
    for (const auto& one : step.decided) {
        types += (types.empty() ? "" : ", ") + std::string(events::type_of(one.body).name);
    }
    return types;
}

/// What the step saw beside the stream.
Json saw(const Replayed& step) {
    const auto& here = here_of(step);
    return {{"version", step.before.version},
            {"time", events::iso8601(here.now)},
            {"clock", events::iso8601(here.for_ages())},
            {"settingsVersion", here.settings_version},
            {"settings", http::settings_json(here.settings)},
            {"providersWithKey", here.providers_with_key},
            {"canSend", here.can_send},
            {"rules", rules}};
}

/// What the step would have spoken about; of one that spoke about nothing, what is open.
Subject subject_of(const Replayed& step) {
    const auto& asked = step.before.asked;
    if (asked && std::holds_alternative<Generated>(step.command)) {
        return {said_at(step.before, asked->asks)};
    }
    const auto& rest = step.before.rest;
    const bool of_rest =
        rest && std::ranges::any_of(step.decided, [&](const events::Recorded& one) {
            return one.clear.correlation == rest->turn;
        });
    if (!of_rest) return {said_at(step.before, to_be_asked(step.before))};
    return {rest->next_part == 1 ? rest->about : std::nullopt, rest->answered};
}

Json gates_json(const Replayed& step) {
    auto gates = Json::array();
    for (const auto& one : gates_said(step.before, here_of(step), subject_of(step))) {
        gates.push_back({{"gate", events::name_of(one.gate)}, {"closed", one.closed}});
    }
    return gates;
}

/// The prompt as it was asked; null where none was.
Json prompt_json(const Replayed& step) {
    for (const auto& one : step.decided) {
        const auto& event = std::get<events::ConversationEvent>(one.body);
        const auto* request = std::get_if<events::ReplyRequested>(&event);
        if (request == nullptr) continue;
        const auto& settings = here_of(step).settings;
        const auto prompt =
            prompt_about(step.before, request->asks, request->history_upto, settings);
        auto lines = Json::array();
        for (const auto& line : prompt.lines) {
            const bool customer = line.speaker == domain::Speaker::customer;
            lines.push_back({{"speaker", customer ? "customer" : "business"},
                             {"text", line.text},
                             {"at", events::iso8601(line.at)}});
        }
        return {{"system", prompt.system},
                {"lines", lines},
                {"sha256", domain::sha256_of(prompt)},
                {"provider", request->provider},
                {"model", request->model},
                {"maxOutputTokens", settings.max_output_tokens}};
    }
    return {};
}

Json differences_json(const Replayed& step) {
    auto all = Json::array();
    for (const auto& one : step.differences) {
        all.push_back(
            {{"rule", one.rule}, {"field", one.field}, {"logged", one.logged}, {"now", one.now}});
    }
    return all;
}

Json row_of(const Replayed& step) {
    const auto& first = step.decided.front();
    return {{"position", first.position},
            {"at", events::iso8601(first.clear.occurred)},
            {"stream", first.stream.text()},
            {"turn", first.clear.correlation ? Json(first.clear.correlation->text()) : Json()},
            {"decided", types_of(step)},
            {"replay", verdict_of(step)},
            {"differences", differences_json(step)}};
}

Json whole_row_of(const Replayed& step) {
    auto row = row_of(step);
    auto decided = Json::array();
    for (const auto& one : step.decided) {
        decided.push_back({{"type", events::type_of(one.body).name},
                           {"position", one.position},
                           {"body", Json::parse(events::encode(one.body))}});
    }
    row["decided"] = decided;
    if (!step.not_known.empty()) return row;
    row["about"] = command_names.at(step.command.index());
    row["saw"] = saw(step);
    row["gates"] = gates_json(step);
    row["prompt"] = prompt_json(step);
    return row;
}

// ---- The commands -----------------------------------------------------------------------------

int show(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto which = find(*store, options.id);
    std::vector<Json> rows;
    for (const auto& step : steps_of(*store, which)) rows.push_back(whole_row_of(step));
    if (output != "json") {
        for (const auto& row : rows) print_one(std::cout, output, row);
        return Exit::ok;
    }
    print_one(std::cout, output,
              {{"turn", which.turn.text()}, {"stream", which.stream.text()}, {"steps", rows}});
    return Exit::ok;
}

int exit_of(const std::vector<Replayed>& steps) {
    const bool same = std::ranges::all_of(steps, [](const Replayed& step) {
        return step.not_known.empty() && step.differences.empty();
    });
    return same ? Exit::ok : Exit::failure;
}

int replay(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto steps = steps_of(*store, find(*store, options.id));
    std::vector<Json> rows;
    for (const auto& step : steps) rows.push_back(row_of(step));
    print_list(std::cout, output, {"position", "at", "decided", "replay"}, rows);
    return exit_of(steps);
}

int diff(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto steps = steps_of(*store, find(*store, options.id));
    std::vector<Json> rows;
    for (const auto& step : steps) {
        for (auto one : differences_json(step)) {
            one["position"] = step.decided.front().position;
            rows.push_back(one);
        }
    }
    print_list(std::cout, output, {"position", "rule", "field", "logged", "now"}, rows);
    return exit_of(steps);
}

/// Every stream that has a conversation, or the one that is named.
std::vector<events::StreamId> streams_of(db::Store& store, const Options& options) {
    if (!options.stream.empty()) {
        const auto stream = crypto::parse_uuid(options.stream);
        if (!stream) throw UsageError("--stream must be a UUID, as hilo convs -o json shows it");
        return {*stream};
    }
    return projections::streams(store.views());
}

int replay_all(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    std::int64_t same = 0, different = 0, not_known = 0;
    std::vector<Json> rows;
    for (const auto& stream : streams_of(*store, options)) {
        replay_stream(*store, stream, [&](const Replayed& step) {
            const bool known = step.not_known.empty(), equal = step.differences.empty();
            ++(!known ? not_known : equal ? same : different);
            if (known && !equal) rows.push_back(row_of(step));
        });
    }
    if (output == "json") {
        print_one(std::cout, output,
                  {{"same", same},
                   {"different", different},
                   {"notKnown", not_known},
                   {"differences", rows}});
    } else {
        print_list(std::cout, output, {"position", "at", "stream", "decided", "replay"}, rows);
        std::cerr << same << " decisions come out the same, " << different << " differently, "
                  << not_known << " can't be made again\n";
    }
    return different == 0 ? Exit::ok : Exit::failure;
}

}  // namespace

void add_decisions(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    const auto act = [&](auto what) { return choice.action_of(options, what); };
    auto* noun = app.add_subcommand(
        "decision", "Why the bot said that, or nothing: what was known, asked and decided");
    noun->add_option(
            "id", options->id,
            "A message's number (hilo conv ID), an event's position, or the UUID of a turn, "
            "event or attempt")
        ->required();
    noun->require_subcommand(0, 1);
    noun->footer(
        "Nothing is sent, and no model is asked.\n"
        "Examples:\n  hilo decision 31\n  hilo decision 31 replay\n  hilo decisions -o json");
    noun->add_subcommand("show", "What it knew, what each gate said, the prompt (the default)")
        ->callback(act(show));
    noun->add_subcommand("replay", "Make it again from the log; 1 where it comes out differently")
        ->callback(act(replay));
    noun->add_subcommand("diff", "In which rules and fields it comes out differently")
        ->callback(act(diff));
    noun->callback(act(show));

    auto* nouns =
        app.add_subcommand("decisions", "Make every decision again from the log, and compare");
    nouns->add_option("--stream", options->stream, "Of this conversation alone");
    nouns->callback(act(replay_all));
}

}  // namespace cli
