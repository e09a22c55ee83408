#include "crypto/random.hpp"
#include "db/verify.hpp"
#include "tests/contract/stores.hpp"

namespace contract {
namespace {

using crypto::parse_uuid;

// The vectors of docs/events.md, "Digest and seal", computed by another implementation.
constexpr const char* a_digest = "8425f5230e0e85e75dd964b8e6e6ad2bca4298356529b6f39d0a6d4b4c4e29d1";
constexpr const char* b_digest = "20c6cdede6c7d69b8c92089fd12d4bcdedb3c966ec4d3e4353e01987f1a8713f";
constexpr const char* first_seal =
    "ed68a02b10251acfb8335a121fd1cada335adba639933c7af178429d00ff97fb";
constexpr const char* second_seal =
    "284ff03f78bd97ca2502a5bd0840b5546a1ca664e64a0b2baa8fd16edc2271bf";
const auto vector_stream = *parse_uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479");
const auto occurred = *events::parse_iso8601("2026-11-20T18:47:03.250000Z");
const auto recorded = *events::parse_iso8601("2026-11-20T18:47:03.300000Z");
constexpr std::string_view a_sealed = "ciphertext";

events::Clear a_clear() {
    events::Clear clear{*parse_uuid("018f3c2e-6a00-7000-8000-000000000001"),
                        22,
                        1,
                        occurred,
                        parse_uuid("018f3c2e-6a00-7000-8000-0000000000aa"),
                        parse_uuid("018f3c2e-6a00-7000-8000-0000000000bb"),
                        131047,
                        {1, -2},
                        parse_uuid("00112233-4455-4677-8899-aabbccddeeff"),
                        {}};
    for (std::uint8_t i = 0; i < 16; ++i) clear.print[i] = i;
    return clear;
}

events::Clear b_clear() {
    events::Clear clear;
    clear.id = *parse_uuid("018f3c2e-6a00-7000-8000-000000000002");
    clear.type = 7;
    clear.occurred = occurred;
    return clear;
}

/// As the sealer would offer them.
db::Request vector_request() {
    db::Request request;
    request.stream = vector_stream;
    for (const auto& [clear, sealed] : {std::pair(a_clear(), a_sealed), {b_clear(), ""}}) {
        db::Row row;
        row.clear = clear;
        row.gating = events::type_with(clear.type)->gating;
        row.sealed = sealed;
        row.digest = events::digest_of(clear, sealed);
        request.rows.push_back(row);
    }
    return request;
}

std::string hex_of(const crypto::Digest& digest) { return crypto::hex(crypto::view(digest)); }

TEST(EvidenceVectors, DigestsAreThoseOfTheDocument) {
    EXPECT_EQ(hex_of(events::digest_of(a_clear(), a_sealed)), a_digest);
    EXPECT_EQ(hex_of(events::digest_of(b_clear(), "")), b_digest);
}

TEST(EvidenceVectors, SealsAreThoseOfTheDocument) {
    const auto a = events::digest_of(a_clear(), a_sealed), b = events::digest_of(b_clear(), "");
    const auto first = events::seal_of(events::genesis_seal, 1, recorded,
                                       {{vector_stream, 1, a}, {vector_stream, 2, b}});
    EXPECT_EQ(hex_of(first), first_seal);
    EXPECT_EQ(hex_of(events::seal_of(crypto::view(first), 3, recorded, {{vector_stream, 3, a}})),
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

TEST_P(EvidenceContract, WhatIsRecordedGoesOnFromWhereAClockWasAnHourAhead) {
    fill();
    const auto last = "select max(recorded) from seal";
    tamper("seal", "update seal set recorded = recorded + 3600000000");
    const auto ahead = database_.number(last);
    append(fact(person("ann"), {message("m4")}));
    EXPECT_EQ(database_.number("select recorded from event order by position desc limit 1"), ahead);
    EXPECT_EQ(database_.number(last), ahead);
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
           "update event set stream = (select stream from event where position = 1), version = 4,"
           " gate = 4 where position = 5");
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

TEST_P(EvidenceContract, AChangedSealByteIsFound) {
    fill();
    const std::string flipped = "c3" + std::string(62, '0');
    tamper("seal", "update seal set seal = " + bytes(flipped) + " where first = 4");
    EXPECT_EQ(defect(), 4);
}

TEST_P(EvidenceContract, AChangedGateIsFound) {
    fill();
    // Ann's status: the gate before it stands.
    for (const std::string gate : {"4", "2"}) {
        tamper("event", "update event set gate = " + gate + " where position = 6");
        EXPECT_EQ(defect(), 6);
    }
    tamper("event", "update event set gate = 3 where position = 6");
    EXPECT_EQ(defect(), -1);
    tamper("event", "update event set gate = 0 where position = 5");
    EXPECT_EQ(defect(), 5);
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

TEST_P(EvidenceContract, BothStoresKeepTheVectorsAndSealThemAsTheDocumentSays) {
    store_.reset();
    const auto request = vector_request();
    std::vector<db::Stored> stored;
    std::vector<events::StoredSeal> seals;
    const auto read = [&](auto& pool) {
        db::LogReader reader(pool);
        stored = reader.all(0, 10);
        seals = reader.seals(0, 10);
    };
    if (GetParam() == Kind::postgresql) {
        db::pg::Writer(database_.url()).append({&request});
        db::Pool<db::pg::Connection> pool(
            1, [&] { return std::make_unique<db::pg::Connection>(database_.url()); });
        read(pool);
    } else {
        db::sqlite::Connection connection(database_.file(), db::sqlite::Mode::read_write);
        db::sqlite::Writer(connection).append({&request});
        db::Pool<db::sqlite::Connection> pool(1, [&] {
            return std::make_unique<db::sqlite::Connection>(database_.file(),
                                                            db::sqlite::Mode::read_only);
        });
        read(pool);
    }
    ASSERT_EQ(stored.size(), 2u);
    EXPECT_EQ(hex_of(stored[0].digest), a_digest);
    EXPECT_EQ(hex_of(events::digest_of(stored[0].clear, stored[0].sealed)), a_digest);
    EXPECT_EQ(hex_of(stored[1].digest), b_digest);
    EXPECT_EQ(hex_of(events::digest_of(stored[1].clear, stored[1].sealed)), b_digest);
    ASSERT_EQ(seals.size(), 1u);
    const auto expected = events::seal_of(
        events::genesis_seal, 1, events::from_micros(seals[0].recorded),
        {{vector_stream, 1, stored[0].digest}, {vector_stream, 2, stored[1].digest}});
    EXPECT_EQ(seals[0].seal, crypto::view(expected));
    store_ = database_.open();
    EXPECT_FALSE(store_->verify());
}

TEST_P(EvidenceContract, TheVerifierPassesTheFirstBatchOfTheDocument) {
    const auto id_of = [&](const std::string& digits) {
        return GetParam() == Kind::postgresql ? "'" + digits + "'::uuid" : bytes(digits);
    };
    const auto row = [&](int version, const events::Clear& clear, std::string_view sealed) {
        const auto optional = [&](const std::optional<crypto::Uuid>& id) {
            return id ? id_of(crypto::hex(id->view())) : "null";
        };
        const auto gate = events::type_with(clear.type)->gating ? version : version - 1;
        return "insert into event values (" + std::to_string(version) + ", " +
               id_of(crypto::hex(vector_stream.view())) + ", " + std::to_string(version) + ", " +
               std::to_string(gate) + ", " + id_of(crypto::hex(clear.id.view())) + ", " +
               std::to_string(clear.type) + ", 1, " + std::to_string(events::micros(recorded)) +
               ", " + std::to_string(events::micros(clear.occurred)) + ", " +
               optional(clear.correlation) + ", " + optional(clear.causation) + ", " +
               (clear.code ? std::to_string(*clear.code) : "null") + ", " +
               bytes(crypto::hex(events::pack(clear.counts))) + ", " + optional(clear.key) + ", " +
               bytes(crypto::hex(crypto::view(clear.print))) + ", " +
               bytes(version == 1 ? a_digest : b_digest) + ", " + bytes(crypto::hex(sealed)) + ");";
    };
    database_.execute(row(1, a_clear(), a_sealed) + row(2, b_clear(), "") +
                      "insert into seal values (1, 2, " + std::to_string(events::micros(recorded)) +
                      ", " + bytes(first_seal) + ")");
    EXPECT_EQ(defect(), -1);
    append(fact(person("ann"), {message("m1")}));
    EXPECT_EQ(defect(), -1) << "what follows is chained to it";
}

TEST_P(EvidenceContract, AnEventThatCannotBeReadHoldsUpNobodyElse) {
    fill();
    const auto ann = *log().find(person("ann")), bob = *log().find(person("bob"));
    tamper("event", "update event set sealed = " + bytes("00") + " where position = 2;" +
                        "update event set type = 999 where position = 3");
    const auto all = log().read_all(0, 10);
    ASSERT_EQ(all.size(), 6u);
    for (const auto& event : all) {
        EXPECT_EQ(event.defect.empty(), event.position != 2 && event.position != 3);
    }
    EXPECT_EQ(all[1].body, events::blank(all[1].clear.type));
    EXPECT_EQ(log().read_stream(bob, 0, 10).size(), 2u);
    EXPECT_EQ(log().read_stream(ann, 3, 10).size(), 1u);
    try {
        log().read_stream(ann, 0, 10);
        ADD_FAILURE() << "whoever decides must not decide by half of a stream";
    } catch (const std::exception& error) {
        const std::string said = error.what();
        EXPECT_NE(said.find("position 2 "), std::string::npos) << said;
        EXPECT_NE(said.find("not as it was sealed"), std::string::npos) << said;
    }
}

TEST_P(EvidenceContract, APageOfTheLogOrOfAStreamIsBoundedByItsBytesToo) {
    constexpr int count = 6;
    const std::string large(4 << 20, 'x');
    for (int i = 0; i < count; ++i) {
        append(fact(person("ann"), {message("m" + std::to_string(i), large)}));
    }
    std::vector<std::size_t> pages;
    for (std::int64_t after = 0;;) {
        const auto page = log().read_all(after, 500);
        if (page.empty()) break;
        for (const auto& event : page) EXPECT_EQ(event.position, ++after);
        pages.push_back(page.size());
    }
    EXPECT_EQ(pages, (std::vector<std::size_t>{4, 2}));
    EXPECT_EQ(log().read_all(0, 3).size(), 3u);
    const auto stream = log().find(person("ann")).value();
    EXPECT_EQ(log().read_stream(stream, 0, 500).size(), 4u);
    EXPECT_EQ(log().read_stream(stream, 4, 500).size(), 2u);
    EXPECT_EQ(log().read_stream(stream, 0, 3).size(), 3u);
    EXPECT_FALSE(store_->verify());
}

}  // namespace
}  // namespace contract
