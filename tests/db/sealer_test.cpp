#include "db/sealer.hpp"

#include <gtest/gtest.h>

#include "events/codec.hpp"

namespace {

using db::Keyring;
using db::Sealer;
using events::Event;
using events::NewEvent;

const auto master = Keyring::parse_master(std::string(64, 'a'));
const Keyring keys(master, Keyring::make(master));
const auto stream = crypto::random_uuid();

NewEvent fact(const std::string& text, const std::string& wamid = "") {
    events::MessageReceived body;
    body.text = text;
    body.wamid = wamid;
    return {crypto::random_uuid(), Event{body},  events::from_micros(1'000'000),
            std::nullopt,          std::nullopt, events::When::always};
}
/// As a database would give it back.
db::Stored stored(const db::Request& request, std::size_t row = 0) {
    db::Stored out;
    out.clear = request.rows[row].clear;
    out.digest = request.rows[row].digest;
    out.sealed = request.rows[row].sealed;
    out.wrapped = request.key.wrapped;
    return out;
}

TEST(Sealer, OpensWhatItSealed) {
    Sealer sealer(keys);
    const auto event = fact("hola");
    const auto request = sealer.seal({stream, {event}, std::nullopt});
    EXPECT_EQ(request.stream, stream);
    EXPECT_EQ(request.rows[0].sealed.find("hola"), std::string::npos);
    EXPECT_EQ(sealer.open(stored(request)).body, event.body);
    EXPECT_EQ(request.rows[0].digest,
              events::digest_of(request.rows[0].clear, request.rows[0].sealed));
}

TEST(Sealer, ASealedPartBelongsToItsEvent) {
    Sealer sealer(keys);
    const auto request = sealer.seal({stream, {fact("a"), fact("b")}, std::nullopt});
    auto moved = stored(request, 0);
    moved.sealed = request.rows[1].sealed;
    const auto read = sealer.open(moved);
    EXPECT_NE(read.defect, "");
    EXPECT_EQ(read.body, events::blank(moved.clear.type));
}

TEST(Sealer, WhatCannotBeReadComesWithItsDefect) {
    Sealer sealer(keys);
    const auto request = sealer.seal({stream, {fact("a")}, std::nullopt});
    EXPECT_EQ(sealer.open(stored(request)).defect, "");
    auto unwrapped = stored(request), newer = unwrapped, unknown = unwrapped, erased = unwrapped;
    unwrapped.wrapped = "not a key";
    newer.clear.schema = 99;
    unknown.clear.type = 999;
    erased.clear.type = 999;
    erased.wrapped.reset();
    for (const auto& one : {unwrapped, newer, unknown, erased}) {
        const auto read = sealer.open(one);
        EXPECT_NE(read.defect, "");
        EXPECT_EQ(read.clear.id, one.clear.id);
    }
}

TEST(Sealer, WithoutItsKeyAnEventIsRedacted) {
    Sealer sealer(keys);
    auto erased = stored(sealer.seal({stream, {fact("a")}, std::nullopt}));
    erased.wrapped.reset();
    const auto read = sealer.open(erased);
    EXPECT_TRUE(read.redacted);
    EXPECT_EQ(read.body, events::blank(erased.clear.type));
}

TEST(Sealer, TheMessageReferenceIsTheLastCount) {
    Sealer sealer(keys);
    const auto with = sealer.seal({stream, {fact("a", "wamid.1")}, std::nullopt});
    const auto without = sealer.seal({stream, {fact("a")}, std::nullopt});
    const auto plain = events::counts_of(fact("a").body);
    EXPECT_EQ(without.rows[0].clear.counts, plain);
    ASSERT_EQ(with.rows[0].clear.counts.size(), plain.size() + 1);
    const auto mac = keys.message_ref("wamid.1");
    EXPECT_EQ(with.rows[0].clear.counts.back(), events::unpack_counts(crypto::view(mac)).front());
}

TEST(Sealer, UsesAKeyAgainOnlyOnceItIsStored) {
    Sealer sealer(keys);
    const auto first = sealer.seal({stream, {fact("a")}, std::nullopt});
    const auto second = sealer.seal({stream, {fact("b")}, std::nullopt});
    EXPECT_NE(first.key.id, second.key.id);
    EXPECT_FALSE(second.key.wrapped.empty());
    sealer.stored(second, stream);
    const auto third = sealer.seal({stream, {fact("c")}, std::nullopt});
    EXPECT_EQ(third.key.id, second.key.id);
    EXPECT_TRUE(third.key.wrapped.empty()) << "it is offered no more";
}

TEST(Sealer, APersonsKeyServesTheStreamThatItWasStoredUnder) {
    Sealer sealer(keys);
    const events::Person ann{"line", "ann", {}, "", true};
    const auto first = sealer.seal({ann, {fact("a")}, std::nullopt});
    sealer.stored(first, stream);
    EXPECT_EQ(sealer.seal({ann, {fact("b")}, std::nullopt}).key.id, first.key.id);
    EXPECT_EQ(sealer.seal({stream, {fact("b")}, std::nullopt}).key.id, first.key.id);
}

TEST(Sealer, OneIdTwiceIsKeptOnceOrContradicts) {
    Sealer sealer(keys);
    auto event = fact("a");
    EXPECT_EQ(sealer.seal({stream, {event, event}, std::nullopt}).rows.size(), 1u);
    auto other = fact("b");
    other.id = event.id;
    EXPECT_TRUE(sealer.seal({stream, {event, other}, std::nullopt}).contradicts);
}

TEST(Sealer, APersonWithoutAnyNameMayOpenNothing) {
    Sealer sealer(keys);
    EXPECT_FALSE(sealer.seal({events::Person{}, {fact("a")}, std::nullopt}).may_open);
}

TEST(KeyCache, ForgetsTheOneUnusedForLongest) {
    db::KeyCache cache(2);
    cache.put("a", {crypto::random_uuid(), {}, 1, {}});
    cache.put("b", {crypto::random_uuid(), {}, 1, {}});
    EXPECT_TRUE(cache.find("a", 1));
    cache.put("c", {crypto::random_uuid(), {}, 1, {}});
    EXPECT_FALSE(cache.find("b", 1));
    EXPECT_TRUE(cache.find("a", 1));
    EXPECT_FALSE(cache.find("a", 2)) << "each month has its keys";
}

}  // namespace
