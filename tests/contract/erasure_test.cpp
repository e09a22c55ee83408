#include "tests/contract/stores.hpp"

namespace contract {
namespace {

/// A person's erasure: the stream's last event, with which its keys go.
class ErasureContract : public Contract {
protected:
    static constexpr std::int64_t after = 4'000'000'000;  // any erasure of today

    Appended say(const Person& who, const std::string& name, std::int64_t second) {
        auto said = message(name);
        said.occurred = at(second);
        return append(fact(who, {opened(name), learnt(name), said}));
    }
    Appended erase(const StreamId& stream) { return append({stream, {erasure(stream)}, {}}); }
    std::vector<std::string> texts(const StreamId& stream) {
        std::vector<std::string> texts;
        for (const auto& event : log().read_stream(stream, 0, 100)) {
            const auto& body = std::get<events::ConversationEvent>(event.body);
            const auto* said = std::get_if<events::MessageReceived>(&body);
            if (said != nullptr) texts.push_back(event.redacted ? "gone" : said->text);
        }
        return texts;
    }
    const Person ann = person("ann", {"1555"});
};
FOR_BOTH_STORES(ErasureContract);

using Texts = std::vector<std::string>;

TEST_P(ErasureContract, LeavesTheClearPartsAndTheSealsAndNothingElse) {
    const auto stream = say(ann, "m1", 1).stream;
    say(person("bob"), "m2", 1);
    EXPECT_EQ(erase(stream).outcome, Outcome::appended);
    EXPECT_EQ(texts(stream), Texts{"gone"});
    EXPECT_EQ(texts(*log().find(person("bob"))), Texts{"hello"});
    EXPECT_EQ(log().find(ann), std::nullopt);
    EXPECT_FALSE(store_->verify());
    reopen();
    EXPECT_EQ(texts(stream), Texts{"gone"});
    EXPECT_FALSE(store_->verify());
}

TEST_P(ErasureContract, IsOneEventHoweverOftenItIsAskedFor) {
    const auto stream = say(ann, "m1", 1).stream;
    erase(stream);
    EXPECT_EQ(erase(stream).outcome, Outcome::already_there);
    EXPECT_EQ(erase(crypto::random_uuid()).outcome, Outcome::unroutable) << "of nobody";
    EXPECT_EQ(log().read_stream(stream, 0, 100).size(), 3U);
}

TEST_P(ErasureContract, WhatComesAgainOrLateIsDropped) {
    const auto stream = say(ann, "m1", 1).stream;
    erase(stream);
    const auto head = log().head();
    EXPECT_EQ(say(ann, "m1", 1).outcome, Outcome::already_there);
    EXPECT_EQ(say(ann, "older", 1).outcome, Outcome::erased) << "no webhook brought it in time";
    EXPECT_EQ(say(person("", {"1555"}), "older still", 1).outcome, Outcome::erased);
    EXPECT_EQ(append({stream, {delivered("m1")}, {}}).outcome, Outcome::erased);
    auto nobody = ann;
    nobody.may_open = false;
    EXPECT_EQ(append(fact(nobody, {delivered("m3")})).outcome, Outcome::erased);
    EXPECT_EQ(log().head(), head);
}

TEST_P(ErasureContract, WhoWritesAfterwardsBeginsAnew) {
    const auto stream = say(ann, "m1", 1).stream;
    erase(stream);
    // The store knows a key for her, which is gone; what it can't seal is offered once more.
    auto again = say(ann, "m2", after);
    if (again.outcome == Outcome::full) again = say(ann, "m2", after);
    ASSERT_EQ(again.outcome, Outcome::appended);
    EXPECT_NE(again.stream, stream);
    EXPECT_EQ(texts(again.stream), Texts{"hello"});
    EXPECT_EQ(log().find(person("", {"1555"})), again.stream);
    EXPECT_EQ(say(ann, "older", 1).outcome, Outcome::erased) << "still";
    EXPECT_EQ(say(ann, "m3", 0).outcome, Outcome::appended) << "nobody says when it was";
    EXPECT_FALSE(store_->verify());
}

/// Which knows nothing of the erasure, and has her key in memory.
TEST_P(ErasureContract, AnotherProcessSealsNothingThatNobodyCanRead) {
    if (GetParam() == Kind::sqlite) GTEST_SKIP() << "one process writes a file";
    const auto stream = say(ann, "m1", 1).stream;
    const auto other = database_.open();
    auto second = message("m2");
    events::append_now(other->log(), fact(ann, {second}));
    erase(stream);
    auto third = message("m3");
    third.occurred = at(after);
    const auto request = fact(ann, {opened("m3"), third});
    EXPECT_EQ(events::append_now(other->log(), request).outcome, Outcome::full);
    const auto taken = events::append_now(other->log(), request);
    ASSERT_EQ(taken.outcome, Outcome::appended);
    EXPECT_EQ(texts(taken.stream), Texts{"hello"});
}

TEST_P(ErasureContract, ADecisionOnAClosedStreamMeetsAConflict) {
    const auto said = say(ann, "m1", 1);
    erase(said.stream);
    Append decision{said.stream, {hold("h1")}, {}};
    decision.expect = events::Expectation{said.gate, 0, std::nullopt};
    EXPECT_EQ(append(decision).outcome, Outcome::conflict);
}

TEST_P(ErasureContract, TakesSnapshotsAndRebuildsWithIt) {
    const auto stream = say(ann, "m1", 1).stream;
    const auto& projection = *projections::projection_named("messages");
    const auto filling = store_->views().begin_rebuild(projection, log().head(), 1);
    erase(stream);
    EXPECT_EQ(database_.number("select count(*) from snapshot"), 0);
    EXPECT_THROW(store_->views().end_filling(projection, filling, [] { return true; }),
                 projections::RebuildGone);
}

}  // namespace
}  // namespace contract
