#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class MarksContract : public Contract {};
FOR_BOTH_STORES(MarksContract);

TEST_P(MarksContract, AdvanceAndNeverGoBack) {
    EXPECT_EQ(store_->marks().get("a"), std::nullopt);
    store_->marks().advance("a", at(1'700'000'000));
    store_->marks().advance("b", at(1'600'000'000));
    EXPECT_EQ(store_->marks().get("a"), at(1'700'000'000));
    store_->marks().advance("a", at(1'699'999'999));
    EXPECT_EQ(store_->marks().get("a"), at(1'700'000'000));
    store_->marks().advance("a", at(1'700'000'001));
    reopen();
    EXPECT_EQ(store_->marks().get("a"), at(1'700'000'001));
    EXPECT_EQ(store_->marks().get("b"), at(1'600'000'000));
}

}  // namespace
}  // namespace contract
