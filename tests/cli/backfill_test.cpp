#include "tests/cli/listing.hpp"

namespace {

using namespace listing;

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
    tell_of_another_line(intake, "wamid.1");
    const kapso::History lists(*client, turnstile, server.url("/v24.0"), "key");
    const kapso::WebhookWatch watch(*client, turnstile, server.url("/v24.0"), "key", {});
    cli::Backfill backfill({*store, intake, lists, watch, settings, counters, line});
    eventually("a round", [&] { return rounds("incomplete") >= 1; });
    EXPECT_FALSE(store->marks().get("listed/" + std::string(line)));
    EXPECT_TRUE(store->marks().get("listed/7"));
}

/// What the list tells of the time before is in the log under another id.
TEST_F(Rounds, GoOnBehindMessagesThatHadOtherIdsOnEveryLine) {
    intake::Intake before(store->log(), store->keys(), store->deliveries(), {line});
    tell_of_another_line(before, "123e4567-e89b-12d3-a456-426614174000");
    tell_of_another_line(before, "wamid.2");
    const auto last = intake::foreign_ids(store->log(), events::Time{}).value().last;
    for (const std::string one : {line, "7"}) {
        store->marks().advance("listed/" + one, last - 1h);
        store->marks().advance("listed twice/" + one, last - 1h);
    }
    std::atomic<int> lists = 0;
    tiny::Server server({[&](tiny::Peer& peer) {
        for (auto request = peer.request(); !request.empty(); request = peer.request()) {
            lists += request.find("/messages?") != std::string::npos;
            peer.write(tiny::response(200, R"({"data":[]})"));
        }
    }});
    const kapso::History read(*client, turnstile, server.url("/v24.0"), "key");
    cli::Backfill backfill({*store, intake, read, webhooks, settings, counters, line},
                           {.twice = 0ms});
    eventually("a round", [&] { return rounds("complete") == 1; });
    EXPECT_EQ(lists, 0) << "the last of them came less than a minute ago";
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

}  // namespace
