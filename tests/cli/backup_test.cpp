#include "db/sqlite_db.hpp"
#include "tests/cli/stage.hpp"

/// hilo backup and hilo restore, on SQLite. What is answered after one:
/// tests/whole/restore_test.cpp.
namespace tests {
namespace {

class Backup : public CliStage {
protected:
    void SetUp() override {
        serve();
        ASSERT_EQ(run({"settings", "set", "holdMinutes=7"}).code, 0);
    }
    void move_away() {
        stop_serving();
        for (const auto* tail : {"", "-wal", "-shm"}) {
            std::filesystem::remove(folder_ / (std::string("hilo.db") + tail));
        }
    }
    bool is_there(const std::string& file) const { return std::filesystem::exists(folder_ / file); }
};

TEST_F(Backup, IsMadeBesideAServerVerifiedAndComesBack) {
    const auto made = run({"backup", "kept.db", "-o", "json"});
    ASSERT_EQ(made.code, 0) << made.said;
    EXPECT_EQ(made.json()["verdict"], "as it was written");
    EXPECT_EQ(std::filesystem::status(folder_ / "kept.db").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(run({"settings", "set", "holdMinutes=8"}).code, 0);
    move_away();
    const auto restored = run({"restore", "kept.db", "-o", "json"});
    ASSERT_EQ(restored.code, 0) << restored.said;
    EXPECT_EQ(restored.json()["seal"], made.json()["seal"]);
    const auto settings = run({"settings", "get", "-o", "json"}).json();
    EXPECT_EQ(settings["holdMinutes"], 7);
    EXPECT_GT(settings["answersFrom"], 1'700'000'000);
    EXPECT_NE(run({"settings", "history"}).out.find("hilo restore"), std::string::npos);
    EXPECT_EQ(run({"audit", "verify"}).code, 0);
    EXPECT_FALSE(is_there("hilo.db.restoring"));
}

TEST_F(Backup, WritesOverNothing) {
    ASSERT_EQ(run({"backup", "kept.db"}).code, 0);
    const auto again = run({"backup", "kept.db"});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.said.find("name another file"), std::string::npos) << again.said;
    stop_serving();
    const auto over = run({"restore", "kept.db"});
    EXPECT_EQ(over.code, 1);
    EXPECT_NE(over.said.find("move the database away"), std::string::npos) << over.said;
    EXPECT_EQ(run({"settings", "get", "-o", "json"}).json()["answersFrom"], 0);
}

TEST_F(Backup, ThatWasChangedIsRefusedAndLeavesNothing) {
    ASSERT_EQ(run({"backup", "kept.db"}).code, 0);
    move_away();
    {
        db::sqlite::Connection kept(folder_ / "kept.db", db::sqlite::Mode::read_write);
        kept.exec("drop trigger event_kept");
        kept.run("update event set sealed = ?1 where position = 1", std::string("other"));
    }
    const auto ran = run({"restore", "kept.db"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.said.find("kept.db is not as it was written: position 1"), std::string::npos)
        << ran.said;
    EXPECT_FALSE(is_there("hilo.db"));
    EXPECT_FALSE(is_there("hilo.db.restoring"));
}

TEST_F(Backup, WithoutItsKeyIsRefused) {
    ASSERT_EQ(run({"backup", "kept.db"}).code, 0);
    move_away();
    std::filesystem::rename(folder_ / "hilo.db.key", folder_ / "elsewhere.key");
    const auto without = run({"restore", "kept.db"});
    EXPECT_EQ(without.code, 1);
    EXPECT_NE(without.said.find("put the key file of this database at"), std::string::npos)
        << without.said;
    environment_["HILO_MASTER_KEY"] = std::string(64, 'b');
    EXPECT_EQ(run({"restore", "kept.db"}).code, 1);
    EXPECT_FALSE(is_there("hilo.db"));
    EXPECT_FALSE(is_there("hilo.db.key")) << "none is made for a log that has one";
}

TEST_F(Backup, OfWhatIsNotThere) {
    move_away();
    const auto ran = run({"restore", "nothing.db"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.said.find("there is no database nothing.db"), std::string::npos) << ran.said;
    EXPECT_FALSE(is_there("hilo.db"));
}

}  // namespace
}  // namespace tests
