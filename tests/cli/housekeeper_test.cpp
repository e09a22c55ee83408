#include "cli/housekeeper.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "cli/key_alarm.hpp"

namespace {

using namespace std::chrono_literals;

class KeptOnPaper final : public db::Deliveries {
public:
    bool keep(const crypto::Uuid&, std::string_view, std::string_view) override { return false; }
    std::vector<db::Delivery> list(std::size_t) override { return {}; }
    std::optional<std::string> read(const crypto::Uuid&) override { return std::nullopt; }
    bool mark_replayed(const crypto::Uuid&) override { return false; }
    std::int64_t remove_before(events::Time received) override {
        const std::lock_guard lock(mutex_);
        asked_.push_back(received);
        changed_.notify_all();
        if (asked_.size() == 1) throw std::runtime_error("the store is away");
        return asked_.size() % 2 == 0 ? 3 : 0;
    }
    std::vector<events::Time> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 10s, [&] { return asked_.size() >= count; });
        return asked_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<events::Time> asked_;
};

TEST(Housekeeper, RemovesWhatIsOlderThan30DaysAgainAndAgainWhateverFails) {
    KeptOnPaper deliveries;
    const cli::Housekeeper housekeeper(deliveries, 1ms);
    const auto asked = deliveries.wait_for(3);
    ASSERT_GE(asked.size(), 3U);
    const auto age = std::chrono::system_clock::now() - asked[0];
    EXPECT_GE(age, std::chrono::days(30));
    EXPECT_LT(age, std::chrono::days(30) + 1min);
}

TEST(Housekeeper, BeginsAtOnceAndEndsAtOnce) {
    KeptOnPaper deliveries;
    const auto began = std::chrono::steady_clock::now();
    {
        const cli::Housekeeper housekeeper(deliveries);
        EXPECT_EQ(deliveries.wait_for(1).size(), 1U);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_EQ(deliveries.wait_for(1).size(), 1U) << "the next time is an hour away";
}

// ---- Kapso's key ------------------------------------------------------------------------------

TEST(KeyAlarm, RingsForWhatAPersonMustMendAndForNothingElse) {
    using namespace domain::conversation;
    const auto rings = [](const SendOutcome& outcome) {
        return cli::KeyAlarm().heard(outcome, {});
    };
    for (const int code : {401, 402, 190, 0}) EXPECT_EQ(rings(Rejected{"", code, false, {}}), code);
    for (const int code : {400, 403, 131047, 131026}) {
        EXPECT_EQ(rings(Rejected{"", code, false, {}}), std::nullopt) << code;
    }
    EXPECT_EQ(rings(Rejected{"a refused connection", 0, true, {}}), std::nullopt);
    EXPECT_EQ(rings(Accepted{"wamid.1"}), std::nullopt);
    EXPECT_EQ(rings(Uncertain{"500"}), std::nullopt);
}

TEST(KeyAlarm, RingsOnceAMinute) {
    cli::KeyAlarm alarm;
    const domain::conversation::Rejected refused{"", 401, false, {}};
    const cli::KeyAlarm::Clock::time_point start{};
    EXPECT_EQ(alarm.heard(refused, start), 401);
    EXPECT_EQ(alarm.heard(refused, start + 59s), std::nullopt);
    EXPECT_EQ(alarm.heard(refused, start + 60s), 401);
    EXPECT_EQ(alarm.heard(refused, start + 61s), std::nullopt);
}

}  // namespace
