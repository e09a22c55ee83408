#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/api.hpp"
#include "cli/as_of.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stores.hpp"
#include "cli/usage.hpp"
#include "net/target.hpp"
#include "projections/queries.hpp"

namespace cli {
namespace {

struct Options {
    std::size_t limit = 50;
    std::string id, text, key, message, outcome, as_of;
};

template <class T>
Json optional(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}
Json optional(const std::optional<events::Time>& time) {
    return time ? Json(events::iso8601(*time)) : Json();
}

Json row_of(const projections::Talk& talk) {
    const auto& one = talk.conversation;
    const auto client = talk.client.value_or(projections::Client{});
    return {{"id", one.id},
            {"name", optional(client.name)},
            {"phone", optional(client.phone)},
            {"bsuid", optional(client.bsuid)},
            {"group", optional(client.group_id)},
            {"line", optional(one.line)},
            {"stream", one.stream.text()},
            {"status", events::name_of(one.status)},
            {"holdUntil", optional(one.hold_until)},
            {"unanswered", one.unanswered},
            {"createdAt", events::iso8601(one.created_at)},
            {"lastMessageAt", events::iso8601(one.last_message_at)},
            {"lastMessageText", optional(one.last_message_text)}};
}

Json row_of(const projections::Message& message) {
    return {
        {"id", message.id},
        {"createdAt", events::iso8601(message.created_at)},
        {"sender", events::name_of(message.sender)},
        {"author", optional(message.author)},
        {"content", message.content},
        {"deliveryStatus", message.status ? Json(events::name_of(*message.status)) : Json()},
        {"suppressed", message.suppressed ? Json(events::name_of(*message.suppressed)) : Json()},
        {"messageId", optional(message.message_id)},
        {"errorCode", optional(message.error_code)},
        {"errorText", optional(message.error_text)}};
}

/// A conversation goes by its number or by its stream's UUID.
projections::Talk find(projections::Views& views, const std::string& id) {
    std::optional<projections::Talk> found;
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (const auto stream = crypto::parse_uuid(id)) {
        found = projections::conversation(views, *stream);
    } else if (fault == std::errc() && end == id.data() + id.size()) {
        found = projections::conversation(views, number);
    } else {
        throw UsageError("\"" + id + "\" is no conversation's number or stream; see hilo convs");
    }
    if (!found) throw NotFound("there is no conversation " + id);
    return *found;
}

int list(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    std::vector<Json> rows;
    for (const auto& talk : projections::conversations(store->views(), {}, options.limit)) {
        rows.push_back(row_of(talk));
    }
    print_list(std::cout, output,
               {"id", "name", "phone", "status", "unanswered", "lastMessageAt", "lastMessageText"},
               rows);
    return Exit::ok;
}

/// The conversation and its newest messages, as they are or were.
std::pair<projections::Talk, std::vector<projections::Message>> shown(db::Store& store,
                                                                      const Options& options) {
    const auto talk = find(store.views(), options.id);
    if (options.as_of.empty()) {
        return {talk, projections::thread(store.views(), talk.conversation, {}, options.limit)};
    }
    const auto position = place_of(store.log(), options.as_of);
    auto then =
        projections::conversation_then(store.views(), store.log(), talk.conversation, position);
    if (!then) throw NotFound("conversation " + options.id + " had not begun then");
    if (then->messages.size() > options.limit) then->messages.resize(options.limit);
    projections::Talk was{then->conversation, then->client};
    return std::pair(std::move(was), std::move(then->messages));
}

int show(const Options& options, const std::string& output) {
    const auto store = open_for_reading(read_config());
    const auto [talk, thread] = shown(*store, options);
    std::vector<Json> rows;
    for (auto message = thread.rbegin(); message != thread.rend(); ++message) {
        rows.push_back(row_of(*message));
    }
    auto whole = row_of(talk);
    if (output == "json") whole["messages"] = rows;
    if (output != "csv") print_one(std::cout, output, whole);
    if (output == "json") return Exit::ok;
    if (output == "text") std::cout << "\n";
    print_list(std::cout, output,
               {"id", "createdAt", "sender", "author", "content", "deliveryStatus", "suppressed"},
               rows);
    return Exit::ok;
}

int reply(const Options& options, const std::string& output) {
    const auto path = "/api/conversations/" + net::segment(options.id) + "/reply";
    const auto answer = need_server(
        read_config(), {"POST", path, Json{{"text", options.text}}.dump(), options.key});
    const int code = exit_code(answer);
    if (code == Exit::ok) print_one(std::cout, output, Json::parse(answer.body));
    return code;
}

int settle(const Options& options, const std::string& output) {
    const auto path = "/api/messages/" + net::segment(options.message) + "/settle";
    const auto answer =
        need_server(read_config(), {"POST", path, Json{{"outcome", options.outcome}}.dump(), ""});
    const int code = exit_code(answer);
    if (code == Exit::ok) print_one(std::cout, output, Json::parse(answer.body));
    return code;
}

}  // namespace

void add_conversations(CLI::App& app, Choice& choice) {
    auto options = std::make_shared<Options>();
    const auto act = [&](auto what) { return choice.action_of(options, what); };
    const auto limit = [&](CLI::App* command, const char* of) {
        command->add_option("--limit", options->limit, of)
            ->check(CLI::Range(1, 1'000))
            ->capture_default_str();
    };
    auto* nouns = app.add_subcommand("convs", "List the conversations, the latest first");
    limit(nouns, "At most so many conversations");
    nouns->footer("Example:\n  hilo convs --limit 10 --output json");
    nouns->callback(act(list));

    auto* noun = app.add_subcommand("conv", "Look at one conversation, or reply to it");
    noun->add_option("id", options->id, "Its number, or its stream's UUID (hilo convs)")
        ->required();
    limit(noun, "At most so many messages, the newest");
    add_as_of(noun, options->as_of);
    noun->require_subcommand(0, 1);
    noun->footer(
        "Examples:\n  hilo conv 12\n  hilo conv 12 reply \"We open at nine.\" --key ticket-881");
    noun->add_subcommand("show", "Its messages (the default)")->callback(act(show));
    auto* verb = noun->add_subcommand(
        "reply",
        "Write to the customer, through the running server; from then on a person has the "
        "conversation, and no model answers for holdMinutes (2 hours, unless set otherwise)");
    verb->add_option("text", options->text, "What to say")->required();
    verb->add_option("--key", options->key, "Idempotency key: the same one is sent once only");
    verb->callback(act(reply));
    noun->callback(act(show));

    auto* message = app.add_subcommand("message", "Say what became of a message that is UNKNOWN");
    message->add_option("id", options->message, "Its number (hilo conv ID)")->required();
    message->require_subcommand(1);
    auto* settled = message->add_subcommand(
        "settle", "Nobody saw whether it was sent, and a person has looked: through the server");
    settled->add_option("outcome", options->outcome, "sent, not_sent, or send_again")
        ->required()
        ->check(CLI::IsMember({"sent", "not_sent", "send_again"}));
    settled->footer("Example:\n  hilo message 31 settle sent");
    settled->callback(act(settle));
}

}  // namespace cli
