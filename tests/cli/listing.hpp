#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/backfill.hpp"
#include "cli/lines.hpp"
#include "crypto/uuid.hpp"
#include "db/views_runner.hpp"
#include "events/codec.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/call.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/tiny_server.hpp"

/// A process that reads the list of a sandbox.
namespace listing {

using namespace std::chrono_literals;
using Json = nlohmann::json;

inline constexpr auto line = "100000000000001", ana = "34600100200";

inline events::Time wall_now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

template <class Holds>
void eventually(const std::string& what, Holds holds) {
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) throw std::runtime_error("not so: " + what);
        std::this_thread::yield();
    }
}

/// A store, and a sandbox whose webhooks reach nobody.
struct Rounds : testing::Test {
    static sandbox::Options outside() {
        sandbox::Options options;
        options.webhook_url = "http://127.0.0.1:1/api/whatsapp/webhook";
        options.api_key = "key";
        options.line = line;
        options.switches.retry_scale = 0;
        return options;
    }
    events::StreamId opened(const events::Person& person) const {
        events::NewEvent event{crypto::new_uuid(),
                               events::ConversationEvent(events::ConversationOpened{}),
                               {},
                               {},
                               {},
                               events::When::always};
        return events::append_now(store->log(), {person, {std::move(event)}, {}}).stream;
    }
    events::StreamId opened_anas() const { return opened({line, "", {ana}, "", true}); }
    support::Folder folder;
    std::unique_ptr<db::Store> store = db::open_store({"sqlite:" + folder.file("hilo.db"), {}});
    db::ViewsRunner runner{*store};
    sandbox::Sandbox box{outside()};
    std::string url = "http://127.0.0.1:" + std::to_string(box.start()) + "/meta/whatsapp/v24.0";
    std::unique_ptr<net::Client> client = net::make_client();
    kapso::Turnstile turnstile;
    kapso::History history{*client, turnstile, url, "key"};
    kapso::WebhookWatch webhooks{*client, turnstile, url, "key", {}};
    intake::Intake intake{store->log(), store->keys(), store->deliveries(), {line}};
    actors::SettingsBook settings{store->log()};
    http::Counters counters;

    cli::Backfill::Parts parts() {
        return {*store, intake, history, webhooks, settings, counters, line};
    }
    std::uint64_t rounds(const std::string& result) const {
        return counters.sum("hilo_backfill_rounds_total{result=\"" + result);
    }
    Json call(const std::string& method, const std::string& path, const Json& body = {}) {
        tests::RawHttp connection(box.port());
        const auto answer = connection.exchange(
            tests::raw_request(method, path, body.is_null() ? "" : body.dump()));
        return Json::parse(tests::body_of(answer));
    }
    std::string write(const std::string& text, events::Time at = wall_now()) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch();
        return call("POST", "/sandbox/customer",
                    {{"from", ana}, {"text", text}, {"at", seconds.count()}})["wamid"];
    }
    /// A webhook's message of line 7, until the tables have that line.
    void tell_of_another_line(intake::Intake& through, const std::string& id) const {
        const Json body{{"message",
                         {{"id", id},
                          {"from", ana},
                          {"timestamp", "1764000000"},
                          {"type", "text"},
                          {"text", {{"body", "Hola"}}},
                          {"kapso", {{"direction", "inbound"}}}}},
                        {"phone_number_id", "7"}};
        through.take_now(body.dump(), {"whatsapp.message.received", {}, {}});
        eventually("both lines are known",
                   [&] { return cli::lines_of(store->views(), line).size() == 2; });
    }
    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        for (const auto& one : store->log().read_all(0, 1'000)) {
            const auto* event = std::get_if<events::ConversationEvent>(&one.body);
            const auto* message = event ? std::get_if<events::MessageReceived>(event) : nullptr;
            if (message != nullptr) texts.push_back(message->text);
        }
        return texts;
    }
    std::size_t received() { return texts().size(); }
};

}  // namespace listing
