#include "crypto/random.hpp"
#include "db/verify.hpp"
#include "tests/contract/stores.hpp"

namespace contract {
namespace {

using crypto::parse_uuid;

// The vectors of docs/events.md, "Digest and seal", computed by another implementation.
constexpr const char* full_digest =
    "054cf6b7787fbf40178cd2641fa24827e0845a87f0eead95219e98e5b4eb0bdd";
constexpr const char* bare_digest =
    "774dc6962599614b5de9c4f74340cdd937d2ff8eff354af82fad4362534b67c9";
constexpr const char* first_seal =
    "8399e80c5cbb1bce69d267d3d158b452a19d308e31c1cbbef48985267a5c5b3b";
constexpr const char* second_seal =
    "977b49ef291dfa76a95e7d2d97630df7858c4c769d9a5b4f6c615fd3e88692ec";

events::Clear full_clear() {
    events::Clear clear{*parse_uuid("00112233-4455-6677-8899-aabbccddeeff"),
                        34,
                        1,
                        events::from_micros(1'700'000'000'123'456),
                        parse_uuid("018c0000-0000-7000-8000-000000000001"),
                        parse_uuid("018c0000-0000-7000-8000-000000000002"),
                        131047,
                        {1, 3, -2},
                        parse_uuid("11111111-2222-4333-8444-555555555555"),
                        {}};
    for (std::uint8_t i = 0; i < 16; ++i) clear.print[i] = static_cast<std::uint8_t>(0xa0 + i);
    return clear;
}

events::Clear bare_clear() {
    events::Clear clear;
    clear.id = *parse_uuid("ffeeddcc-bbaa-9988-7766-554433221100");
    clear.type = 7;
    clear.occurred = events::from_micros(-1);
    return clear;
}

std::string hex_of(const crypto::Digest& digest) { return crypto::hex(crypto::view(digest)); }

TEST(EvidenceVectors, DigestsAreThoseOfTheDocument) {
    EXPECT_EQ(hex_of(events::digest_of(full_clear(), "sealed bytes")), full_digest);
    EXPECT_EQ(hex_of(events::digest_of(bare_clear(), "")), bare_digest);
}

TEST(EvidenceVectors, SealsAreThoseOfTheDocument) {
    const auto full = events::digest_of(full_clear(), "sealed bytes");
    const auto bare = events::digest_of(bare_clear(), "");
    const auto other = *parse_uuid("0f0e0d0c-0b0a-4908-8706-050403020100");
    const auto first = events::seal_of(
        events::genesis_seal, 1, events::from_micros(1'700'000'001'000'000),
        {{*parse_uuid("68696c6f-0000-8000-8000-000000000001"), 1, full}, {other, 7, bare}});
    EXPECT_EQ(hex_of(first), first_seal);
    EXPECT_EQ(
        hex_of(events::seal_of(crypto::view(first), 3, events::from_micros(1'700'000'002'000'000),
                               {{other, 8, full}})),
        second_seal);
}

class EvidenceContract : public Contract {
protected:
    void fill() {
        append(fact(person("ann"), {opened("ann"), message("m1"), message("m2")}));
        append(fact(person("bob"), {opened("bob"), message("m3")}));
        append(fact(person("ann"), {delivered("d1")}));
    }
    /// Does what a person with the database's superuser could do.
    void tamper(const std::string& table, const std::string& sql) {
        if (GetParam() == Kind::postgresql) {
            database_.execute("alter table " + table + " disable trigger closed; " + sql);
            return;
        }
        for (const auto* trigger : {"_kept", "_stays"}) {
            database_.execute("drop trigger if exists " + table + trigger);
        }
        database_.execute(sql);
    }
    std::string bytes(const std::string& digits) const {
        return GetParam() == Kind::postgresql ? "'\\x" + digits + "'" : "x'" + digits + "'";
    }
    std::int64_t defect() {
        const auto found = store_->verify();
        return found ? found->position : -1;
    }
};
FOR_BOTH_STORES(EvidenceContract);

TEST_P(EvidenceContract, AnUntouchedLogVerifies) {
    EXPECT_FALSE(store_->verify());
    fill();
    EXPECT_FALSE(store_->verify());
}

TEST_P(EvidenceContract, AChangedEventIsFound) {
    fill();
    tamper("event", "update event set sealed = " + bytes("00") + " where position = 2");
    EXPECT_EQ(defect(), 2);
}

TEST_P(EvidenceContract, AChangedDigestIsFound) {
    fill();
    tamper("event", "update event set occurred = occurred + 1 where position = 4");
    EXPECT_EQ(defect(), 4);
}

TEST_P(EvidenceContract, AnEventMovedToAnotherStreamIsFound) {
    fill();
    // Bob's only message becomes Ann's fourth event; her status makes room for it.
    tamper("event",
           "delete from event where position = 6;"
           "update event set stream = (select stream from event where position = 1), version = 4"
           " where position = 5");
    EXPECT_EQ(defect(), 4) << "the seal of its batch doesn't fit any more";
}

TEST_P(EvidenceContract, ARemovedLastBatchOfEventsIsFound) {
    fill();
    tamper("event", "delete from event where position = 6");
    EXPECT_EQ(defect(), 6);
}

TEST_P(EvidenceContract, AChangedSealIsFound) {
    fill();
    tamper("seal", "update seal set recorded = recorded + 1 where first = 4");
    EXPECT_EQ(defect(), 4);
}

TEST_P(EvidenceContract, AnEventWithoutASealIsFound) {
    fill();
    tamper("seal", "delete from seal where first = 6");
    EXPECT_EQ(defect(), 6);
}

TEST_P(EvidenceContract, AnErasedPersonStillVerifiesAndReadsAsRedacted) {
    fill();
    const auto stream = *log().find(person("ann"));
    database_.execute(
        "delete from stream_key where stream = (select stream from event"
        " where position = 1)");
    EXPECT_FALSE(store_->verify());
    const auto events = log().read_stream(stream, 0, 10);
    ASSERT_EQ(events.size(), 4u);
    EXPECT_TRUE(events[1].redacted);
    EXPECT_EQ(events[1].body, events::blank(events[1].clear.type));
    EXPECT_FALSE(log().read_all(3, 1).front().redacted) << "bob's events are still there";
}

TEST_P(EvidenceContract, TheDatabaseRefusesToChangeHistory) {
    fill();
    std::vector<std::string> refused{"update event set gate = 0", "delete from event",
                                     "update seal set count = 1", "delete from seal",
                                     "insert into event select * from event where position = 1"};
    if (GetParam() == Kind::postgresql) {
        refused.insert(refused.end(), {"truncate event", "truncate seal",
                                       "insert into event select * from event where position = 1"
                                       " on conflict (position) do update set gate = 0"});
    } else {
        refused.insert(refused.end(),
                       {"insert or replace into event select * from event where position = 1",
                        "insert or replace into event select position + 100, stream, version + 100,"
                        " gate, id, type, schema, recorded, occurred, correlation, causation, code,"
                        " counts, key, print, digest, sealed from event where position = 1",
                        "replace into seal select first, count, recorded, x'00' from seal",
                        "update or replace event set position = 2 where position = 1"});
    }
    for (const auto& sql : refused) EXPECT_ANY_THROW(database_.execute(sql)) << sql;
    EXPECT_FALSE(store_->verify());
    EXPECT_EQ(log().head(), 6);
}

TEST_P(EvidenceContract, NothingPersonalIsReadableInTheRows) {
    auto event = message("secret-wamid", "a very secret text");
    std::get<events::MessageReceived>(std::get<events::ConversationEvent>(event.body)).phone =
        "15550001111";
    append(fact(person("secret-bsuid", {"15550001111"}), {event}));
    std::string stored;
    const auto add = [&](const auto& row) {
        for (int column = 0; column < 3; ++column) stored += row.blob(column);
    };
    const auto* sql = "select sealed, counts, print from event";
    if (GetParam() == Kind::postgresql) {
        db::pg::Connection(database_.url()).each(sql, add);
    } else {
        db::sqlite::Connection(database_.file(), db::sqlite::Mode::read_only).each(sql, add);
    }
    for (const auto* word : {"secret", "1555"}) {
        EXPECT_EQ(stored.find(word), std::string::npos) << word;
    }
}

TEST_P(EvidenceContract, BothStoresKeepTheVectorAndItsDigest) {
    store_.reset();
    db::Request request;
    request.stream = *parse_uuid("0f0e0d0c-0b0a-4908-8706-050403020100");
    db::Row row;
    row.clear = full_clear();
    row.sealed = "sealed bytes";
    row.digest = events::digest_of(row.clear, row.sealed);
    request.rows.push_back(row);
    std::vector<db::Stored> stored;
    if (GetParam() == Kind::postgresql) {
        db::pg::Writer(database_.url()).append({&request});
        db::Pool<db::pg::Connection> pool(
            1, [&] { return std::make_unique<db::pg::Connection>(database_.url()); });
        stored = db::LogReader(pool).all(0, 10);
    } else {
        db::sqlite::Connection connection(database_.file(), db::sqlite::Mode::read_write);
        db::sqlite::Writer(connection).append({&request});
        db::Pool<db::sqlite::Connection> pool(1, [&] {
            return std::make_unique<db::sqlite::Connection>(database_.file(),
                                                            db::sqlite::Mode::read_only);
        });
        stored = db::LogReader(pool).all(0, 10);
    }
    ASSERT_EQ(stored.size(), 1u);
    EXPECT_EQ(hex_of(stored[0].digest), full_digest);
    EXPECT_EQ(hex_of(events::digest_of(stored[0].clear, stored[0].sealed)), full_digest);
    store_ = database_.open();
    EXPECT_FALSE(store_->verify());
}

}  // namespace
}  // namespace contract
