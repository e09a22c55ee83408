#include <fstream>
#include <sstream>

#include "db/views_runner.hpp"
#include "tests/contract/stores.hpp"
#include "tests/support/places.hpp"

/// docs/grants.sql, run as it is.
namespace contract {
namespace {

class Grants : public testing::Test {
protected:
    Grants() : database_(Kind::postgresql) {
        database_.open();  // the owner migrates
        std::ostringstream sql;
        sql << std::ifstream(support::source_dir() + "/docs/grants.sql").rdbuf();
        database_.execute(sql.str());
        database_.execute(sql.str());  // again, as after the next migration
        login("writes", "hilo_writer");
        database_.execute("alter role writes set role hilo_writer");
        login("reads", "hilo_reader");
    }
    ~Grants() override { end_logins(); }
    Grants(const Grants&) = delete;
    Grants& operator=(const Grants&) = delete;

    void login(const std::string& name, const std::string& role) const {
        database_.execute("create role " + name + " login in role " + role);
    }
    /// Roles are the whole server's.
    void end_logins() const {
        for (const std::string name : {"writes", "reads"}) {
            database_.execute("reassign owned by " + name + " to hilo_writer; drop owned by " +
                              name + "; drop role " + name);
        }
    }
    db::Options as(const std::string& name, bool read_only) const {
        auto options = database_.options();
        const std::string owner = "user=postgres";
        options.url.replace(options.url.find(owner), owner.size(), "user=" + name);
        options.read_only = read_only;
        return options;
    }
    std::string refusal(const std::string& name, const std::string& sql) const {
        try {
            db::pg::Connection(as(name, false).url).exec(sql);
        } catch (const db::pg::Error& error) {
            return error.sqlstate;
        }
        return "allowed";
    }

    const Database database_;
};

constexpr auto forbidden = "42501";  // insufficient_privilege

TEST_F(Grants, AWriterServesAndRebuildsAndChangesNoHistory) {
    const auto store = db::open_store(as("writes", false));
    const auto appended =
        events::append_now(store->log(), fact(person("ann"), {opened("ann"), message("m1")}));
    EXPECT_EQ(appended.outcome, Outcome::appended);
    EXPECT_FALSE(store->renew_leases().held.empty());
    db::ViewsRunner runner(*store);
    EXPECT_EQ(runner.rebuild("messages"), db::ViewsRunner::Rebuilt::done);
    EXPECT_EQ(database_.number(R"(select count(*) from "Message")"), 1);
    for (const auto* sql :
         {"update event set code = 1", "delete from event", "truncate event",
          "alter table event disable trigger closed", "drop table event",
          "update seal set count = 2", "delete from seal", "alter table seal disable trigger all",
          "delete from alias", "update message_ref set stream = stream",
          "drop trigger closed on event", "update special_key set name = 'x'",
          "delete from special_key", "delete from migration"}) {
        EXPECT_EQ(refusal("writes", sql), forbidden) << sql;
    }
    EXPECT_FALSE(store->verify());
}

TEST_F(Grants, AReaderReadsAlsoWhatWasRebuiltAndWritesNothing) {
    {
        const auto store = db::open_store(as("writes", false));
        events::append_now(store->log(), fact(person("ann"), {opened("ann"), message("m1")}));
        db::ViewsRunner runner(*store);
        EXPECT_EQ(runner.rebuild("messages"), db::ViewsRunner::Rebuilt::done);
    }
    const auto store = db::open_store(as("reads", true));
    EXPECT_EQ(store->log().head(), 2);
    EXPECT_FALSE(store->verify());
    EXPECT_EQ(refusal("reads", R"(select * from "Message")"), "allowed");
    for (const auto* sql :
         {"insert into seal values (9, 1, 1, '')", "delete from event", "delete from stream_key",
          R"(delete from "Message")", "update lease set owner = ''", "create table x ()",
          "delete from delivery"}) {
        EXPECT_EQ(refusal("reads", sql), forbidden) << sql;
    }
}

}  // namespace
}  // namespace contract
