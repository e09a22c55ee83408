#include "tests/contract/views.hpp"

namespace contract {
namespace {

/// Streams that a projection of a real store has parked.
class ParkedContract : public ViewsStage {
protected:
    void act(events::Act what, std::int64_t position, const std::string& consumer = "messages",
             const events::StreamId& whose = stream) {
        const events::OperatorActed act{what, consumer, whose, position, "Eva", "a test"};
        const NewEvent event{crypto::new_uuid(), Event{act},   at(1'700'000'000),
                             std::nullopt,       std::nullopt, When::always};
        ASSERT_EQ(append({events::operators_stream, {event}, std::nullopt}).outcome,
                  Outcome::appended);
    }
    /// As somebody with access to the database does it.
    void tamper(const std::string& change, std::int64_t position) {
        const bool is_sqlite = GetParam() == Kind::sqlite;
        database_.execute((is_sqlite ? "drop trigger if exists event_kept;"
                                     : "alter table event disable trigger closed;") +
                          (" update event set " + change) +
                          " where position = " + std::to_string(position));
    }
    std::string broken() const { return GetParam() == Kind::sqlite ? "x'00'" : "'\\x00'"; }
    std::vector<std::string> hashes(const Projection& projection) {
        std::vector<std::string> all;
        for (const auto* table : projection.tables) {
            all.push_back(content_hash(views(), *table, Copy::live));
        }
        return all;
    }
    static bool always(std::int64_t) { return true; }
};
FOR_BOTH_STORES(ParkedContract);

TEST_P(ParkedContract, WhatIsParkedIsKeptChangedAndForgotten) {
    const auto other = testing_projections::id(2);
    const Parked one{stream, 7, "first", start, 2, false};
    const Parked two{other, 3, "second", start + std::chrono::hours(1), 0, false};
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {{one, two}}, {0, 0}, 10));
    reopen();
    EXPECT_EQ(parked(messages(), Copy::live), (std::vector{two, one})) << "by position";
    EXPECT_EQ(views().parked(messages(), Copy::live, 1), std::vector{two});
    EXPECT_EQ(views().parked_count(messages(), Copy::live), 2);
    EXPECT_EQ(views().parked_count(messages(), Copy::next), 0);
    EXPECT_EQ(views().parked_among(messages(), Copy::live, {stream, testing_projections::id(9)}),
              std::vector{one});
    EXPECT_TRUE(views().parked_among(messages(), Copy::live, {}).empty());
    EXPECT_EQ(views().resumed(messages(), Copy::live), std::nullopt);

    auto going = one;
    going.resumed = true;
    going.taken = 3;
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {{going}, {other}}, {10, 0}, 11));
    EXPECT_EQ(parked(messages(), Copy::live), std::vector{going});
    EXPECT_EQ(views().resumed(messages(), Copy::live), going);
}

TEST_P(ParkedContract, ASaveThatMovesNothingMakesAnotherGeneration) {
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {}, {0, 0}, 10));
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {}, {10, 0}, 10));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{10, 1}));
    EXPECT_FALSE(views().save(messages(), Copy::live, {}, {}, {10, 0}, 12))
        << "it was computed before a stream caught up";
    EXPECT_TRUE(views().save(messages(), Copy::live, {}, {}, {10, 1}, 12));
}

TEST_P(ParkedContract, ASkippedEventIsMissingAloneLiveAndRebuilt) {
    auto history = RandomHistory::numbered(3);
    History bad;
    const auto apart = testing_projections::id(77);  // of none in the history
    bad.open(apart);
    bad.received(apart, "broken");
    bad.received(apart, "behind it");
    for (auto& one : bad.events) one.clear.id = crypto::new_uuid();
    const auto first = static_cast<std::int64_t>(history.events.size());
    tell(history);
    tell_slowly(bad);
    const auto position = first + 2;
    tamper("sealed = " + broken(), position);
    db::ViewsRunner runner(*store_);
    for (const auto& projection : all_projections()) {
        ASSERT_TRUE(runner.wait(projection.name, log().head(), std::chrono::seconds(10)));
        ASSERT_EQ(parked(projection, Copy::live).size(), 1u) << projection.name;
    }
    for (const auto& projection : all_projections()) {
        act(events::Act::skip, position, std::string(projection.name), apart);
    }
    for (const auto& projection : all_projections()) {
        EXPECT_TRUE(eventually([&] { return parked(projection, Copy::live).empty(); }));
        ASSERT_TRUE(runner.wait(projection.name, log().head(), std::chrono::seconds(10)));
        const auto live = hashes(projection);
        EXPECT_EQ(runner.rebuild(projection.name), db::ViewsRunner::Rebuilt::done);
        EXPECT_EQ(hashes(projection), live) << projection.name;
        EXPECT_TRUE(parked(projection, Copy::live).empty());
    }
    const auto rows = thread(views(), conversation(views(), apart)->conversation, {}, 10);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].content, "behind it");
}

TEST_P(ParkedContract, ATypeOfANewerHiloIsTriedAgainAfterTheUpgrade) {
    History history;
    history.open(stream);
    history.received(stream, "of a newer Hilo");
    tell(history);
    tamper("schema = 99", 2);
    follow(messages());
    act(events::Act::retry, 2);
    follow(messages());
    ASSERT_EQ(parked(messages(), Copy::live).size(), 1u);
    EXPECT_EQ(parked(messages(), Copy::live)[0].since, log().read_all(1, 1)[0].recorded);
    tamper("schema = 1", 2);
    act(events::Act::retry, 2);
    follow(messages());
    EXPECT_TRUE(parked(messages(), Copy::live).empty());
    follow_all();
    expect_exact("after the upgrade");
}

TEST_P(ParkedContract, AnUnreadableEventIsToldFromAStoreThatIsAway) {
    History history;
    history.open(stream);
    history.received(stream, "one");
    history.received(stream, "two");
    tell(history);
    tamper("sealed = " + broken(), 2);
    try {
        log().read_stream(stream, 0, 10);
        ADD_FAILURE() << "it was read";
    } catch (const events::Unreadable& error) {
        EXPECT_EQ(error.event.position, 2);
        EXPECT_EQ(error.event.version, 2);
        EXPECT_EQ(error.event.gate, 2);
    }
    const auto page = events::read_as_it_is(log(), stream, 0, 10);
    ASSERT_EQ(page.size(), 2u);
    EXPECT_TRUE(page[0].defect.empty());
    EXPECT_FALSE(page[1].defect.empty());
    EXPECT_EQ(events::read_as_it_is(log(), stream, 1, 10).size(), 1u);
    EXPECT_EQ(events::read_as_it_is(log(), stream, 2, 10).at(0).version, 3);
    EXPECT_TRUE(events::read_as_it_is(log(), stream, 3, 10).empty());
}

/// SQLite's columns take what they are given.
TEST_P(ParkedContract, ARowThatWasMaimedHoldsUpNoOther) {
    std::vector<std::string> columns{"id", "stream", "key", "correlation", "counts", "print"};
    if (GetParam() != Kind::sqlite) columns.clear();  // PostgreSQL's have their types
    for (const auto& column : columns) {
        History history;
        const auto other = id("beside " + column);
        history.open(other);
        history.received(other, "before");
        history.received(other, "behind");
        for (auto& one : history.events) one.clear.id = crypto::new_uuid();
        tell_slowly(history);
        tamper(column + " = x'01'", log().head() - 1);
        EXPECT_NO_THROW(log().read_all(0, 1'000)) << column;
        EXPECT_NO_THROW(log().read_steps(0, 1'000)) << column;
    }
    History whole;
    whole.open(stream);
    whole.received(stream, "whole");
    for (auto& one : whole.events) one.clear.id = crypto::new_uuid();
    tell(whole);
    follow_all();
    EXPECT_EQ(thread(views(), conversation(views(), stream)->conversation, {}, 10).size(), 1u);
}

TEST_P(ParkedContract, AppendsGoOnWhileALongStreamCatchesUp) {
    History history;
    history.open(stream);
    history.received(stream, "broken");
    for (int i = 0; i < 600; ++i) history.received(stream, "long");
    const auto busy = testing_projections::id(5);
    history.open(busy);
    tell(history);
    tamper("sealed = " + broken(), 2);
    follow(messages());
    act(events::Act::skip, 2);
    db::ViewsRunner runner(*store_);
    std::size_t meanwhile = 0;
    auto slowest = std::chrono::steady_clock::duration::zero();
    while (!parked(messages(), Copy::live).empty()) {
        const auto began = std::chrono::steady_clock::now();
        append({busy, {message("meanwhile " + std::to_string(++meanwhile))}, std::nullopt});
        slowest = std::max(slowest, std::chrono::steady_clock::now() - began);
        ASSERT_LT(meanwhile, 10'000u);
    }
    EXPECT_GE(meanwhile, 3u) << "it was one job";
    EXPECT_LT(slowest, std::chrono::seconds(2));
    EXPECT_EQ(database_.number("select count(*) from \"Message\" where content = 'long'"), 600);
}

}  // namespace
}  // namespace contract
