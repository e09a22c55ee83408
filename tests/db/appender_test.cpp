#include "db/appender.hpp"

#include <gtest/gtest.h>

#include <future>

#include "tests/db/requests.hpp"
#include "tests/support/eventually.hpp"

namespace {

using db::Appender;
using db::Batcher;
using events::Appended;
using events::Outcome;
using std::chrono::milliseconds;
using testing_db::id;
using testing_db::request;

/// A store whose behaviour each test sets; counts what it was asked.
class FakeWriter final : public db::BatchWriter {
public:
    using Behaviour = std::function<Written(const Batch&, int call)>;
    explicit FakeWriter(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}
    Written append(const Batch& batch) override { return behaviour_(batch, ++calls_); }
    int calls() const { return calls_; }

    static Written all(const Batch& batch, Outcome outcome, std::int64_t head = 1) {
        Appended answer;
        answer.outcome = outcome;
        return {std::vector<Appended>(batch.size(), answer), head};
    }

private:
    Behaviour behaviour_;
    std::atomic<int> calls_{0};
};

/// Holds up every write until the test lets it go on.
struct Gate {
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();

    FakeWriter::Behaviour held_up() const {
        return [gone = gone](const auto& batch, int) {
            gone.wait();
            return FakeWriter::all(batch, Outcome::appended);
        };
    }
};

/// An appender over a fake store, with a short patience.
struct Rig {
    explicit Rig(FakeWriter::Behaviour behaviour, Batcher::Limits limits = quick())
        : writer(std::move(behaviour)),
          appender(
              writer, limits, [this](const auto&, const auto&) { ++stored; },
              [this](std::int64_t head) { heard = head; }) {}

    static Batcher::Limits quick() {
        return {
            .patience = milliseconds(300), .grace = milliseconds(100), .hold = milliseconds(200)};
    }

    /// A second answer would throw on the answering thread, and end the test program.
    std::future<Outcome> append(int number, milliseconds waited = milliseconds(0)) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto answer = promise->get_future();
        auto what = request({number});
        what.waited = waited;
        appender.append(std::move(what),
                        [promise](const Appended& a) { promise->set_value(a.outcome); });
        return answer;
    }

    void wait_for_a_write() const {
        EXPECT_TRUE(support::eventually([&] { return writer.calls() > 0; }));
    }

    std::atomic<int> stored{0};
    std::atomic<std::int64_t> heard{0};
    FakeWriter writer;
    Appender appender;
};

TEST(Appender, AnswersOnAnotherThreadAndTellsTheHead) {
    Rig rig([](const auto& batch, int) { return FakeWriter::all(batch, Outcome::appended, 7); });
    std::promise<std::thread::id> thread;
    rig.appender.append(request({1}),
                        [&](const Appended&) { thread.set_value(std::this_thread::get_id()); });
    EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
    EXPECT_EQ(rig.append(2).get(), Outcome::appended);
    EXPECT_EQ(rig.heard, 7);
    EXPECT_EQ(rig.stored, 2);
}

/// The store says "conflict" to every decision that comes behind a fact, as a stream would that
/// takes facts quicker than decisions are made.
TEST(Appender, LetsADecisionThatInsistsComeBeforeTheFactsThatWait) {
    Rig rig([&](const auto& batch, int) {
        auto written = FakeWriter::all(batch, Outcome::appended);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const bool alone = batch.size() == 1;
            if (batch[i]->expect && (i > 0 || alone))
                written.answers[i].outcome = Outcome::conflict;
        }
        return written;
    });
    const auto decide = [&](int number, bool insists) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto answer = promise->get_future();
        auto what = request({number});
        what.expect = events::Expectation{.insists = insists};
        rig.appender.append(std::move(what),
                            [promise](const Appended& a) { promise->set_value(a.outcome); });
        return answer;
    };
    EXPECT_EQ(decide(1, true).get(), Outcome::conflict);
    auto fact = rig.append(2);
    EXPECT_EQ(fact.wait_for(milliseconds(5)), std::future_status::timeout) << "it waits";
    EXPECT_EQ(decide(3, true).get(), Outcome::appended);
    EXPECT_EQ(fact.get(), Outcome::appended);
}

TEST(Appender, WaitsForADecisionNoLongerThanAMoment) {
    Rig rig([&](const auto& batch, int call) {
        return FakeWriter::all(batch, call == 1 ? Outcome::conflict : Outcome::appended);
    });
    auto insists = request({1});
    insists.expect = events::Expectation{.insists = true};
    std::promise<void> answered;
    rig.appender.append(std::move(insists), [&](const Appended&) { answered.set_value(); });
    answered.get_future().get();
    EXPECT_EQ(rig.append(2).get(), Outcome::appended);
}

TEST(Appender, TriesAgainWhereNothingWasWritten) {
    Rig rig([](const auto& batch, int call) {
        if (call < 3) throw db::NotWritten("busy");
        return FakeWriter::all(batch, Outcome::already_there);
    });
    EXPECT_EQ(rig.append(1).get(), Outcome::already_there) << "nothing was in doubt";
    EXPECT_EQ(rig.writer.calls(), 3);
}

TEST(Appender, ReadsBackWhatWasInDoubt) {
    Rig rig([](const auto& batch, int call) {
        if (call == 1) throw std::runtime_error("the connection was lost");
        return FakeWriter::all(batch, Outcome::already_there);
    });
    EXPECT_EQ(rig.append(1).get(), Outcome::appended) << "it was this request that had landed";
    EXPECT_EQ(rig.stored, 0) << "whose key is stored is not known then";
}

TEST(Appender, GivesUpAsFullWhereSurelyNothingWasWritten) {
    Rig rig([](const auto&, int) -> db::BatchWriter::Written { throw db::NotWritten("busy"); });
    EXPECT_EQ(rig.append(1).get(), Outcome::full);
}

TEST(Appender, GivesUpInDoubtWhereTheStoreStaysAway) {
    Rig rig([](const auto&, int call) -> db::BatchWriter::Written {
        if (call == 1) throw std::runtime_error("the connection was lost");
        throw db::NotWritten("can't connect");
    });
    EXPECT_EQ(rig.append(1).get(), Outcome::in_doubt);
}

TEST(Appender, AnswersWhileAWriteHangs) {
    Gate gate;
    Rig rig(gate.held_up(), {.patience = milliseconds(1000), .grace = milliseconds(100)});
    auto hanging = rig.append(1);
    rig.wait_for_a_write();
    EXPECT_EQ(rig.append(2).get(), Outcome::full) << "its patience has an end";
    EXPECT_EQ(hanging.get(), Outcome::in_doubt) << "it may be written yet";
    gate.go.set_value();
    EXPECT_EQ(rig.append(3).get(), Outcome::appended);
    EXPECT_EQ(rig.stored, 2) << "what was written is known, though its answer had gone";
}

TEST(Appender, WhatWaitedElsewhereIsAnsweredSooner) {
    Gate gate;
    Rig rig(gate.held_up(), {.patience = std::chrono::hours(1), .grace = milliseconds(0)});
    auto hanging = rig.append(1, std::chrono::hours(1) - milliseconds(1000));
    rig.wait_for_a_write();
    auto patient = rig.append(2);
    EXPECT_EQ(rig.append(3, std::chrono::hours(1)).get(), Outcome::full);
    EXPECT_EQ(hanging.get(), Outcome::in_doubt);
    gate.go.set_value();
    EXPECT_EQ(patient.get(), Outcome::appended);
}

TEST(Appender, ATryThatFailsEndsItForThoseAloneWhosePatienceIsOver) {
    Gate gate;
    Rig rig(
        [&](const auto& batch, int) {
            gate.gone.wait();  // the others gather
            if (batch[0]->rows[0].clear.id != id(3)) throw db::NotWritten("busy");
            return FakeWriter::all(batch, Outcome::appended);
        },
        {.patience = std::chrono::hours(1), .grace = std::chrono::hours(1)});
    auto first = rig.append(1, std::chrono::hours(1) - milliseconds(50));
    auto late = rig.append(2, std::chrono::hours(1) - milliseconds(200)), patient = rig.append(3);
    gate.go.set_value();
    EXPECT_EQ(first.get(), Outcome::full);
    EXPECT_EQ(late.get(), Outcome::full);
    EXPECT_EQ(patient.get(), Outcome::appended);
}

TEST(Appender, AnswersFullWhereTheQueueIs) {
    Gate gate;
    Rig rig(gate.held_up(), {.queue_requests = 1});
    auto first = rig.append(1);
    rig.wait_for_a_write();
    auto second = rig.append(2), third = rig.append(3);
    EXPECT_EQ(third.get(), Outcome::full);
    gate.go.set_value();
    EXPECT_EQ(first.get(), Outcome::appended);
    EXPECT_EQ(second.get(), Outcome::appended);
}

TEST(Appender, RunsJobsBetweenBatchesAndPassesOnWhatTheyThrow) {
    Rig rig([](const auto& batch, int) { return FakeWriter::all(batch, Outcome::appended); });
    bool ran = false;
    rig.appender.run([&] { ran = true; });
    EXPECT_TRUE(ran);
    EXPECT_THROW(rig.appender.run([] { throw std::invalid_argument("no"); }),
                 std::invalid_argument);
    EXPECT_EQ(rig.append(1).get(), Outcome::appended);
}

TEST(Appender, AJobIsReachedThoughAppendsKeepComing) {
    std::atomic<bool> over{false};
    Rig* running = nullptr;
    std::atomic<int> next{0};
    Rig rig(
        [&](const auto& batch, int) {
            // Another one waits whenever a batch ends.
            if (!over && running != nullptr) {
                running->appender.append(request({++next}), [](const Appended&) {});
            }
            return FakeWriter::all(batch, Outcome::appended);
        },
        {});
    running = &rig;
    rig.append(++next).get();
    rig.appender.run([&] { over = true; });
    EXPECT_TRUE(over);
}

}  // namespace
