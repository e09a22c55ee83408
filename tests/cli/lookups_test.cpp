#include "cli/lookups.hpp"

#include "domain/next_step.hpp"
#include "tests/cli/listing.hpp"
#include "tests/support/given.hpp"
#include "tests/support/sending.hpp"

namespace {

using namespace listing;
using domain::conversation::Listed;

struct LookUps : Rounds {};

TEST_F(LookUps, ALookUpTakesInWhatWasSentAndTellsWhetherItSawAll) {
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
TEST_F(LookUps, ASendThatNeverArrivedIsLeftToAPersonOnceTheListProvesThat) {
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
TEST_F(LookUps, WhereTheNameLeadsElsewhereTheListProvesNothing) {
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
TEST_F(LookUps, ASendHasTimeToComeIntoTheList) {
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

TEST_F(LookUps, OneReadingServesAllWhoWait) {
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

TEST_F(LookUps, WhoWaitsWhenItEndsIsToldThatNothingIsKnown) {
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
