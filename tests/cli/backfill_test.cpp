#include "cli/backfill.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/lines.hpp"
#include "cli/lookups.hpp"
#include "crypto/uuid.hpp"
#include "db/views_runner.hpp"
#include "domain/next_step.hpp"
#include "events/codec.hpp"
#include "sandbox/sandbox.hpp"
#include "tests/support/call.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/given.hpp"
#include "tests/support/raw_http.hpp"
#include "tests/support/sending.hpp"
#include "tests/support/tiny_server.hpp"

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using domain::conversation::Listed;

constexpr auto line = "100000000000001", ana = "34600100200";

events::Time wall_now() {
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

// ---- Rounds -----------------------------------------------------------------------------------

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

TEST_F(Rounds, ComeAtTheStartAndInTheirTimeAndFromWhereTheLastOneWasComplete) {
    write("before");
    cli::Backfill backfill(parts(), {.round = 20ms, .retry = 20ms, .after_5xx = 1h, .look = 5ms});
    eventually("the first round", [&] { return received() == 1; });
    write("meanwhile");
    eventually("a later round", [&] { return received() == 2; });
    EXPECT_EQ(rounds("incomplete"), 0U);
}

TEST_F(Rounds, OfANewStartBeginWhereTheListWasTakenInBefore) {
    write("before");
    {
        cli::Backfill backfill(parts());
        eventually("the first round", [&] { return rounds("complete") == 1; });
    }
    const auto taken_to = store->marks().get("listed/" + std::string(line));
    ASSERT_TRUE(taken_to);
    write("meanwhile");
    cli::Backfill backfill(parts());
    eventually("the next start's round", [&] { return rounds("complete") == 2; });
    EXPECT_EQ(texts(), (std::vector<std::string>{"before", "meanwhile"}));
    EXPECT_GE(store->marks().get("listed/" + std::string(line)), taken_to);
}

TEST_F(Rounds, OfANewStartBeginWithWhatIsNewAndFindThenWhatCameIntoTheListLate) {
    const auto now = wall_now();
    store->marks().advance("listed/" + std::string(line), now - 3min);
    store->marks().advance("listed twice/" + std::string(line), now - 13min);
    write("long before", now - 20min);
    write("late", now - 8min);
    write("new", now - 1min);
    cli::Backfill backfill(parts());
    eventually("the first round", [&] { return rounds("complete") == 1; });
    EXPECT_EQ(texts(), (std::vector<std::string>{"new", "late"}));
}

/// The first customer of all wrote while Hilo was down.
TEST_F(Rounds, FindTheFirstMessageOfALineThoughNobodyHadWrittenToItBefore) {
    {
        cli::Backfill backfill(parts());
        eventually("a round over nothing", [&] { return rounds("complete") == 1; });
    }
    const auto mark = [&](const std::string& name) {
        return store->marks().get(name + "/" + std::string(line)).value();
    };
    EXPECT_GE(mark("listed"), wall_now() - 1min);
    // A minute before this start; the other one is the provider's present, in whole seconds.
    const auto between = mark("listed") - mark("listed twice");
    EXPECT_GT(between, 58s);
    EXPECT_LT(between, 62s);
}

/// Lists of two lines, of which one can't be read.
TEST_F(Rounds, OfOneLineGoOnThoughTheListOfAnotherCantBeRead) {
    tiny::Server server({[&](tiny::Peer& peer) {
        for (auto request = peer.request(); !request.empty(); request = peer.request()) {
            const bool broken = request.find("/" + std::string(line) + "/") != std::string::npos;
            peer.write(broken ? tiny::response(502, "") : tiny::response(200, R"({"data":[]})"));
        }
    }});
    const Json body{{"message",
                     {{"id", "wamid.1"},
                      {"from", ana},
                      {"timestamp", "1764000000"},
                      {"type", "text"},
                      {"text", {{"body", "Hola"}}},
                      {"kapso", {{"direction", "inbound"}}}}},
                    {"phone_number_id", "7"}};
    intake.take_now(body.dump(), {"whatsapp.message.received", {}, {}});
    eventually("both lines are known",
               [&] { return cli::lines_of(store->views(), line).size() == 2; });
    const kapso::History lists(*client, turnstile, server.url("/v24.0"), "key");
    const kapso::WebhookWatch watch(*client, turnstile, server.url("/v24.0"), "key", {});
    cli::Backfill backfill({*store, intake, lists, watch, settings, counters, line});
    eventually("a round", [&] { return rounds("incomplete") >= 1; });
    EXPECT_FALSE(store->marks().get("listed/" + std::string(line)));
    EXPECT_TRUE(store->marks().get("listed/7"));
}

/// The time that a request asks for.
events::Time asked(const std::string& request, const std::string& what) {
    auto text = request.substr(request.find(what + "=") + what.size() + 1);
    text = text.substr(0, text.find_first_of("& "));
    for (auto at = text.find("%3A"); at != std::string::npos; at = text.find("%3A")) {
        text.replace(at, 3, ":");
    }
    return events::parse_iso8601(text).value();
}

TEST_F(Rounds, GiveUpAMomentOnlyWhereItCantBeReadRoundAfterRound) {
    const auto bad = std::chrono::floor<std::chrono::seconds>(wall_now()) - 5min;
    std::atomic<int> broken = 0;
    tiny::Server server({[&](tiny::Peer& peer) {
        for (auto request = peer.request(); !request.empty(); request = peer.request()) {
            const bool list = request.find("/messages?") != std::string::npos;
            const bool there =
                list && asked(request, "since") <= bad && asked(request, "until") >= bad;
            broken += there;
            peer.write(tiny::response(200, there ? "<html>" : R"({"data":[]})"));
        }
    }});
    store->marks().advance("listed/" + std::string(line), bad - 1h);
    store->marks().advance("listed twice/" + std::string(line), bad - 1h);
    const kapso::History lists(*client, turnstile, server.url("/v24.0"), "key");
    cli::Backfill backfill({*store, intake, lists, webhooks, settings, counters, line},
                           {.round = 1h, .retry = 1ms, .after_5xx = 1h, .look = 1ms});
    eventually("a round that goes through", [&] { return rounds("complete") == 1; });
    // Whole seconds are asked for, so that two neighbours may be at fault.
    EXPECT_GE(rounds("incomplete"), 5U);
    EXPECT_LE(rounds("incomplete"), 10U);
    EXPECT_GT(broken, 5 * 5);
    EXPECT_GT(store->marks().get("listed/" + std::string(line)), bad + 4min);
    EXPECT_GE(counters.sum(R"(hilo_backfill_items_total{what="unreadable"})"), 1U);
}

TEST_F(Rounds, ComeSoonAfterWebhooksThatWereRefused) {
    cli::Backfill backfill(parts(), {.round = 1h, .retry = 1h, .after_5xx = 1ms, .look = 1ms});
    eventually("the first round", [&] { return rounds("complete") == 1; });
    write("while it was busy");
    counters.add(R"(hilo_http_requests_total{route="POST /api/whatsapp/webhook",status="2xx"})");
    counters.add(R"(hilo_http_requests_total{route="POST /api/whatsapp/webhook",status="5xx"})");
    eventually("another round", [&] { return rounds("complete") == 2; });
    EXPECT_EQ(received(), 1U);
    write("while every connection was taken");
    counters.add(R"(hilo_http_requests_total{route="no room",status="5xx"})");
    eventually("one more", [&] { return rounds("complete") == 3; });
    EXPECT_EQ(received(), 2U);
}

TEST_F(Rounds, ThatFailAreRepeatedAndNothingIsMissed) {
    call("PUT", "/sandbox/switches", {{"list_fault", "500"}, {"list_fault_times", 3}});
    write("before");
    cli::Backfill backfill(parts(), {.round = 1h, .retry = 1ms, .after_5xx = 1h, .look = 1ms});
    eventually("a round that goes through", [&] { return rounds("complete") == 1; });
    EXPECT_EQ(received(), 1U);
    EXPECT_EQ(rounds("incomplete"), 3U);
}

TEST_F(Rounds, EndAtOnceThoughKapsoIsSilent) {
    call("PUT", "/sandbox/switches", {{"list_fault", "slow"}, {"slow", 3'600'000}});
    const auto begin = std::chrono::steady_clock::now();
    {
        cli::Backfill backfill(parts());
        eventually("a list is out", [&] { return turnstile.figures().out > 0; });
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(Rounds, KnowTheLinesOfTheTables) {
    write("Hola");
    cli::Backfill backfill(parts());
    eventually("the client is there",
               [&] { return cli::lines_of(store->views(), "").size() == 1; });
    EXPECT_EQ(cli::lines_of(store->views(), ""), std::vector<std::string>{line});
    EXPECT_EQ(cli::lines_of(store->views(), "7"), (std::vector<std::string>{line, "7"}));
    EXPECT_EQ(cli::lines_of(store->views(), line), std::vector<std::string>{line});
    EXPECT_EQ(cli::lines_of(store->views(), "x\"}"), std::vector<std::string>{line});
    const auto times = cli::times_of(store->views(), line);
    ASSERT_TRUE(times);
    EXPECT_LE(times->first - wall_now(), 0s);
    EXPECT_FALSE(cli::times_of(store->views(), "7"));
}

// ---- Look-ups ---------------------------------------------------------------------------------

TEST_F(Rounds, ALookUpTakesInWhatWasSentAndTellsWhetherItSawAll) {
    const auto anas = opened_anas();
    write("Hola");
    const Json text{{"messaging_product", "whatsapp"},
                    {"to", ana},
                    {"type", "text"},
                    {"text", {{"body", "Buenos días"}}}};
    tests::RawHttp connection(box.port());
    connection.exchange(
        tests::raw_request("POST", "/meta/whatsapp/v24.0/" + std::string(line) + "/messages",
                           text.dump(), "X-API-Key: key\r\n"));
    cli::LookUps look_ups(intake, store->log(), history, {1ms, 0ms});
    tests::Promised<Listed> complete;
    look_ups.sent_to({line, {ana}, wall_now() - 1h, anas}, complete.callback());
    EXPECT_EQ(complete.get(), Listed::all);
    bool found = false;
    for (const auto& one : store->log().read_all(0, 100)) {
        const auto* event = std::get_if<events::ConversationEvent>(&one.body);
        const auto* sent = event ? std::get_if<events::MessageSent>(event) : nullptr;
        found = found || (sent != nullptr && sent->text == "Buenos días");
    }
    EXPECT_TRUE(found);
    call("PUT", "/sandbox/switches", {{"list_fault", "502"}});
    tests::Promised<Listed> incomplete;
    look_ups.sent_to({line, {ana}, wall_now() - 1h, anas}, incomplete.callback());
    EXPECT_EQ(incomplete.get(), Listed::unread);
}

/// Everything but the waiting: Kapso never got it, the list shows that, and a person has to say.
TEST_F(Rounds, ASendThatNeverArrivedIsLeftToAPersonOnceTheListProvesThat) {
    const auto anas = opened_anas();
    using namespace testing_support;
    write("Hola");
    call("PUT", "/sandbox/switches", {{"send_fault", "reset_before"}, {"send_fault_times", 1}});
    const kapso::Sender sender(*client, turnstile, url, "key");
    tests::Promised<domain::conversation::SendOutcome> outcome;
    send_in_turn(sender, {line, ana, "Buenos días", "mark"}, outcome.callback());
    Given conversation;
    conversation.now = wall_now();
    conversation.says("Hola");
    conversation.settle();
    conversation.answered("Buenos días");
    const auto attempt = conversation.sending().attempt;
    const auto doubt = the<events::SendUncertain>(conversation.outcome(outcome.get()));
    cli::LookUps look_ups(intake, store->log(), history, {1ms, 0ms});
    const auto look = [&] {
        const auto wanted = std::get<conv::LookUp>(conversation.due().at(0));
        const auto began = conversation.now;
        tests::Promised<Listed> complete;
        look_ups.sent_to({line, {ana}, wanted.since, anas}, complete.callback());
        return conversation.when(conv::LookedUp{{}, attempt, began, complete.get()});
    };
    EXPECT_TRUE(look().empty()) << "too early to prove anything";
    conversation.now = doubt.settle_by;
    EXPECT_EQ(the<events::SendUncertain>(look()).settle_by, conv::never);
    EXPECT_TRUE(conversation.due().empty()) << "nothing is looked up or sent any more";
    EXPECT_TRUE(call("GET", "/sandbox/counts")["outbound"].empty());
}

/// Of two streams that are one person the list goes to one, and says nothing to the other.
TEST_F(Rounds, WhereTheNameLeadsElsewhereTheListProvesNothing) {
    const auto anas = opened_anas();
    const auto other = opened({line, "ES.1", {}, "", true});
    cli::LookUps look_ups(intake, store->log(), history, {1ms, 0ms});
    const auto complete = [&](const std::vector<std::string>& names,
                              const events::StreamId& stream) {
        tests::Promised<Listed> answer;
        look_ups.sent_to({line, names, wall_now() - 1h, stream}, answer.callback());
        return answer.get() == Listed::all;
    };
    EXPECT_TRUE(complete({"+34 600 10 02 00"}, anas));
    EXPECT_FALSE(complete({ana}, other));
    EXPECT_TRUE(complete({"ES.1"}, other));
    EXPECT_FALSE(complete({ana, "ES.1"}, anas)) << "the other name is another's";
    EXPECT_FALSE(complete({"34600999999"}, anas)) << "nobody's";
}

/// A clock that is set ahead makes no time pass.
TEST_F(Rounds, ASendHasTimeToComeIntoTheList) {
    const auto anas = opened_anas();
    cli::LookUps look_ups(intake, store->log(), history, {1ms, 300ms});
    const auto listed = [&](const events::AttemptId& attempt) {
        tests::Promised<Listed> answer;
        look_ups.sent_to({line, {ana}, wall_now() - 1h, anas, attempt}, answer.callback());
        return answer.get();
    };
    const auto one = crypto::new_uuid(), other = crypto::new_uuid();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(listed(one), Listed::early);
    eventually("it has had its time", [&] { return listed(one) == Listed::all; });
    EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
    EXPECT_EQ(listed(other), Listed::early);
}

TEST_F(Rounds, OneReadingServesAllWhoWait) {
    const auto anas = opened_anas();
    std::atomic<int> readings = 0;
    tiny::Server server({[&](tiny::Peer& peer) {
        while (!peer.request().empty()) {
            if (readings++ == 0) peer.gone(200ms);  // while the others come
            peer.write(tiny::response(200, R"({"data":[]})"));
        }
    }});
    const kapso::History list(*client, turnstile, server.url("/v24.0"), "key");
    cli::LookUps look_ups(intake, store->log(), list, {1ms, 0ms});
    std::vector<tests::Promised<Listed>> all(500);
    look_ups.sent_to({line, {ana}, wall_now(), anas}, all[0].callback());
    eventually("the first reading has begun", [&] { return readings > 0; });
    for (std::size_t i = 1; i < all.size(); ++i) {
        look_ups.sent_to({line, {ana}, wall_now() - i * 1s, anas}, all[i].callback());
    }
    for (auto& one : all) EXPECT_EQ(one.get(), Listed::all);
    EXPECT_EQ(readings, 2);
}

TEST_F(Rounds, WhoWaitsWhenItEndsIsToldThatNothingIsKnown) {
    const auto anas = opened_anas();
    tiny::Server server({[](tiny::Peer& peer) { peer.request(), peer.gone(); }});
    const kapso::History list(*client, turnstile, server.url("/v24.0"), "key");
    std::vector<tests::Promised<Listed>> all(3);
    {
        cli::LookUps look_ups(intake, store->log(), list, {});
        for (auto& one : all) look_ups.sent_to({line, {ana}, wall_now(), anas}, one.callback());
        eventually("it reads", [&] { return server.connections() == 1; });
    }
    for (auto& one : all) EXPECT_EQ(one.get(), Listed::early);
    client.reset();
}

}  // namespace
