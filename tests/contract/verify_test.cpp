#include "tests/contract/stores.hpp"

/// What `verify` is asked for beyond the whole log (evidence_test.cpp has that).
namespace contract {
namespace {

class VerifyContract : public Contract {
protected:
    /// Batches of two events; the log's end after each.
    std::vector<events::SealedHead> fill(int batches) {
        std::vector<events::SealedHead> heads;
        for (int i = 0; i < batches; ++i) {
            const auto name = std::to_string(i);
            append(fact(person("p" + name), {opened("p" + name), message("m" + name)}));
            heads.push_back(store_->sealed_head());
        }
        return heads;
    }
    void tamper(const std::string& sql) const {
        if (GetParam() == Kind::postgresql) {
            database_.execute(
                "alter table event disable trigger closed;"
                "alter table seal disable trigger closed;" +
                sql);
        } else {
            database_.execute(
                "drop trigger if exists event_kept; drop trigger if exists event_stays;"
                "drop trigger if exists seal_kept; drop trigger if exists seal_stays;" +
                sql);
        }
    }
    db::Verified verify(db::Verification wanted) {
        wanted.events_at_once = 3;  // many ranges
        return store_->verify(wanted);
    }
    static std::int64_t at(const db::Verified& verified) {
        return verified.defect ? verified.defect->position : -1;
    }
};
FOR_BOTH_STORES(VerifyContract);

TEST_P(VerifyContract, CountsWhatItHasSeenAndSaysWhereItEnds) {
    EXPECT_EQ(store_->sealed_head().position, 0);
    EXPECT_EQ(store_->sealed_head().seal, events::genesis_seal);
    const auto heads = fill(20);
    const auto verified = verify({});
    EXPECT_FALSE(verified.defect) << verified.defect->what;
    EXPECT_EQ(verified.events, 40);
    EXPECT_EQ(verified.head, heads.back());
}

TEST_P(VerifyContract, FindsTheFirstOfSeveralDefectsWhicheverRangeIsReadFirst) {
    fill(40);
    tamper("update event set code = 7 where position in (31, 50, 77)");
    EXPECT_EQ(at(verify({})), 31);
}

TEST_P(VerifyContract, GoesFromATrueEndToAPosition) {
    const auto heads = fill(20);
    tamper("update event set code = 7 where position in (3, 30)");
    EXPECT_EQ(at(verify({.from = heads[4]})), 30);
    const auto between = verify({.from = heads[4], .to = 28});
    EXPECT_FALSE(between.defect);
    EXPECT_EQ(between.events, 18);
    EXPECT_EQ(between.head, heads[13]);
    auto wrong = heads[4];
    wrong.seal = std::string(32, 'x');
    EXPECT_EQ(at(verify({.from = wrong, .to = 28})), 11) << "the next seal is over another one";
}

TEST_P(VerifyContract, HoldsTheLogAgainstEndsThatWereKept) {
    const auto heads = fill(20);
    EXPECT_FALSE(verify({.known = heads}).defect);
    auto known = std::vector{heads[2], heads[12], heads[15]};
    known[1].seal[0] ^= 1;
    EXPECT_EQ(at(verify({.known = known})), heads[12].position);
    known = {heads[2], heads[12]};
    known[1].position -= 1;
    EXPECT_EQ(at(verify({.known = known})), heads[12].position - 1) << "no batch ends there";
    known[1].position = 41;
    EXPECT_EQ(at(verify({.known = known})), 41) << "the log ends before it";
}

TEST_P(VerifyContract, AnEndThatWasCutOffWholeIsSeenByWhatWasKeptAlone) {
    const auto heads = fill(5);
    tamper("delete from event where position > 6; delete from seal where first > 6");
    EXPECT_FALSE(verify({}).defect);
    EXPECT_FALSE(verify({.known = {heads[2]}}).defect);
    EXPECT_EQ(at(verify({.known = {heads[2], heads[3]}})), 7);
    EXPECT_EQ(at(verify({.from = heads[4]})), 7);
}

TEST_P(VerifyContract, StopsWhereItIsTold) {
    fill(20);
    std::int64_t end = 0;
    db::Verification wanted;
    wanted.going_on = [&](std::int64_t position, std::int64_t of) {
        end = of;
        return position < 10;
    };
    const auto verified = verify(wanted);
    EXPECT_TRUE(verified.stopped);
    EXPECT_EQ(end, 40);
    EXPECT_EQ(verified.events, 12) << "whatever other threads have read by then";
}

/// PostgreSQL's columns hold one type.
class VerifySqliteContract : public VerifyContract {};
INSTANTIATE_TEST_SUITE_P(Store, VerifySqliteContract, testing::Values(Kind::sqlite), name_of_store);

TEST_P(VerifySqliteContract, ATypeOfValueThatNothingWritesIsFound) {
    fill(3);
    const auto found = [&](const std::string& sql) {
        tamper(sql);
        return at(verify({}));
    };
    EXPECT_EQ(found("update event set counts = cast(counts as text) where position = 3"), 3);
    EXPECT_EQ(found("update event set correlation = x'' where position = 2"), 2);
    EXPECT_EQ(found("update seal set recorded = recorded + 0.5 where first = 1"), 1);
}

}  // namespace
}  // namespace contract
