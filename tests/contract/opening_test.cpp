#include <sys/stat.h>

#include <fstream>

#include "tests/contract/stores.hpp"

namespace contract {
namespace {

/// What `open_store` says where it refuses; empty where it doesn't.
std::string refusal(const db::Options& options) {
    try {
        db::open_store(options);
        return "";
    } catch (const db::StoreError& error) {
        return error.what();
    }
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

class OpeningContract : public Contract {
protected:
    db::Options changed(const std::function<void(db::Options&)>& change) const {
        auto options = database_.options();
        change(options);
        return options;
    }
};
FOR_BOTH_STORES(OpeningContract);

TEST_P(OpeningContract, AWrongMasterKeyIsRefused) {
    store_.reset();
    EXPECT_SAYS(refusal(changed([](auto& o) { o.master_key_hex = std::string(64, 'f'); })),
                "master key");
    EXPECT_EQ(refusal(database_.options()), "");
}

TEST_P(OpeningContract, AWrongMasterKeyChangesNothing) {
    store_.reset();
    database_.execute("delete from event_type");
    refusal(changed([](auto& o) { o.master_key_hex = std::string(64, 'f'); }));
    EXPECT_EQ(database_.number("select count(*) from event_type"), 0);
}

TEST_P(OpeningContract, ALostSpecialKeyIsSaidAndNotReplaced) {
    append(fact(person("ann"), {message("m1")}));
    store_.reset();
    database_.execute("delete from special_key where name = 'send'");
    EXPECT_SAYS(refusal(database_.options()), "restore it from a backup");
    EXPECT_EQ(database_.number("select count(*) from special_key"), 5);
    database_.execute("delete from special_key");
    EXPECT_SAYS(refusal(database_.options()), "restore it from a backup");
    EXPECT_SAYS(refusal(changed([](auto& o) { o.read_only = true; })), "restore it from a backup");
    EXPECT_EQ(database_.number("select count(*) from special_key"), 0);
}

TEST_P(OpeningContract, AMalformedMasterKeyIsRefused) {
    store_.reset();
    EXPECT_SAYS(refusal(changed([](auto& o) { o.master_key_hex = "12"; })), "64 hexadecimal");
}

TEST_P(OpeningContract, ANewerSchemaIsRefused) {
    store_.reset();
    database_.execute("insert into migration values (9999, 'later', 'ab', 0)");
    EXPECT_SAYS(refusal(database_.options()), "newer");
    EXPECT_SAYS(refusal(changed([](auto& o) { o.read_only = true; })), "newer");
}

TEST_P(OpeningContract, AChangedMigrationIsRefused) {
    store_.reset();
    database_.execute("update migration set sha256 = 'ab' where number = 1");
    EXPECT_SAYS(refusal(database_.options()), "changed");
}

TEST_P(OpeningContract, AnOlderSchemaIsRefusedUnlessMigratingIsAllowed) {
    const Database empty(GetParam());
    auto options = empty.options();
    options.migrate = false;
    EXPECT_SAYS(refusal(options), "hilo migrate");
    options.migrate = true;
    EXPECT_EQ(refusal(options), "");
    options.migrate = false;
    EXPECT_EQ(refusal(options), "");
}

TEST_P(OpeningContract, AReadOnlyStoreReadsBesideAWriterAndAppendsNothing) {
    append(fact(person("ann"), {message("m1")}));
    const auto reader = db::open_store(changed([](auto& o) { o.read_only = true; }));
    EXPECT_EQ(reader->log().head(), 1);
    EXPECT_EQ(reader->log().read_all(0, 10).front().body, message("m1").body);
    EXPECT_FALSE(reader->verify());
    EXPECT_THROW(events::append_now(reader->log(), fact(person("ann"), {message("m2")})),
                 std::logic_error);
}

TEST_P(OpeningContract, EventTypesHaveNamesForPeopleWhoReadWithSql) {
    EXPECT_EQ(database_.number("select count(*) from event_type"),
              static_cast<std::int64_t>(events::all_types().size()));
    EXPECT_EQ(database_.number("select code from event_type where name = 'MessageReceived'"), 4);
}

TEST_P(OpeningContract, AMarkThatWeSentIsReadBackAfterARestart) {
    const auto mark = store_->keys().send_mark(id("stream"), id("attempt"));
    reopen();
    const auto read = store_->keys().read_send_mark(mark);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->stream, id("stream"));
    EXPECT_EQ(read->attempt, id("attempt"));
}

TEST(OpeningSqlite, AMasterKeyIsMadeBesideTheFileAndSaid) {
    const Database database(Kind::sqlite);
    auto options = database.options();
    options.master_key_hex.reset();
    {
        const auto store = db::open_store(options);
        ASSERT_EQ(store->notices().size(), 1u);
        EXPECT_SAYS(store->notices().front(), "hilo.db.key");
        events::append_now(store->log(), fact(person("ann"), {message("m1")}));
    }
    for (const auto* one : {"", ".key"}) {
        struct stat file {};
        ASSERT_EQ(stat((database.file() + one).c_str(), &file), 0);
        EXPECT_EQ(file.st_mode & 0777, 0600u) << "the file" << one;
    }
    const auto again = db::open_store(options);
    EXPECT_TRUE(again->notices().empty());
    EXPECT_FALSE(again->log().read_all(0, 1).front().redacted);
}

TEST(OpeningSqlite, ALostKeyFileIsSaidAndNotReplaced) {
    const Database database(Kind::sqlite);
    auto options = database.options();
    options.master_key_hex.reset();
    db::open_store(options).reset();
    std::filesystem::remove(database.file() + ".key");
    EXPECT_SAYS(refusal(options), "is gone");
    EXPECT_FALSE(std::filesystem::exists(database.file() + ".key"));
}

TEST(OpeningSqlite, ASecondWriterIsRefused) {
    const Database database(Kind::sqlite);
    auto first = database.open();
    EXPECT_SAYS(refusal(database.options()), "in use");
    first.reset();
    EXPECT_EQ(refusal(database.options()), "");
}

TEST(OpeningSqlite, AFileIsOneHoweverItIsNamed) {
    const Database database(Kind::sqlite);
    auto options = database.options();
    options.master_key_hex.reset();
    const auto first = db::open_store(options);
    const auto link = database.file() + "-link";
    std::filesystem::create_symlink(database.file(), link);
    const auto folder = std::filesystem::path(database.file()).parent_path();
    for (const auto& name : {link, (folder / "." / "hilo.db").string()}) {
        options.url = "sqlite:" + name;
        EXPECT_SAYS(refusal(options), "in use");
    }
    options.url = "sqlite:" + link;
    options.read_only = true;
    EXPECT_EQ(refusal(options), "") << "its key stands beside the file itself";
}

TEST(OpeningPostgresql, WhatMayLoseMessagesIsSaid) {
    const Database database(Kind::postgresql);
    EXPECT_TRUE(database.open()->notices().empty());
    database.execute(
        "do $$ begin execute format('alter database %I set synchronous_commit = off',"
        " current_database()); end $$");
    const auto store = database.open();
    ASSERT_EQ(store->notices().size(), 1u);
    EXPECT_SAYS(store->notices()[0], "synchronous_commit = off");
}

TEST(OpeningPostgresql, AServerWithAnotherIsolationServesAsWell) {
    const Database database(Kind::postgresql);
    database.execute(
        "do $$ begin execute format('alter database %I set default_transaction_isolation = %L',"
        " current_database(), 'repeatable read'); end $$");
    // Or an append that waited for the log's lock would see the log as it was before.
    const auto isolation =
        db::pg::Connection(database.url()).query("select current_setting('transaction_isolation')");
    EXPECT_EQ(isolation.bytes(0, 0), "read committed");
    const auto store = database.open();
    EXPECT_EQ(store->renew_leases().held.size(), std::size_t{events::slice_count});
    const auto append = [&](const std::string& name) {
        return events::append_now(store->log(), fact(person("ann"), {message(name)})).outcome;
    };
    EXPECT_EQ(append("m1"), Outcome::appended);
    EXPECT_EQ(append("m2"), Outcome::appended);
}

TEST(OpeningPostgresql, NoMasterKeyIsRefused) {
    const Database database(Kind::postgresql);
    auto options = database.options();
    options.master_key_hex.reset();
    EXPECT_SAYS(refusal(options), "HILO_MASTER_KEY");
}

TEST(OpeningPostgresql, ManyProcessesMayOpenANewDatabaseAtOnce) {
    const Database database(Kind::postgresql);
    std::vector<std::thread> threads;
    std::atomic<int> opened{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            database.open();
            ++opened;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(opened, 4);
}

TEST(Opening, AnUnknownUrlIsRefusedWithTheRightOnes) {
    EXPECT_SAYS(refusal({"mysql://localhost/hilo", master_key, false, true}), "postgresql://");
    EXPECT_SAYS(refusal({"sqlite:", master_key, false, true}), "names no file");
    EXPECT_SAYS(refusal({"postgresql://localhost:1/hilo", master_key, false, true}), "PostgreSQL");
    EXPECT_SAYS(refusal({"sqlite:/no/such/file.db", master_key, true, true}), "no database");
}

}  // namespace
}  // namespace contract
