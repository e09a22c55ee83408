#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class SnapshotsContract : public Contract {
protected:
    events::Snapshots& snapshots() { return store_->snapshots(); }
    StreamId write(const std::string& name) {
        return append(
                   fact(person(name), {opened(name), message(name + " 1"), message(name + " 2")}))
            .stream;
    }
};
FOR_BOTH_STORES(SnapshotsContract);

TEST_P(SnapshotsContract, TheNewestOfAFormatIsFound) {
    const auto ann = write("ann"), bob = write("bob");
    EXPECT_EQ(snapshots().find(ann, 1), std::nullopt);
    const events::Snapshot two{2, {"two\0 and more", 13}}, three{3, "three"};
    snapshots().keep(ann, 1, two);
    EXPECT_EQ(snapshots().find(ann, 1), two);
    EXPECT_EQ(snapshots().find(bob, 1), std::nullopt);
    EXPECT_EQ(snapshots().find(ann, 2), std::nullopt) << "of another format";
    snapshots().keep(ann, 1, three);
    snapshots().keep(ann, 1, two);
    reopen();
    EXPECT_EQ(snapshots().find(ann, 1), three) << "an older one came late";
    snapshots().keep(ann, 2, two);
    EXPECT_EQ(snapshots().find(ann, 2), two) << "of another format, older or not";
    EXPECT_EQ(snapshots().find(ann, 1), std::nullopt);
}

TEST_P(SnapshotsContract, NoneIsKeptOfWhatTheLogHasNot) {
    const auto ann = write("ann");
    snapshots().keep(ann, 1, {4, "ahead"});
    snapshots().keep(id("nobody"), 1, {1, "of nobody"});
    EXPECT_EQ(snapshots().find(ann, 1), std::nullopt);
    EXPECT_EQ(database_.number("select count(*) from snapshot"), 0);
}

TEST_P(SnapshotsContract, ItGoesWithTheKey) {
    const auto ann = write("ann"), bob = write("bob");
    for (const auto& stream : {ann, bob}) snapshots().keep(stream, 1, {3, "what was said"});
    database_.execute(
        "delete from stream_key where stream = (select stream from event where position = 1)");
    EXPECT_EQ(snapshots().find(ann, 1), std::nullopt);
    EXPECT_TRUE(snapshots().find(bob, 1));
    snapshots().keep(ann, 1, {3, "again"});
    EXPECT_EQ(snapshots().find(ann, 1), std::nullopt);
}

TEST_P(SnapshotsContract, NothingOfItIsReadable) {
    const auto ann = write("ann");
    snapshots().keep(ann, 1, {3, "what nobody else may read"});
    const std::string hex =
        GetParam() == Kind::postgresql ? "encode(sealed, 'hex')" : "hex(sealed)";
    EXPECT_EQ(database_.number("select count(*) from snapshot where lower(" + hex + ") like '%" +
                               crypto::hex("nobody") + "%'"),
              0);
}

TEST_P(SnapshotsContract, WhatWasChangedIsNone) {
    const auto change = [&](const std::string& sql) {
        const auto ann = write("ann"), bob = write("bob");
        for (const auto& stream : {ann, bob}) {
            snapshots().keep(stream, 1, {2, "two"});
            snapshots().keep(stream, 1, {3, "three of " + stream.text()});
        }
        database_.execute(sql);
        const auto found = snapshots().find(ann, 1);
        database_.execute("delete from snapshot");
        return found.has_value();
    };
    EXPECT_TRUE(change("update snapshot set format = 1"));
    EXPECT_FALSE(change("update snapshot set version = 2"));
    EXPECT_FALSE(change("update snapshot set sealed = (select wrapped from stream_key limit 1)"));
    EXPECT_FALSE(
        change("update snapshot set key = (select key from stream_key where stream <> "
               "snapshot.stream limit 1)"));
    EXPECT_FALSE(
        change("update snapshot set sealed = (select other.sealed from snapshot other "
               "where other.stream <> snapshot.stream)"));
}

}  // namespace
}  // namespace contract
