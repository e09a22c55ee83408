#include "tests/contract/views.hpp"

namespace contract {
namespace {

/// Rebuilt tables in the place of the live ones.
class ExchangeContract : public ViewsStage {
protected:
    /// Begins a rebuild that holds this already; the checkpoint of its tables.
    Checkpoint begin_next(std::int64_t position, const Changes& changes = {},
                          const Parking& parking = {}) {
        views().begin_rebuild(messages());
        const auto next = views().checkpoint(messages(), Copy::next);
        EXPECT_TRUE(views().save(messages(), Copy::next, changes, parking, next, position));
        return {position, next.generation};
    }
};
FOR_BOTH_STORES(ExchangeContract);

TEST_P(ExchangeContract, ARebuildEqualsTheLiveTablesWhileTrafficGoesOn) {
    const auto history = RandomHistory::numbered(4);
    const auto half = history.events.size() / 2;
    tell(history, 0, half);
    db::ViewsRunner runner(*store_);
    std::thread traffic([&] { tell(history, half); });
    for (int round = 0; round < 2; ++round) {
        for (const auto& projection : all_projections()) {
            EXPECT_EQ(runner.rebuild(projection.name), db::ViewsRunner::Rebuilt::done);
        }
    }
    traffic.join();
    for (const auto& projection : all_projections()) {
        EXPECT_TRUE(runner.wait(projection.name, log().head(), std::chrono::seconds(30)));
    }
    expect_exact("live");
    std::vector<std::string> live;
    for (const auto* table : messages().tables) {
        live.push_back(content_hash(views(), *table, Copy::live));
    }
    EXPECT_EQ(runner.rebuild("messages"), db::ViewsRunner::Rebuilt::done);
    expect_exact("rebuilt");
    for (std::size_t i = 0; i < live.size(); ++i) {
        EXPECT_EQ(content_hash(views(), *messages().tables[i], Copy::live), live[i]);
    }
}

TEST_P(ExchangeContract, ARebuiltTableKeepsItsIndexesAndKeys) {
    const std::string count = GetParam() == Kind::sqlite
                                  ? "select count(*) from sqlite_master where tbl_name = 'Message'"
                                  : "select count(*) from pg_indexes where tablename = 'Message'";
    const auto before = database_.number(count);
    EXPECT_GT(before, 5);
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(rebuilt(messages()));
        EXPECT_EQ(database_.number(count), before);
    }
}

TEST_P(ExchangeContract, TablesThatAreBehindAreNotExchanged) {
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {}, {0, 0}, 10));
    const auto next = begin_next(9);
    EXPECT_FALSE(views().swap(messages()));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{10, 0}));
    ASSERT_TRUE(views().save(messages(), Copy::next, {}, {}, next, 12));
    EXPECT_TRUE(views().swap(messages()));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{12, 1}));
    EXPECT_FALSE(views().save(messages(), Copy::live, {}, {}, {10, 0}, 11))
        << "it was computed from the tables that are gone";
}

TEST_P(ExchangeContract, ParkedStreamsAreShownAndHealedByARebuild) {
    const Parked stopped{stream, 3, "it can't be taken", start, 2};
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {{stopped}}, {0, 0}, 5));
    reopen();
    EXPECT_EQ(parked(messages(), Copy::live), std::vector{stopped});
    EXPECT_TRUE(parked(*projection_named("settings"), Copy::live).empty());
    tell(history_of(5));
    ASSERT_TRUE(rebuilt(messages()));
    EXPECT_TRUE(parked(messages(), Copy::live).empty());
}

TEST_P(ExchangeContract, WhatIsParkedIsExchangedWithItsTables) {
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {{{stream, 3, "healed"}}}, {0, 0}, 5));
    const Parked stopped{testing_projections::id(2), 4, "it can't be taken"};
    begin_next(5, {}, {{stopped}});
    ASSERT_TRUE(views().swap(messages()));
    EXPECT_EQ(parked(messages(), Copy::live), std::vector{stopped});
    EXPECT_TRUE(parked(messages(), Copy::next).empty());
}

TEST_P(ExchangeContract, AnEventThatCannotBeReadParksItsStreamLiveAndRebuilt) {
    const auto other = testing_projections::id(2);
    History history;
    history.open(stream);
    history.open(other);
    history.received(stream, "lost");
    history.received(other, "kept");
    tell_slowly(history);
    const bool is_sqlite = GetParam() == Kind::sqlite;
    database_.execute(std::string(is_sqlite ? "drop trigger event_kept;"
                                            : "alter table event disable trigger closed;") +
                      " update event set sealed = " + (is_sqlite ? "x'00'" : "'\\x00'") +
                      " where position = 3");
    db::ViewsRunner runner(*store_);
    for (const auto& projection : all_projections()) {
        ASSERT_TRUE(runner.wait(projection.name, 4, std::chrono::seconds(10)));
        const auto stopped = parked(projection, Copy::live);
        ASSERT_EQ(stopped.size(), 1u);
        EXPECT_EQ(stopped[0].stream, stream);
        EXPECT_EQ(stopped[0].position, 3);
        EXPECT_EQ(runner.rebuild(projection.name), db::ViewsRunner::Rebuilt::done);
        EXPECT_EQ(parked(projection, Copy::live), stopped);
    }
    expect_exact("with one stream parked");
    EXPECT_EQ(stored(info_of<Message>()).size(), 1u);
}

TEST_P(ExchangeContract, WhatAnExchangeLeavesGoesAFewRowsAtATime) {
    constexpr std::int64_t count = 3'000;
    Changes changes{{&info_of<Client>(), {}, {}}};
    for (std::int64_t i = 1; i <= count; ++i) {
        const auto id = testing_projections::id(static_cast<std::uint64_t>(i));
        changes[0].rows.push_back(cells_of(Client{.id = i, .stream = id, .created_at = start}));
    }
    ASSERT_TRUE(views().save(messages(), Copy::live, changes, {}, {0, 0}, 1));
    for (int round = 0; round < 2; ++round) {
        begin_next(1, changes);
        ASSERT_TRUE(views().swap(messages()));
        EXPECT_EQ(stored(info_of<Client>()).size(), static_cast<std::size_t>(count));
        if (GetParam() == Kind::sqlite) {
            EXPECT_EQ(database_.number("select count(*) from \"Client_old\""), count)
                << "the exchange itself deletes nothing";
        }
    }
    std::size_t steps = 0;
    while (views().discard_some(messages())) ++steps;
    if (GetParam() == Kind::sqlite) {
        EXPECT_GT(steps, messages().tables.size());
        EXPECT_EQ(database_.number("select count(*) from sqlite_master where name like '%_old'"),
                  0);
    }
    EXPECT_EQ(stored(info_of<Client>()).size(), static_cast<std::size_t>(count));
}

TEST_P(ExchangeContract, AnErasedConversationIsRebuiltWithoutItsTexts) {
    History history;
    history.open(stream);
    const auto message = history.received(stream, "my secret");
    const auto attempt = history.intend(stream, turn, {message});
    history.report<events::MessageRead>(stream, "w1");
    history.accept(stream, turn, attempt, "w1");
    tell(history);
    follow_all();
    const auto counted = stored(info_of<MessageMetrics>());
    database_.execute("delete from stream_key");
    reopen();
    for (const auto& projection : all_projections()) {
        ASSERT_TRUE(rebuilt(projection));
    }
    expect_exact("erased");
    const auto rows = thread(views(), conversation(views(), 1)->conversation, {}, 10);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].status, domain::Delivery::read) << "joined by the keyed mark alone";
    EXPECT_EQ(rows[1].content, "[erased]");
    EXPECT_EQ(stored(info_of<MessageMetrics>()), counted);
    EXPECT_EQ(conversation(views(), 1)->client->phone, std::nullopt);
    EXPECT_TRUE(open_work(views(), {}, 10).empty());
}

}  // namespace
}  // namespace contract
