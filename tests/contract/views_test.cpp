#include <atomic>
#include <fstream>

#include "db/views_runner.hpp"
#include "projections/queries.hpp"
#include "tests/contract/stores.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

namespace {

using namespace contract;
using testing_projections::History;
using testing_projections::MemoryViews;
using testing_projections::RandomHistory;
using namespace projections;
using projections::Copy;

const auto stream = testing_projections::id(1);
const auto turn = testing_projections::id(77);
const auto start = testing_projections::start;

class ViewsContract : public Contract {
protected:
    Views& views() { return store_->views(); }

    /// Appends what a history tells, from one event to another.
    void tell(const History& history, std::size_t from = 0, std::size_t to = SIZE_MAX) {
        Answers answers;
        for (auto i = from; i < std::min(to, history.events.size()); ++i) {
            const auto& one = history.events[i];
            const auto& clear = one.clear;
            answers.send(log(), {one.stream,
                                 {{clear.id, one.body, clear.occurred, clear.correlation,
                                   clear.causation, When::always}},
                                 std::nullopt});
        }
        for (const auto& answer : answers.wait()) {
            ASSERT_EQ(answer.outcome, Outcome::appended);
        }
    }
    /// One append after the other, so that each is recorded later than the one before.
    void tell_slowly(const History& history) {
        for (std::size_t i = 0; i < history.events.size(); ++i) tell(history, i, i + 1);
    }
    void follow(const Projection& projection, std::size_t batch = 500) {
        Follower follower(log(), views(), projection, Copy::live, batch);
        while (follower.step() != Follower::Step::nothing) {
        }
    }
    void follow_all(std::size_t batch = 500) {
        for (const auto& projection : all_projections()) follow(projection, batch);
    }
    MemoryViews::Rows stored(const TableInfo& table) {
        MemoryViews::Rows rows;
        for (auto& row : views().select(Copy::live, {.table = &table, .limit = 1'000'000})) {
            const Cells key(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(table.keys));
            EXPECT_TRUE(rows.emplace(key, std::move(row)).second);
        }
        return rows;
    }
    /// The stored tables are what the log says, as folded in memory from its beginning.
    void expect_exact(const std::string& when) {
        const auto events = log().read_all(0, 1'000'000);
        for (const auto& projection : all_projections()) {
            MemoryViews expected;
            testing_projections::follow(events, expected, projection);
            for (const auto* table : projection.tables) {
                EXPECT_EQ(stored(*table), expected.rows(*table)) << table->name << " " << when;
            }
        }
    }
    const Projection& messages() { return *projection_named("messages"); }
};
FOR_BOTH_STORES(ViewsContract);

TEST_P(ViewsContract, StoredTablesAreTheFoldOfTheLog) {
    const auto history = RandomHistory::numbered(1);
    ASSERT_GT(history.events.size(), 40u);
    const auto half = history.events.size() / 2;
    tell(history, 0, half);
    follow_all(1);
    expect_exact("event by event");
    tell(history, half);
    follow_all(6);
    expect_exact("in batches");
}

TEST_P(ViewsContract, ARebuildEqualsTheLiveTablesWhileTrafficGoesOn) {
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

TEST_P(ViewsContract, ARebuiltTableKeepsItsIndexesAndKeys) {
    const std::string count = GetParam() == Kind::sqlite
                                  ? "select count(*) from sqlite_master where tbl_name = 'Message'"
                                  : "select count(*) from pg_indexes where tablename = 'Message'";
    const auto before = database_.number(count);
    EXPECT_GT(before, 5);
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(rebuild(log(), views(), messages(), [](std::int64_t) { return true; }));
        EXPECT_EQ(database_.number(count), before);
    }
}

TEST_P(ViewsContract, TheSameRowsHaveTheSameHashAndOthersDoNot) {
    const auto& table = info_of<Client>();
    const auto empty = content_hash(views(), table, Copy::live);
    History history;
    history.open(stream);
    tell(history);
    follow(messages());
    const auto one = content_hash(views(), table, Copy::live);
    EXPECT_NE(one, empty);
    database_.execute("update \"Client\" set name = 'Eve'");
    EXPECT_NE(content_hash(views(), table, Copy::live), one);
}

TEST_P(ViewsContract, ASaveFromAnotherCheckpointWritesNothing) {
    Client client{.id = 1, .stream = stream, .created_at = start};
    const Changes changes{{&info_of<Client>(), {cells_of(client)}, {}}};
    EXPECT_FALSE(views().save(messages(), Copy::live, changes, {}, {5, 0}, 10));
    EXPECT_FALSE(views().save(messages(), Copy::live, changes, {}, {0, 1}, 10));
    EXPECT_TRUE(stored(info_of<Client>()).empty());
    EXPECT_TRUE(views().save(messages(), Copy::live, changes, {}, {0, 0}, 10));
    EXPECT_EQ(stored(info_of<Client>()).size(), 1u);
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{10, 0}));
}

TEST_P(ViewsContract, ASaveThatFailsLeavesTheCheckpoint) {
    Client client{.id = 1, .stream = stream, .created_at = start};
    auto cells = cells_of(client);
    cells[1].reset();  // "stream" may not be NULL
    EXPECT_ANY_THROW(
        views().save(messages(), Copy::live, {{&info_of<Client>(), {cells}, {}}}, {}, {0, 0}, 10));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), Checkpoint{});
}

TEST_P(ViewsContract, TablesThatAreBehindAreNotExchanged) {
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {}, {0, 0}, 10));
    views().begin_rebuild(messages());
    const auto next = views().checkpoint(messages(), Copy::next);
    ASSERT_TRUE(views().save(messages(), Copy::next, {}, {}, next, 9));
    EXPECT_FALSE(views().swap(messages()));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{10, 0}));
    ASSERT_TRUE(views().save(messages(), Copy::next, {}, {}, {9, next.generation}, 12));
    EXPECT_TRUE(views().swap(messages()));
    EXPECT_EQ(views().checkpoint(messages(), Copy::live), (Checkpoint{12, 1}));
    EXPECT_FALSE(views().save(messages(), Copy::live, {}, {}, {10, 0}, 11))
        << "it was computed from the tables that are gone";
}

TEST_P(ViewsContract, ParkedStreamsAreShownAndHealedByARebuild) {
    const Parked parked{stream, 3, "it can't be taken"};
    ASSERT_TRUE(views().save(messages(), Copy::live, {}, {parked}, {0, 0}, 5));
    reopen();
    EXPECT_EQ(views().parked(messages(), Copy::live), std::vector{parked});
    EXPECT_TRUE(views().parked(*projection_named("settings"), Copy::live).empty());
    History history;
    for (int i = 0; i < 5; ++i)
        history.open(testing_projections::id(10 + static_cast<unsigned>(i)));
    tell(history);
    ASSERT_TRUE(rebuild(log(), views(), messages(), [](std::int64_t) { return true; }));
    EXPECT_TRUE(views().parked(messages(), Copy::live).empty());
}

TEST_P(ViewsContract, AnyTextIsKept) {
    History history;
    history.open(stream);
    const std::string odd = "quote ' \" \\ {} , NULL \n \U0001F600";
    history.received(stream, odd);
    history.received(stream, std::string("null\0byte", 9));
    history.received(stream, "");
    tell(history);
    follow(messages());
    const auto rows = thread(views(), conversation(views(), stream)->conversation, {}, 10);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[2].content, odd);
    EXPECT_EQ(rows[1].content, "null\uFFFDbyte");
    EXPECT_EQ(rows[0].content, "");
}

TEST_P(ViewsContract, PlainSqlOverTheMessagesGivesTheDays) {
    tell(RandomHistory::numbered(5));
    follow(messages(), 7);
    const std::string day = GetParam() == Kind::sqlite ? "substr(\"createdAt\", 1, 10)"
                                                       : "(\"createdAt\" at time zone 'UTC')::date";
    // Days that differ in any number, or stand on one side only.
    const auto sum =
        "select " + day +
        " as date, count(case when sender = 'agent' and \"acceptedAt\" is not null then 1 end) as "
        "s,"
        " count(case when sender = 'agent' and \"deliveryStatus\" in ('DELIVERED', 'READ', "
        "'PLAYED')"
        " then 1 end) as d, count(case when \"deliveryStatus\" = 'FAILED' then 1 end) as f,"
        " count(case when sender = 'client' then 1 end) as r, count(suppressed) as x"
        " from \"Message\" where part is not null or (sender = 'client' and source <> 'history')"
        " group by 1";
    const std::string days =
        "select date, \"totalSent\", delivered, failed, received, suppressed from "
        "\"MessageMetrics\"";
    EXPECT_GT(database_.number("select count(*) from \"MessageMetrics\" where \"totalSent\" > 0"),
              0);
    EXPECT_EQ(database_.number("select count(*) from (select * from (" + sum + ") as a except " +
                               days + ") as b"),
              0);
    EXPECT_EQ(database_.number("select count(*) from (" + days + " except select * from (" + sum +
                               ") as a) as b"),
              0);
}

// ---- Queries ----------------------------------------------------------------------------------

TEST_P(ViewsContract, ConversationsComeInPagesTheLatestFirst) {
    History history;
    for (unsigned i = 1; i <= 5; ++i) history.open(testing_projections::id(i));
    for (unsigned i : {3u, 1u}) history.received(testing_projections::id(i), "hi");
    tell_slowly(history);
    follow(messages());
    std::vector<std::int64_t> ids;
    std::optional<Cursor> place;
    for (;;) {
        const auto page = conversations(views(), place, 2);
        if (page.empty()) break;
        EXPECT_LE(page.size(), 2u);
        for (const auto& one : page) {
            ids.push_back(one.conversation.id);
            ASSERT_TRUE(one.client);
            EXPECT_EQ(one.client->id, one.conversation.client_id);
        }
        const auto& last = page.back().conversation;
        place = Cursor{last.last_message_at, last.id};
    }
    EXPECT_EQ(ids, (std::vector<std::int64_t>{1, 3, 5, 4, 2}));
    EXPECT_EQ(client(views(), 3)->name, "Ana");
    EXPECT_EQ(conversation(views(), 99), std::nullopt);
}

TEST_P(ViewsContract, AThreadShowsThePersonsOtherConversationToo) {
    const auto younger = testing_projections::id(2);
    History history;
    history.open(stream);
    history.open(younger);
    history.received(stream, "one");
    history.received(younger, "two");
    history.add(younger, events::ConversationLinked{stream});
    history.received(stream, "three");
    tell_slowly(history);
    follow(messages());
    const auto talk = conversation(views(), 1)->conversation;
    const auto rows = thread(views(), talk, {}, 2);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].content, "three");
    EXPECT_EQ(rows[1].content, "two");
    const auto rest = thread(views(), talk, Cursor{rows[1].created_at, rows[1].id}, 2);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].content, "one");
}

TEST_P(ViewsContract, DueWorkIsTheMostUrgentFirst) {
    History history;
    for (unsigned i = 1; i <= 4; ++i) history.open(testing_projections::id(i));
    for (unsigned i : {2u, 1u, 3u}) history.received(testing_projections::id(i), "hi");
    tell_slowly(history);
    follow_all();
    const auto later = std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now() + std::chrono::hours(1));
    const auto first = due_work(views(), later, {}, 2);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].stream, testing_projections::id(2));
    const auto rest = due_work(views(), later, first[1], 2);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].stream, testing_projections::id(3));
    EXPECT_TRUE(due_work(views(), start - std::chrono::hours(24 * 365 * 50), {}, 2).empty());
    EXPECT_EQ(open_work(views(), 10).size(), 3u);
}

TEST_P(ViewsContract, SettingsAreWhatWasSaved) {
    EXPECT_EQ(settings(views()), std::nullopt);
    ASSERT_EQ(append({events::settings_stream, {setting("s1")}, std::nullopt}).outcome,
              Outcome::appended);
    follow_all();
    EXPECT_TRUE(settings(views())->ai_enabled);
    EXPECT_EQ(settings(views())->version, 1);
}

TEST_P(ViewsContract, DaysComeTheNewestFirst) {
    History history;
    history.open(stream);
    history.received(stream, "hi");
    tell(history);
    follow(messages());
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    EXPECT_EQ(metrics(views(), today - std::chrono::days(1), today, 10).size(), 1u);
    EXPECT_TRUE(
        metrics(views(), today + std::chrono::days(1), today + std::chrono::days(2), 10).empty());
}

// ---- Erasure and the runner -------------------------------------------------------------------

TEST_P(ViewsContract, AnErasedConversationIsRebuiltWithoutItsTexts) {
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
        ASSERT_TRUE(rebuild(log(), views(), projection, [](std::int64_t) { return true; }));
    }
    expect_exact("erased");
    const auto rows = thread(views(), conversation(views(), 1)->conversation, {}, 10);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].status, domain::Delivery::read) << "joined by the keyed mark alone";
    EXPECT_EQ(rows[1].content, "[erased]");
    EXPECT_EQ(stored(info_of<MessageMetrics>()), counted);
    EXPECT_EQ(conversation(views(), 1)->client->phone, std::nullopt);
    EXPECT_TRUE(open_work(views(), 10).empty());
}

TEST_P(ViewsContract, TheRunnerFollowsWithoutBeingAsked) {
    db::ViewsRunner runner(*store_);
    History history;
    history.open(stream);
    history.received(stream, "hi");
    tell(history);
    EXPECT_TRUE(runner.wait("messages", 2, std::chrono::seconds(10)));
    EXPECT_FALSE(runner.wait("messages", 3, std::chrono::milliseconds(50)));
    EXPECT_FALSE(runner.wait("no such thing", 1, std::chrono::seconds(10)));
    EXPECT_TRUE(eventually([&] { return runner.caught_up(); }));
    for (const auto& state : runner.states()) {
        EXPECT_EQ(state.error, "");
        EXPECT_EQ(state.status.position, 2) << state.status.name;
    }
    EXPECT_EQ(runner.rebuild("Message"), db::ViewsRunner::Rebuilt::unknown_projection);
}

TEST_P(ViewsContract, TheRunnerSaysWhatStopsItAndGoesOn) {
    database_.execute("alter table \"Client\" rename to \"Elsewhere\"");
    db::ViewsRunner runner(*store_);
    History history;
    history.open(stream);
    tell(history);
    EXPECT_TRUE(eventually([&] { return !runner.states()[0].error.empty(); }));
    EXPECT_TRUE(runner.wait("open_work", 1, std::chrono::seconds(10))) << "the others go on";
    database_.execute("alter table \"Elsewhere\" rename to \"Client\"");
    EXPECT_TRUE(runner.wait("messages", 1, std::chrono::seconds(10)));
    EXPECT_TRUE(eventually([&] { return runner.states()[0].error.empty(); }));
}

}  // namespace
