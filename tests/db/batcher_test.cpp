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
    offer(batcher, request({1}));
    offer(batcher, request({2, 1}));
    offer(batcher, request({3}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1), id(3)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2)}));
}

TEST(Batcher, KeepsPersonsApartWhoShareSomeAliases) {
    const db::Aliases both{db::AliasKind::bsuid, mac(1), mac(2), std::nullopt};
    const db::Aliases phone{db::AliasKind::bsuid, std::nullopt, mac(2), std::nullopt};
    Batcher batcher{{}};
    offer(batcher, from(both, 1));
    offer(batcher, from(phone, 2));
    offer(batcher, from(both, 3));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(1), id(3)}));
    EXPECT_EQ(ids_of(batcher.take()), (Ids{id(2)}));
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

TEST(Batcher, EveryRequestLeavesOnceAndNoBatchMeetsItself) {
    EXPECT_TRUE(rc::check([] {
        const auto offered = *rc::gen::container<std::vector<std::vector<int>>>(
            rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 60)));
        Batcher batcher{{.batch_events = 10}};
        std::size_t wanted = 0, left = 0;
        for (const auto& numbers : offered) {
            const std::set<int> ids(numbers.begin(), numbers.end());
            if (!ids.empty()) wanted += offer(batcher, request({ids.begin(), ids.end()}));
        }
        while (!batcher.empty()) {
            const auto batch = batcher.take();
            std::size_t events = 0;
            std::set<events::EventId> ids;
            for (const auto& one : batch) {
                for (const auto& row : one.request.rows) RC_ASSERT(ids.insert(row.clear.id).second);
                events += one.request.rows.size();
            }
            RC_ASSERT(batch.size() == 1u || events <= 10u);
            left += batch.size();
        }
        RC_ASSERT(left == wanted);
    }));
}

}  // namespace
