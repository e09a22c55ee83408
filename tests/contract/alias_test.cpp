#include <set>
#include <thread>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class AliasContract : public Contract {
protected:
    std::vector<std::string> names(const StreamId& stream) {
        std::vector<std::string> names;
        for (const auto& event : log().read_stream(stream, 0, 100)) {
            names.emplace_back(events::type_of(event.body).name);
        }
        return names;
    }
};
FOR_BOTH_STORES(AliasContract);

using Names = std::vector<std::string>;

TEST_P(AliasContract, AnOpeningIsTakenOnlyForANewStream) {
    const auto stream = append(fact(person("ann"), {opened("1"), message("m1")})).stream;
    append(fact(person("ann"), {opened("2"), message("m2")}));
    EXPECT_EQ(names(stream), (Names{"ConversationOpened", "MessageReceived", "MessageReceived"}));
}

TEST_P(AliasContract, ANewAliasOfAKnownPersonIsLearntOnce) {
    const auto stream =
        append(fact(person("ann"), {opened("1"), learnt("1"), message("m1")})).stream;
    const auto second =
        append(fact(person("ann", {"1555"}), {opened("2"), learnt("2"), message("m2")}));
    append(fact(person("ann", {"1555"}), {opened("3"), learnt("3"), message("m3")}));
    EXPECT_EQ(second.stream, stream);
    EXPECT_EQ(names(stream), (Names{"ConversationOpened", "MessageReceived", "AliasLearned",
                                    "MessageReceived", "MessageReceived"}));
    EXPECT_EQ(log().find(person("", {"1555"})), stream);
}

TEST_P(AliasContract, WhatOnlyCameAlongDoesNotMakeARequestNew) {
    append(fact(person("ann"), {opened("1"), message("m1")}));
    const auto again = append(fact(person("ann", {"1555"}), {learnt("2"), message("m1")}));
    EXPECT_EQ(again.outcome, Outcome::already_there);
    EXPECT_EQ(log().head(), 2);
    EXPECT_EQ(log().find(person("", {"1555"})), std::nullopt);
}

TEST_P(AliasContract, AStatusOfAnUnknownPersonIsUnroutableAndLeavesNothing) {
    auto unknown = person("ann", {"1555"});
    unknown.may_open = false;
    const auto answer = append(fact(unknown, {delivered("d1")}));
    EXPECT_EQ(answer.outcome, Outcome::unroutable);
    EXPECT_EQ(log().head(), 0);
    EXPECT_EQ(database_.number("select count(*) from alias"), 0);
    append(fact(person("ann"), {message("m1")}));
    EXPECT_EQ(append(fact(unknown, {delivered("d1")})).outcome, Outcome::appended);
}

TEST_P(AliasContract, APersonWithoutAnyNameIsUnroutable) {
    EXPECT_EQ(append(fact(person(""), {message("m1")})).outcome, Outcome::unroutable);
}

TEST_P(AliasContract, BsuidWinsOverPhoneAndTheOtherStreamIsTold) {
    const auto by_phone = append(fact(person("", {"1555"}), {message("m1")})).stream;
    const auto by_bsuid = append(fact(person("ann"), {message("m2")})).stream;
    ASSERT_NE(by_phone, by_bsuid);
    const auto both = append(fact(person("ann", {"1555"}), {message("m3")}));
    EXPECT_EQ(both.stream, by_bsuid);
    EXPECT_EQ(both.other, by_phone);
    EXPECT_EQ(log().find(person("ann", {"1555"})), by_bsuid);
    EXPECT_EQ(append(fact(person("ann"), {message("m4")})).other, std::nullopt);
}

TEST_P(AliasContract, WhatIsThereAlreadyUnderAnotherNameTellsWhichStreamItPassedBy) {
    const auto by_phone = append(fact(person("", {"1555"}), {message("m1")})).stream;
    const auto by_bsuid = append(fact(person("ann"), {message("m2")})).stream;
    const auto again = append(fact(person("ann", {"1555"}), {message("m1")}));
    EXPECT_EQ(again.outcome, Outcome::already_there);
    EXPECT_EQ(again.stream, by_phone);
    EXPECT_EQ(again.passed_by, by_bsuid);
    EXPECT_EQ(again.other, std::nullopt);
    const auto otherwise = append(fact(person("ann"), {message("m1", "in other words")}));
    EXPECT_EQ(otherwise.outcome, Outcome::other_content);
    EXPECT_EQ(otherwise.passed_by, by_bsuid);
    EXPECT_EQ(append(fact(person("bea"), {message("m1")})).passed_by, std::nullopt) << "nobody";
    EXPECT_EQ(append(fact(person("", {"1555"}), {message("m1")})).passed_by, std::nullopt);
}

TEST_P(AliasContract, OfTwoPhonesTheOlderMatchIsTaken) {
    const auto older = append(fact(person("", {"52155"}), {message("m1")})).stream;
    const auto younger = append(fact(person("", {"5255"}), {message("m2")})).stream;
    const auto both = append(fact(person("", {"5255", "52155"}), {message("m3")}));
    EXPECT_EQ(both.stream, older);
    EXPECT_EQ(both.other, younger);
    EXPECT_EQ(log().find(person("", {"5255", "52155"})), older);
}

TEST_P(AliasContract, LinesAndKindsKeepPeopleApart) {
    auto elsewhere = person("ann");
    elsewhere.line = "another line";
    Person group{"line", "", {}, "ann", true};
    const auto a = append(fact(person("ann"), {message("m1")})).stream;
    const auto b = append(fact(elsewhere, {message("m2")})).stream;
    const auto c = append(fact(person("", {"ann"}), {message("m3")})).stream;
    const auto d = append(fact(group, {message("m4")})).stream;
    EXPECT_EQ((std::set{a, b, c, d}).size(), 4u);
    EXPECT_EQ(log().find(group), d);
}

TEST_P(AliasContract, ConcurrentFirstMessagesOfOnePersonMakeOneConversation) {
    constexpr int count = 120;
    Answers answers;
    for (int i = 0; i < count; ++i) {
        const auto name = std::to_string(i);
        const auto who = i % 3 == 0   ? person("ann", {"1555"})
                         : i % 3 == 1 ? person("ann")
                                      : person("ann", {"1555", "1556"});
        answers.send(log(), fact(who, {opened(name), learnt(name), message(name)}));
    }
    std::set<StreamId> streams;
    for (const auto& answer : answers.wait()) {
        ASSERT_EQ(answer.outcome, Outcome::appended)
            << "facts expect nothing and are never refused";
        streams.insert(answer.stream);
    }
    ASSERT_EQ(streams.size(), 1u);
    const auto all = names(*streams.begin());
    EXPECT_EQ(std::ranges::count(all, "ConversationOpened"), 1);
    EXPECT_EQ(all.front(), "ConversationOpened");
    EXPECT_EQ(log().find(person("", {"1556"})), *streams.begin());
    expect_gapless(log());
}

TEST_P(AliasContract, ConcurrentFirstAppendsToOneStreamAreAllTaken) {
    const auto stream = crypto::random_uuid();
    std::vector<std::thread> threads;
    std::atomic<int> taken{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const auto name = std::to_string(t) + "/" + std::to_string(i);
                const auto answer = append({stream, {message(name)}, std::nullopt});
                taken += answer.outcome == Outcome::appended;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(taken, 100);
    EXPECT_EQ(log().read_stream(stream, 0, 1'000).size(), 100u);
}

}  // namespace
}  // namespace contract
