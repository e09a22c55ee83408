#include <gtest/gtest.h>

#include "projections/conversation.hpp"
#include "projections/metrics.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

/// Streams that a projection has parked, and what a person's act makes of them.
namespace {

using namespace testing_projections;

const auto stream = id(1), other_stream = id(2);

const Projection& messages() { return *projection_named("messages"); }

void follow_to_the_end(Log& log, Views& views, const Projection& projection, Copy copy = Copy::live,
                       std::size_t batch = 500) {
    Follower follower(log, views, projection, copy, batch);
    while (follower.step() != Follower::Step::nothing) {
    }
}

void act(History& history, Act what, std::int64_t position, const StreamId& on = stream,
         const std::string& consumer = "messages") {
    history.add(operators_stream, OperatorActed{what, consumer, on, position, "Eva", "a test"});
}

/// One stream with a bad event at position 3, among another one.
History with_a_bad_event() {
    History history;
    history.open(stream);
    history.open(other_stream);
    history.received(stream, "bad");
    history.events.back().defect = "it is not as it was sealed";
    history.received(stream, "behind it");
    history.received(other_stream, "hi");
    return history;
}

TEST(ParkedStream, GoesOnWithoutTheEventThatAPersonSkips) {
    for (const std::size_t batch : {1u, 2u, 500u}) {
        auto history = with_a_bad_event();
        MemoryViews views;
        MemoryLog log(history.events);
        follow_to_the_end(log, views, messages(), Copy::live, batch);
        EXPECT_EQ(views.all<Message>().size(), 1u);
        act(history, Act::skip, 3);
        history.received(stream, "and more");
        follow_to_the_end(log, views, messages(), Copy::live, batch);
        EXPECT_TRUE(views.parked(messages()).empty());
        std::vector<std::string> texts;
        for (const auto& row : views.all<Message>()) texts.push_back(row.content);
        EXPECT_EQ(texts, (std::vector<std::string>{"behind it", "hi", "and more"}));
        EXPECT_EQ(views.all<MessageMetrics>()[0].received, 3);
    }
}

TEST(ParkedStream, IsTriedAgainFromThatEventOn) {
    auto history = with_a_bad_event();
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    const auto parked = views.parked(messages());
    act(history, Act::retry, 3);
    follow_to_the_end(log, views, messages());
    EXPECT_EQ(views.parked(messages()), parked) << "it is as bad as before";
    history.events[2].defect.clear();  // as a newer binary reads it
    act(history, Act::retry, 3);
    follow_to_the_end(log, views, messages());
    EXPECT_TRUE(views.parked(messages()).empty());
    EXPECT_EQ(views.all<Message>().size(), 3u);
}

TEST(ParkedStream, MayParkAgainFurtherOn) {
    auto history = with_a_bad_event();
    history.events[3].defect = "nor this one";
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    act(history, Act::skip, 3);
    Follower follower(log, views, messages(), Copy::live);
    follower.step();
    EXPECT_TRUE(follower.newly_parked().empty());
    follower.step();
    ASSERT_EQ(follower.newly_parked().size(), 1u);
    ASSERT_EQ(views.parked(messages()).size(), 1u);
    EXPECT_EQ(views.parked(messages())[0],
              (Parked{stream, 4, "nor this one", start + 4s, 2, false}));
    act(history, Act::skip, 4);
    follow_to_the_end(log, views, messages());
    EXPECT_TRUE(views.parked(messages()).empty());
}

TEST(ParkedStream, HeedsNoActForAnotherPositionStreamOrConsumer) {
    auto history = with_a_bad_event();
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    const auto parked = views.parked(messages());
    act(history, Act::skip, 4);
    act(history, Act::skip, 3, other_stream);
    act(history, Act::skip, 3, stream, "open_work");
    act(history, Act::skip, 3, stream, "conversations");
    act(history, Act::skip, 3);
    history.events.back().defect = "an act that can't be read";
    follow_to_the_end(log, views, messages());
    EXPECT_EQ(views.parked(messages())[0], parked[0]);
    EXPECT_EQ(views.all<Message>().size(), 1u);
    act(history, Act::skip, 3);  // the operators' stream is parked by now, and heeded all the same
    follow_to_the_end(log, views, messages());
    ASSERT_EQ(views.parked(messages()).size(), 1u);
    EXPECT_EQ(views.parked(messages())[0].stream, operators_stream);
}

/// Each step writes a few events of it at most, and the others go on meanwhile.
TEST(ParkedStream, CatchesUpAFewEventsAtATimeBesideTheOthers) {
    auto history = with_a_bad_event();
    for (int i = 0; i < 100; ++i) history.received(stream, "long");
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    act(history, Act::skip, 3);
    Follower follower(log, views, messages(), Copy::live);
    follower.step();  // takes the act
    std::size_t rows = views.all<Message>().size(), steps = 0;
    while (!views.parked(messages()).empty()) {
        history.received(other_stream, "meanwhile");
        EXPECT_EQ(follower.step(), Follower::Step::saved);
        const auto now = views.all<Message>().size();
        EXPECT_LE(now - rows, catch_up_limit + 1) << "more than one batch";
        EXPECT_EQ(views.checkpoint(messages(), Copy::live).position, log.head());
        rows = now;
        ++steps;
    }
    EXPECT_GT(steps, 100 / catch_up_limit);
    EXPECT_EQ(rows, 102 + steps);
}

/// Two processes: whoever computed from tables that have caught up meanwhile writes nothing.
TEST(ParkedStream, IsCaughtUpOnceThoughTwoFollow) {
    struct Late final : Views {
        explicit Late(MemoryViews& of) : views(of) {}
        MemoryViews& views;
        std::function<void()> meanwhile;

        Checkpoint checkpoint(const Projection& p, Copy c) override {
            return views.checkpoint(p, c);
        }
        std::vector<Parked> parked(const Projection& p, Copy c, std::size_t n) override {
            return views.parked(p, c, n);
        }
        std::int64_t parked_count(const Projection& p, Copy c) override {
            return views.parked_count(p, c);
        }
        std::vector<Parked> parked_among(const Projection& p, Copy c,
                                         const std::vector<StreamId>& s) override {
            return views.parked_among(p, c, s);
        }
        std::optional<Parked> resumed(const Projection& p, Copy c) override {
            return views.resumed(p, c);
        }
        std::vector<Cells> load(Copy c, const Lookup& l) override { return views.load(c, l); }
        bool save(const Projection& p, Copy c, const Changes& changes, const Parking& parking,
                  Checkpoint from, std::int64_t to) override {
            if (meanwhile) std::exchange(meanwhile, nullptr)();
            return views.save(p, c, changes, parking, from, to);
        }
        std::vector<Cells> select(Copy c, const Select& s) override { return views.select(c, s); }
        void begin_rebuild(const Projection& p) override { views.begin_rebuild(p); }
        bool swap(const Projection& p) override { return views.swap(p); }
        bool discard_some(const Projection& p) override { return views.discard_some(p); }
    };
    auto history = with_a_bad_event();
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    act(history, Act::skip, 3);
    Follower(log, views, messages(), Copy::live).step();
    history.received(stream, "behind the act");
    // One is about to save a batch that passes over the parked stream, while the other catches up.
    Late late(views);
    late.meanwhile = [&] {
        late.meanwhile = [&] {  // at the save of the batch, which comes second
            log.stop_at(6);
            follow_to_the_end(log, views, messages());
            log.stop_at(SIZE_MAX);
        };
    };
    EXPECT_EQ(Follower(log, late, messages(), Copy::live).step(), Follower::Step::refused);
    follow_to_the_end(log, views, messages());
    EXPECT_TRUE(views.parked(messages()).empty());
    EXPECT_EQ(views.all<Message>().size(), 3u);
    EXPECT_EQ(views.all<MessageMetrics>()[0].received, 3);
}

/// Bad events at random; a person skips or retries at random moments; live and rebuilt tables are
/// the same row for row, and what is parked too (P7).
TEST(ParkedStream, RebuiltTablesEqualTheLiveOnesWhateverWasSkipped) {
    EXPECT_TRUE(rc::check([] {
        auto history = RandomHistory(true).make();
        for (auto& one : history.events) {
            if (*rc::gen::inRange(0, 12) == 0) one.defect = "bad";
        }
        for (const auto& projection : all_projections()) {
            auto told = history;
            MemoryViews views;
            MemoryLog log(told.events);
            auto known = told.events.size() / 2;
            log.stop_at(known);
            for (int round = 0; round < 6; ++round) {
                follow_to_the_end(log, views, projection, Copy::live,
                                  static_cast<std::size_t>(*rc::gen::inRange(1, 20)));
                known = told.events.size();  // an act comes at the head
                log.stop_at(known);
                follow_to_the_end(log, views, projection);
                for (const auto& one : views.parked(projection)) {
                    const int choice = *rc::gen::inRange(0, 3);
                    if (choice < 2) {
                        act(told, choice == 0 ? Act::skip : Act::retry, one.position, one.stream,
                            std::string(projection.name));
                    }
                }
                log.stop_at(told.events.size());
                Follower(log, views, projection, Copy::live, 3).step();
            }
            follow_to_the_end(log, views, projection);
            const auto live = views.content(projection);
            const auto parked = views.parked(projection);
            RC_ASSERT(rebuild(log, views, projection, [](std::int64_t) { return true; }));
            RC_ASSERT(views.content(projection) == live);
            RC_ASSERT(views.parked(projection) == parked);
        }
    }));
}

TEST(ParkedStream, WhatWasSkippedStaysSkippedThoughItCouldBeTakenByNow) {
    auto history = with_a_bad_event();
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    act(history, Act::skip, 3);
    follow_to_the_end(log, views, messages());
    const auto live = views.content(messages());
    history.events[2].defect.clear();
    ASSERT_TRUE(rebuild(log, views, messages(), [](std::int64_t) { return true; }));
    EXPECT_EQ(views.content(messages()), live);
}

TEST(ParkedStream, ActsThatComeDuringARebuildAreHeededByIt) {
    auto history = with_a_bad_event();
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    bool acted = false;
    ASSERT_TRUE(rebuild(log, views, messages(), [&](std::int64_t) {
        if (!std::exchange(acted, true)) act(history, Act::skip, 3);
        return true;
    }));
    EXPECT_TRUE(views.parked(messages()).empty());
    EXPECT_EQ(views.all<Message>().size(), 2u);
}

TEST(ParkedStream, ItsErrorIsALineThatEveryStoreTakes) {
    auto history = with_a_bad_event();
    history.events[2].defect = "caf\xE9\n\x01" + std::string(10'000, 'x');
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    const auto error = views.parked(messages())[0].error;
    EXPECT_EQ(error.substr(0, 7), "caf???x");
    EXPECT_EQ(error.size(), 300u);
}

TEST(ParkedStream, OfManyTheStatusNamesAHundredAndCountsAll) {
    History history;
    for (unsigned i = 1; i <= 150; ++i) history.received(id(i), "never opened");
    MemoryViews views;
    MemoryLog log(history.events);
    follow_to_the_end(log, views, messages());
    const auto status = statuses(log, views)[0];
    EXPECT_EQ(status.parked.size(), parked_shown);
    EXPECT_EQ(status.parked_count, 150);
}

}  // namespace
