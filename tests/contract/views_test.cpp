#include "tests/contract/views.hpp"

namespace contract {
namespace {

class ViewsContract : public ViewsStage {};
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

TEST_P(ViewsContract, TheSameRowsHaveTheSameHashAndOthersDoNot) {
    const auto& table = info_of<Client>();
    const auto empty = content_hash(views(), table, Copy::live);
    tell(history_of(1));
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

TEST_P(ViewsContract, RepliesThatNobodyKnowsOfAreFoundTheOldestFirst) {
    Changes changes{{&info_of<Message>(), {}, {}}};
    for (const int number : {3, 1, 2}) {
        Message message;
        message.id = number;
        message.stream = stream;
        message.event_id = testing_projections::id(static_cast<std::uint64_t>(number));
        message.created_at = start + std::chrono::seconds(number);
        message.status = number == 2 ? domain::Delivery::sent : domain::Delivery::unknown;
        changes[0].rows.push_back(cells_of(message));
    }
    ASSERT_TRUE(views().save(messages(), Copy::live, changes, {}, {0, 0}, 1));
    const auto found = projections::unknown_replies(views(), 10);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].id, 1);
    EXPECT_EQ(found[1].id, 3);
    EXPECT_EQ(projections::unknown_replies(views(), 1).size(), 1u);
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
    tell_slowly(history_of(5, {3, 1}));
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
    tell_slowly(history_of(4, {2, 1, 3}));
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
}

TEST_P(ViewsContract, OpenWorkIsTheLongestFirstAndNothingElse) {
    auto history = history_of(4, {2, 1, 3});
    history.add(
        testing_projections::id(1),
        events::ReplySuppressed{turn, {history.events[5].clear.id}, events::Silence::ai_off},
        {turn});
    tell_slowly(history);
    follow_all();
    const auto first = open_work(views(), {}, 1);
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].stream, testing_projections::id(2));
    const auto rest = open_work(views(), first[0], 10);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].stream, testing_projections::id(3));
    EXPECT_TRUE(open_work(views(), rest[0], 10).empty());
    if (GetParam() == Kind::sqlite) {
        db::sqlite::Connection db(database_.file(), db::sqlite::Mode::read_only);
        std::string plan;
        db.each(
            "explain query plan select stream from \"open_work\" where since <= '9999'"
            " order by since, stream",
            [&](const auto& row) { plan += row.text(3); });
        EXPECT_NE(plan.find("open_work_since"), std::string::npos) << plan;
    }
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
    tell(history_of(1, {1}));
    follow(messages());
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    EXPECT_EQ(metrics(views(), today - std::chrono::days(1), today, 10).size(), 1u);
    EXPECT_TRUE(
        metrics(views(), today + std::chrono::days(1), today + std::chrono::days(2), 10).empty());
}

// ---- Erasure and the runner -------------------------------------------------------------------

TEST_P(ViewsContract, TheRunnerFollowsWithoutBeingAsked) {
    db::ViewsRunner runner(*store_);
    tell(history_of(1, {1}));
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
    tell(history_of(1));
    EXPECT_TRUE(eventually([&] { return !runner.states()[0].error.empty(); }));
    EXPECT_TRUE(runner.wait("open_work", 1, std::chrono::seconds(10))) << "the others go on";
    database_.execute("alter table \"Elsewhere\" rename to \"Client\"");
    EXPECT_TRUE(runner.wait("messages", 1, std::chrono::seconds(10)));
    EXPECT_TRUE(eventually([&] { return runner.states()[0].error.empty(); }));
}

}  // namespace
}  // namespace contract
