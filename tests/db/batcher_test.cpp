#include "db/batcher.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/db/requests.hpp"

namespace {

using db::Batcher;
using std::chrono::seconds;
using testing_db::from;
using testing_db::id;
using testing_db::mac;
using testing_db::request;

const Batcher::Time start{};

bool offer(Batcher& batcher, db::Request what, Batcher::Time now = start) {
    db::Waiting waiting{std::move(what), nullptr, now};
    return batcher.offer(waiting);
}
/// The first event ids of a batch's requests.
std::vector<events::EventId> ids_of(const std::vector<db::Waiting>& batch) {
    std::vector<events::EventId> ids;
    for (const auto& one : batch) ids.push_back(one.request.rows.front().clear.id);
    return ids;
}
using Ids = std::vector<events::EventId>;

TEST(Batcher, TakesAllThatWaitInOrder) {
    Batcher batcher{{}};
    EXPECT_TRUE(batcher.take().empty());
    for (const int number : {3, 1, 2}) offer(batcher, request({number}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(3), id(1), id(2)}));
    EXPECT_TRUE(batcher.empty());
}

TEST(Batcher, KeepsABatchBelowItsEvents) {
    Batcher batcher{{.batch_events = 3}};
    offer(batcher, request({1, 2}));
    offer(batcher, request({3, 4}));
    offer(batcher, request({5}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(3), id(5)}));
}

TEST(Batcher, KeepsABatchBelowItsBytes) {
    Batcher batcher{{.batch_bytes = 1'500}};
    offer(batcher, request({1}, 1'000));
    offer(batcher, request({2}, 1'000));
    EXPECT_EQ(batcher.take().size(), 1u);
    EXPECT_EQ(batcher.take().size(), 1u);
}

TEST(Batcher, LetsALargeRequestThroughAlone) {
    Batcher batcher{{.batch_events = 2}};
    offer(batcher, request({1, 2, 3, 4}));
    offer(batcher, request({5}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(5)}));
}

TEST(Batcher, HoldsBackAnIdThatTheBatchHas) {
    Batcher batcher{{}};
    auto elsewhere = request({4});
    elsewhere.stream = id(-2);
    offer(batcher, request({1}));
    offer(batcher, request({2, 1}));
    offer(batcher, request({3}));
    offer(batcher, elsewhere);
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1), id(4)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2), id(3)}))
        << "a stream's requests keep their order";
}

TEST(Batcher, KeepsPersonsApartWhoShareSomeAliases) {
    const db::Aliases both{db::AliasKind::bsuid, mac(1), mac(2), std::nullopt};
    const db::Aliases phone{db::AliasKind::bsuid, std::nullopt, mac(2), std::nullopt};
    const db::Aliases other{db::AliasKind::bsuid, mac(3), mac(4), std::nullopt};
    Batcher batcher{{}};
    offer(batcher, from(both, 1));
    offer(batcher, from(phone, 2));
    offer(batcher, from(both, 3));
    offer(batcher, from(other, 4));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1), id(4)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(3)}));
}

TEST(Batcher, NobodyOvertakesAnEarlierRequestOfTheSamePerson) {
    const db::Aliases phone{db::AliasKind::bsuid, std::nullopt, mac(2), std::nullopt};
    const db::Aliases both{db::AliasKind::bsuid, mac(1), mac(2), std::nullopt};
    const db::Aliases bsuid{db::AliasKind::bsuid, mac(1), std::nullopt, std::nullopt};
    Batcher batcher{{}};
    offer(batcher, from(phone, 1));
    offer(batcher, from(both, 2));
    offer(batcher, from(phone, 3));
    offer(batcher, from(bsuid, 4));
    offer(batcher, request({2, 5}));  // an id that the one behind has too
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(3), id(4), id(2)}));
}

/// Requests of one person of which no two in a row fit into one batch.
void offer_flood(Batcher& batcher, int count) {
    const db::Aliases phone{db::AliasKind::bsuid, std::nullopt, mac(2), std::nullopt};
    const db::Aliases both{db::AliasKind::bsuid, mac(1), mac(2), std::nullopt};
    for (int i = 0; i < count; ++i) offer(batcher, from(i % 2 == 0 ? phone : both, i));
}

TEST(Batcher, AQueueFullOfOnePersonIsSoonThrough) {
    Batcher batcher{{}};
    offer_flood(batcher, 8'192);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ids_of(batcher.take()), (Ids{id(i)}));
    // Looking over the whole queue each time takes several times as long.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
}

TEST(Batcher, WhoIsBehindAFloodOfOnePersonDoesntWaitForIt) {
    Batcher batcher{{}};
    constexpr int flood = 2'000;
    offer_flood(batcher, flood);
    offer(batcher, request({flood}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(0), id(flood)}));
}

TEST(Batcher, WhatWaitedElsewhereBeforeExpiresSooner) {
    Batcher batcher{{}};
    offer(batcher, request({1}), start + seconds(5));
    offer(batcher, request({2}), start + seconds(1));
    offer(batcher, request({3}), start + seconds(5));
    EXPECT_EQ(batcher.next_expiry(), start + seconds(8));
    EXPECT_EQ(ids_of(batcher.expired(start + seconds(8))), (Ids{id(2)}));
    EXPECT_EQ(batcher.next_expiry(), start + seconds(12));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1), id(3)}));
    EXPECT_FALSE(batcher.next_expiry());
}

TEST(Batcher, IsFullByRequestsAndByBytes) {
    Batcher few{{.queue_requests = 2}};
    EXPECT_TRUE(offer(few, request({1})));
    EXPECT_TRUE(offer(few, request({2})));
    EXPECT_FALSE(offer(few, request({3})));
    few.take();
    EXPECT_TRUE(offer(few, request({3})));
    Batcher small{{.queue_bytes = 1'000}};
    EXPECT_TRUE(offer(small, request({1}, 500)));
    EXPECT_FALSE(offer(small, request({2}, 500)));
    small.drain();
    EXPECT_TRUE(offer(small, request({2}, 500)));
}

TEST(Batcher, GivesUpOnWhatHasWaitedForTooLong) {
    Batcher batcher{{}};
    EXPECT_FALSE(batcher.next_expiry());
    offer(batcher, request({1}), start);
    offer(batcher, request({2}), start + seconds(3));
    EXPECT_EQ(batcher.next_expiry(), start + seconds(7));
    EXPECT_TRUE(batcher.expired(start + seconds(6)).empty());
    EXPECT_EQ(ids_of(batcher.expired(start + seconds(7))), (Ids{id(1)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2)}));
}

TEST(Batcher, EveryRequestLeavesOnceInOrderAndNoBatchMeetsItself) {
    EXPECT_TRUE(rc::check([] {
        const auto offered = *rc::gen::container<std::vector<std::vector<int>>>(
            rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 60)));
        Batcher batcher{{.batch_events = 10}};
        std::size_t wanted = 0, left = 0;
        for (const auto& numbers : offered) {
            const std::set<int> ids(numbers.begin(), numbers.end());
            if (ids.empty()) continue;
            offer(batcher, request({ids.begin(), ids.end()}), start + seconds(wanted++));
        }
        while (!batcher.empty()) {
            const auto batch = batcher.take();
            std::size_t events = 0;
            std::set<events::EventId> ids;
            for (const auto& one : batch) {
                for (const auto& row : one.request.rows) RC_ASSERT(ids.insert(row.clear.id).second);
                events += one.request.rows.size();
                RC_ASSERT(one.since == start + seconds(left++));
            }
            RC_ASSERT(batch.size() == 1u || events <= 10u);
        }
        RC_ASSERT(left == wanted);
    }));
}

}  // namespace
