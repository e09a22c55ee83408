#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class DeliveriesContract : public Contract {};
FOR_BOTH_STORES(DeliveriesContract);

TEST_P(DeliveriesContract, IsKeptOnceAndReadAsItCame) {
    auto& deliveries = store_->deliveries();
    EXPECT_TRUE(deliveries.keep(id("d1"), "not understood", "{\"a\":1}"));
    EXPECT_FALSE(deliveries.keep(id("d1"), "not understood", "{\"a\":1}"));
    ASSERT_EQ(deliveries.list(10).size(), 1u);
    const auto one = deliveries.list(10).front();
    EXPECT_EQ(one.id, id("d1"));
    EXPECT_EQ(one.reason, "not understood");
    EXPECT_EQ(one.sha256, crypto::hex(crypto::view(crypto::sha256("{\"a\":1}"))));
    EXPECT_EQ(one.replayed, std::nullopt);
    EXPECT_EQ(deliveries.read(id("d1")), "{\"a\":1}");
    EXPECT_EQ(deliveries.read(id("d2")), std::nullopt);
}

TEST_P(DeliveriesContract, IsSealed) {
    store_->deliveries().keep(id("d1"), "why", "personal text");
    const auto* sql = GetParam() == Kind::sqlite
                          ? "select count(*) from delivery where instr(sealed, 'personal') > 0"
                          : "select count(*) from delivery where position('personal'::bytea in"
                            " sealed) > 0";
    EXPECT_EQ(database_.number(sql), 0);
}

TEST_P(DeliveriesContract, ReplayIsMarkedAndOldOnesGo) {
    auto& deliveries = store_->deliveries();
    deliveries.keep(id("d1"), "why", "a");
    EXPECT_TRUE(deliveries.mark_replayed(id("d1")));
    EXPECT_FALSE(deliveries.mark_replayed(id("d2")));
    EXPECT_TRUE(deliveries.list(1).front().replayed);
    const auto received = deliveries.list(1).front().received;
    EXPECT_EQ(deliveries.remove_before(received), 0);
    EXPECT_EQ(deliveries.remove_before(received + events::seconds(1)), 1);
    EXPECT_EQ(deliveries.remove_before(received + events::seconds(1)), 0);
    EXPECT_TRUE(deliveries.list(1).empty());
}

TEST_P(DeliveriesContract, IsReadAfterARestart) {
    store_->deliveries().keep(id("d1"), "why", std::string("\0\xff", 2));
    reopen();
    EXPECT_EQ(store_->deliveries().read(id("d1")), std::string("\0\xff", 2));
}

}  // namespace
}  // namespace contract
