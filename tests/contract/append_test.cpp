#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class AppendContract : public Contract {};
FOR_BOTH_STORES(AppendContract);

TEST_P(AppendContract, AFactOpensAConversationAndIsReadBack) {
    const auto answer = append(fact(person("ann"), {opened("ann"), message("m1", "hola")}));
    ASSERT_EQ(answer.outcome, Outcome::appended);
    EXPECT_EQ(answer.position, 2);
    EXPECT_EQ(answer.gate, 2);
    const auto events = log().read_stream(answer.stream, 0, 10);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[1].position, 2);
    EXPECT_EQ(events[1].version, 2);
    EXPECT_EQ(events[1].clear.id, id("m1"));
    EXPECT_EQ(events[1].clear.occurred, at(1'700'000'000));
    EXPECT_EQ(events[1].body, message("m1", "hola").body);
    EXPECT_EQ(log().find(person("ann")), answer.stream);
}

TEST_P(AppendContract, TheSameFactAgainIsAlreadyThere) {
    const auto first = append(fact(person("ann"), {opened("ann"), message("m1")}));
    const auto again = append(fact(person("ann"), {opened("ann"), message("m1")}));
    EXPECT_EQ(again.outcome, Outcome::already_there);
    EXPECT_EQ(again.stream, first.stream);
    EXPECT_EQ(again.position, first.position);
    EXPECT_EQ(log().head(), 2);
}

TEST_P(AppendContract, WhatIsAlreadyThereIsFoundUnderOtherAliasesToo) {
    const auto first = append(fact(person("", {"1555"}), {opened("ann"), message("m1")}));
    const auto again = append(fact(person("ann"), {opened("ann"), message("m1")}));
    EXPECT_EQ(again.outcome, Outcome::already_there);
    EXPECT_EQ(again.stream, first.stream);
    EXPECT_EQ(again.gate, first.gate);
    EXPECT_EQ(log().find(person("ann")), std::nullopt) << "nothing was appended, nothing is learnt";
}

TEST_P(AppendContract, OtherContentUnderAKnownIdWritesNothingOfTheRequest) {
    append(fact(person("ann"), {message("m1", "hello")}));
    const auto other = append(fact(person("ann"), {message("m0"), message("m1", "goodbye")}));
    EXPECT_EQ(other.outcome, Outcome::other_content);
    EXPECT_EQ(log().head(), 1);
}

TEST_P(AppendContract, OneIdTwiceInARequestIsKeptOnceOrRefused) {
    EXPECT_EQ(append(fact(person("ann"), {message("m1"), message("m1")})).outcome,
              Outcome::appended);
    EXPECT_EQ(log().head(), 1);
    EXPECT_EQ(append(fact(person("ann"), {message("m2", "a"), message("m2", "b")})).outcome,
              Outcome::other_content);
    EXPECT_EQ(log().head(), 1);
}

TEST_P(AppendContract, APartlyKnownRequestAddsTheRest) {
    append(fact(person("ann"), {message("m1")}));
    const auto rest = append(fact(person("ann"), {message("m1"), message("m2")}));
    EXPECT_EQ(rest.outcome, Outcome::appended);
    EXPECT_EQ(rest.position, 2);
    EXPECT_EQ(log().head(), 2);
}

TEST_P(AppendContract, AnEmptyRequestIsAppendedAndWritesNothing) {
    EXPECT_EQ(append(fact(person("ann"), {})).outcome, Outcome::appended);
    EXPECT_EQ(log().head(), 0);
    EXPECT_EQ(log().find(person("ann")), std::nullopt);
}

TEST_P(AppendContract, ADecisionThatMissedAGatingEventConflicts) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    append(fact(person("ann"), {message("m2")}));
    const auto late = append(decision(stream, {hold("h1")}, 1));
    EXPECT_EQ(late.outcome, Outcome::conflict);
    EXPECT_EQ(late.gate, 2);
    EXPECT_EQ(append(decision(stream, {hold("h1")}, 2)).outcome, Outcome::appended);
}

TEST_P(AppendContract, StatusesDoNotDefeatADecision) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    const auto status = append(fact(person("ann"), {delivered("d1"), delivered("d2")}));
    EXPECT_EQ(status.gate, 1);
    const auto decided = append(decision(stream, {hold("h1")}, 1));
    EXPECT_EQ(decided.outcome, Outcome::appended);
    EXPECT_EQ(decided.gate, 4);
    EXPECT_EQ(log().read_stream(stream, 2, 10).front().gate, 1);
}

TEST_P(AppendContract, ARetriedDecisionIsAlreadyThereThoughTheStreamWentOn) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    append(decision(stream, {hold("h1")}, 1));
    append(fact(person("ann"), {message("m2")}));
    const auto again = append(decision(stream, {hold("h1")}, 1));
    EXPECT_EQ(again.outcome, Outcome::already_there);
    EXPECT_EQ(again.position, 2);
    EXPECT_EQ(again.gate, 3);
}

TEST_P(AppendContract, ADecisionNeedsTheSettingsThatItUsed) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    auto request = decision(stream, {hold("h1")}, 1);
    request.expect->settings = 0;
    append({events::settings_stream, {setting("s1")}, std::nullopt});
    EXPECT_EQ(append(request).outcome, Outcome::other_settings);
    request.expect->settings = 1;
    EXPECT_EQ(append(request).outcome, Outcome::appended);
}

TEST_P(AppendContract, AnotherEpochThanTheLeasesIsFenced) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    const auto epoch = epoch_of(store_->renew_leases(), stream);
    ASSERT_GT(epoch, 0);
    auto request = decision(stream, {hold("h1")}, 1);
    for (const auto other : {epoch + 1, epoch - 1 == 0 ? epoch + 2 : epoch - 1}) {
        request.expect->epoch = other;
        EXPECT_EQ(append(request).outcome, Outcome::fenced);
    }
    request.expect->epoch = epoch;
    EXPECT_EQ(append(request).outcome, Outcome::appended);
}

TEST_P(AppendContract, WhoDecidedBeforeATakeOverIsFenced) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    auto request = decision(stream, {hold("h1")}, 1);
    request.expect->epoch = epoch_of(store_->renew_leases(), stream);
    database_.let_leases_run_out();
    reopen();
    auto taken_over = decision(stream, {hold("h2")}, 1);
    taken_over.expect->epoch = epoch_of(store_->renew_leases(), stream);
    EXPECT_EQ(append(request).outcome, Outcome::fenced);
    EXPECT_EQ(log().head(), 1);
    EXPECT_EQ(append(taken_over).outcome, Outcome::appended);
}

TEST_P(AppendContract, EachRequestOfABatchHasItsOwnAnswer) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    Answers answers;
    answers.send(log(), fact(person("bob"), {opened("bob"), message("b1")}));
    answers.send(log(), decision(stream, {hold("late")}, 7));
    answers.send(log(), fact(person("ann"), {message("m1")}));
    answers.send(log(), fact(person("ann"), {message("m1", "changed")}));
    answers.send(log(), decision(stream, {hold("good")}, 1));
    answers.send(log(), decision(stream, {hold("beaten")}, 1));
    std::vector<Outcome> outcomes;
    for (const auto& answer : answers.wait()) outcomes.push_back(answer.outcome);
    EXPECT_EQ(outcomes,
              (std::vector{Outcome::appended, Outcome::conflict, Outcome::already_there,
                           Outcome::other_content, Outcome::appended, Outcome::conflict}));
    EXPECT_EQ(log().head(), 4);
}

TEST_P(AppendContract, ALargeRequestIsOneAtomicBatch) {
    std::vector<NewEvent> many;
    for (int i = 0; i < 1'000; ++i) many.push_back(message("m" + std::to_string(i)));
    EXPECT_EQ(append(fact(person("ann"), many)).position, 1'000);
    EXPECT_EQ(database_.number("select count(*) from seal where first > 0"), 1);
}

TEST_P(AppendContract, AnEventIsFoundByItsId) {
    append(fact(person("ann"), {message("m1")}));
    EXPECT_EQ(log().stream_of(message("m1").id), log().find(person("ann")));
    EXPECT_EQ(log().stream_of(message("m2").id), std::nullopt);
}

TEST_P(AppendContract, TimesOfRecordingNeverGoBack) {
    append(fact(person("ann"), {message("m1")}));
    append(fact(person("bob"), {message("m2")}));
    const auto events = log().read_all(0, 10);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_LE(events[0].recorded, events[1].recorded);
}

/// The answer to the POST may be lost, and our own key comes back with one status alone.
TEST_P(AppendContract, AnAttemptWhoseKeyIsEchoedIsFoundByItsMessageId) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    const auto attempt = id("attempt");
    append({stream,
            {{id("delivered"),
              events::ConversationEvent(events::MessageDelivered{"wamid.out", attempt}),
              at(1),
              {},
              attempt,
              When::always}},
            {}});
    const auto found = log().find_message("wamid.out");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->stream, stream);
    EXPECT_EQ(found->attempt, attempt);
}

TEST_P(AppendContract, AnAcceptedSendIsFoundByItsMessageId) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    const auto attempt = id("attempt");
    append(decision(stream,
                    {{id("accepted"), Event{events::SendAccepted{id("turn"), attempt, "wamid.out"}},
                      at(1), id("turn"), attempt, When::always}},
                    1));
    const auto found = log().find_message("wamid.out");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->stream, stream);
    EXPECT_EQ(found->attempt, attempt);
    EXPECT_FALSE(log().find_message("wamid.m1"));
    const auto event = log().read_stream(stream, 1, 1).front();
    EXPECT_EQ(event.clear.correlation, id("turn"));
    EXPECT_EQ(event.clear.causation, attempt);
    EXPECT_FALSE(event.clear.counts.empty()) << "the message reference is the last count";
}

TEST_P(AppendContract, ReadsGoOnFromWhereTheyEnded) {
    for (int i = 0; i < 5; ++i) append(fact(person("ann"), {message("m" + std::to_string(i))}));
    const auto page = log().read_all(2, 2);
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(page[0].position, 3);
    EXPECT_EQ(page[1].position, 4);
    const auto steps = log().read_steps(4, 10);
    ASSERT_EQ(steps.size(), 1u);
    EXPECT_EQ(steps[0].position, 5);
    EXPECT_EQ(steps[0].type, events::type_of(message("x").body).code);
    EXPECT_EQ(log().read_stream(steps[0].stream, 3, 10).size(), 2u);
}

TEST_P(AppendContract, ListenersHearOfEveryHead) {
    std::atomic<std::int64_t> heard{0};
    store_->on_commit([&](std::int64_t head) { heard = head; });
    append(fact(person("ann"), {message("m1"), message("m2")}));
    EXPECT_TRUE(eventually([&] { return heard == 2; }));
    append(fact(person("ann"), {message("m3")}));
    EXPECT_TRUE(eventually([&] { return heard == 3; }));
    store_.reset();  // before `heard` goes
}

TEST_P(AppendContract, WhatWasAppendedIsThereAfterARestart) {
    const auto first = append(fact(person("ann"), {opened("ann"), message("m1", "hola")}));
    reopen();
    EXPECT_EQ(log().find(person("ann")), first.stream);
    EXPECT_EQ(log().read_stream(first.stream, 1, 10).front().body, message("m1", "hola").body);
    EXPECT_EQ(append(fact(person("ann"), {message("m2")})).position, 3);
}

TEST_P(AppendContract, LaterMessagesOfAPersonNeedNoNewKey) {
    for (int i = 0; i < 3; ++i) append(fact(person("ann"), {message("m" + std::to_string(i))}));
    const auto stream = log().find(person("ann"));
    append(decision(*stream, {hold("h")}, 3));
    EXPECT_EQ(database_.number("select count(*) from stream_key"), 1);
}

TEST_P(AppendContract, ARequestThatAddsNothingLeavesNoKey) {
    append(fact(person("ann"), {message("m1")}));
    reopen();
    append(fact(person("ann"), {message("m1")}));
    EXPECT_EQ(database_.number("select count(*) from stream_key"), 1);
}

}  // namespace
}  // namespace contract
