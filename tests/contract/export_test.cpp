#include "events/export.hpp"

#include "tests/contract/stores.hpp"

/// Conversations that are taken out of the log with what shows them.
namespace contract {
namespace {

class ExportContract : public Contract {
protected:
    static constexpr crypto::SigningSeed seed{3};

    StreamId write(const std::string& name, const std::string& what) {
        return append(fact(person(name), {opened(name), message(what)})).stream;
    }
    void sign() { checkpoints_.push_back(events::sign(store_->sealed_head(), at(1), seed)); }
    events::ExportVerified verified(const std::vector<StreamId>& streams) {
        return events::verify(store_->exported(streams, checkpoints_),
                              {crypto::public_key_of(seed)});
    }

    std::vector<events::SignedCheckpoint> checkpoints_;
};
FOR_BOTH_STORES(ExportContract);

TEST_P(ExportContract, AConversationAmongOthersIsShownUpToTheLastCheckpoint) {
    const auto ann = write("ann", "m1");
    for (int i = 0; i < 20; ++i) write("bob", "b" + std::to_string(i));
    sign();
    for (int i = 0; i < 20; ++i) write("eve", "e" + std::to_string(i));
    sign();
    write("ann", "m2");
    write("bob", "b20");
    write("ann", "m3");
    sign();
    write("ann", "m4");
    write("bob", "b21");
    const auto exported = store_->exported({ann}, checkpoints_);
    EXPECT_EQ(exported.events.size(), 5U);
    EXPECT_EQ(exported.checkpoints.size(), 2U) << "between the two nothing is of ann";
    EXPECT_EQ(exported.batches.size(), 21U + 3U + 1U);
    const auto result = events::verify(exported, {crypto::public_key_of(seed)});
    EXPECT_FALSE(result.defect) << result.defect->what;
    EXPECT_EQ(result.events, 5);
    EXPECT_EQ(result.covered, 4) << "m4 came after the last checkpoint";
    EXPECT_NE(exported.events[1].says->find("wamid.m1"), std::string::npos);
    const auto text = events::lines_of(exported);
    EXPECT_EQ(text.find("wamid.b1"), std::string::npos) << "of others nothing is told";
    EXPECT_EQ(exported.keys.size(), 1U);
    const auto parsed = events::parse_export(text);
    ASSERT_TRUE(std::holds_alternative<events::Export>(parsed)) << std::get<std::string>(parsed);
    EXPECT_EQ(events::verify(std::get<events::Export>(parsed), {}).covered, 4);
}

TEST_P(ExportContract, SeveralStreamsAreOne) {
    const auto ann = write("ann", "m1"), bob = write("bob", "m2");
    write("ann", "m3");
    sign();
    const auto result = verified({ann, bob});
    EXPECT_FALSE(result.defect) << result.defect->what;
    EXPECT_EQ(result.events, 5);
    EXPECT_EQ(result.covered, 5);
}

TEST_P(ExportContract, WhoseKeyIsGoneIsShownWithoutWhatWasSaid) {
    const auto ann = write("ann", "m1");
    write("bob", "m2");
    sign();
    reopen();  // without the keys in memory
    database_.execute(
        "delete from stream_key where stream = (select stream from event where "
        "position = 1)");
    const auto exported = store_->exported({ann}, checkpoints_);
    EXPECT_TRUE(exported.keys.empty());
    const auto result = events::verify(exported, {});
    EXPECT_FALSE(result.defect) << result.defect->what;
    EXPECT_EQ(result.silent, 2);
    EXPECT_EQ(result.covered, 2);
}

TEST_P(ExportContract, ACopyThatIsBehindTheCheckpointsIsShownAsFarAsItGoes) {
    const auto ann = write("ann", "m1");
    sign();
    write("ann", "m2");
    auto later = store_->sealed_head();
    later.position += 5;
    checkpoints_.push_back(events::sign(later, at(1), seed));
    const auto result = verified({ann});
    EXPECT_FALSE(result.defect) << result.defect->what;
    EXPECT_EQ(result.events, 3);
    EXPECT_EQ(result.covered, 2);
}

TEST_P(ExportContract, WhatWasChangedIsNotExported) {
    const auto ann = write("ann", "m1");
    if (GetParam() == Kind::postgresql) {
        database_.execute("alter table event disable trigger closed");
    } else {
        database_.execute("drop trigger event_kept; drop trigger event_stays");
    }
    database_.execute("update event set type = 2 where position = 2");
    EXPECT_THROW(store_->exported({ann}, checkpoints_), std::runtime_error);
}

TEST_P(ExportContract, WithoutCheckpointsItShowsNoMoreThanItself) {
    const auto ann = write("ann", "m1");
    const auto result = verified({ann});
    EXPECT_FALSE(result.defect) << result.defect->what;
    EXPECT_EQ(result.events, 2);
    EXPECT_EQ(result.covered, 0);
}

TEST_P(ExportContract, OfAnEmptyStreamThereIsNothingToShow) {
    const auto result = verified({id("nobody")});
    ASSERT_TRUE(result.defect);
    EXPECT_NE(result.defect->what.find("nothing of the stream"), std::string::npos);
}

}  // namespace
}  // namespace contract
