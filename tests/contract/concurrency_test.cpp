#include <thread>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

class ConcurrencyContract : public Contract {};
FOR_BOTH_STORES(ConcurrencyContract);

/// Reads like a follower does, by position alone, until it has seen `count` events.
class Follower {
public:
    Follower(events::Log& log, std::int64_t count)
        : thread_([this, &log, count] {
              const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
              while (after_ < count && std::chrono::steady_clock::now() < until) {
                  for (const auto& step : log.read_steps(after_, 50)) {
                      if (step.position != after_ + 1) missed_ = true;
                      after_ = step.position;
                  }
              }
          }) {}
    ~Follower() { thread_.join(); }
    bool missed_one() {
        thread_.join();
        thread_ = std::thread([] {});
        return missed_;
    }
    std::int64_t last() const { return after_; }

private:
    std::atomic<std::int64_t> after_{0};
    std::atomic<bool> missed_{false};
    std::thread thread_;
};

TEST_P(ConcurrencyContract, FollowersMissNothingWhileManyAppend) {
    constexpr int writers = 4, each = 60;
    Follower follower(log(), writers * each);
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            for (int i = 0; i < each; ++i) {
                const auto name = std::to_string(w) + "/" + std::to_string(i);
                append(fact(person("person" + std::to_string(i % 7)), {message(name)}));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_FALSE(follower.missed_one());
    EXPECT_EQ(follower.last(), writers * each);
    expect_gapless(log());
    EXPECT_FALSE(store_->verify());
}

TEST_P(ConcurrencyContract, OfManyDecisionsFromOneStateOneLands) {
    const auto stream = append(fact(person("ann"), {message("m1")})).stream;
    Answers answers;
    for (int i = 0; i < 30; ++i) {
        answers.send(log(), decision(stream, {hold("h" + std::to_string(i))}, 1));
    }
    int appended = 0;
    for (const auto& answer : answers.wait()) {
        appended += answer.outcome == Outcome::appended;
        if (answer.outcome != Outcome::appended) {
            EXPECT_EQ(answer.outcome, Outcome::conflict);
            EXPECT_EQ(answer.gate, 2);
        }
    }
    EXPECT_EQ(appended, 1);
}

TEST_P(ConcurrencyContract, ManySmallRequestsShareTransactions) {
    constexpr int count = 300;
    Answers answers;
    for (int i = 0; i < count; ++i) {
        answers.send(log(), fact(person(std::to_string(i)), {message(std::to_string(i))}));
    }
    for (const auto& answer : answers.wait()) EXPECT_EQ(answer.outcome, Outcome::appended);
    EXPECT_LT(database_.number("select count(*) from seal"), count / 2);
}

TEST_P(ConcurrencyContract, ClosingAnswersWhatWaits) {
    Answers answers;
    for (int i = 0; i < 500; ++i) {
        answers.send(log(), fact(person(std::to_string(i)), {message(std::to_string(i))}));
    }
    store_.reset();
    std::int64_t appended = 0;
    for (const auto& answer : answers.wait()) {
        if (answer.outcome == Outcome::appended) {
            ++appended;
        } else {
            EXPECT_EQ(answer.outcome, Outcome::full);
        }
    }
    store_ = database_.open();
    EXPECT_EQ(log().head(), appended);
}

}  // namespace
}  // namespace contract
