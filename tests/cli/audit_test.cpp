#include "events/signed_checkpoint.hpp"

#include <sqlite3.h>

#include "tests/cli/stage.hpp"
#include "tests/whole/tables.hpp"

namespace tests {
namespace {

class Audit : public CliStage {
protected:
    /// Settings are changed, so that the log holds as many events; the server ends in peace.
    void write(int events) {
        serve();
        for (int i = 0; i < events; ++i) {
            const auto ran = run({"settings", "set", "holdMinutes=" + std::to_string(i + 1)});
            ASSERT_EQ(ran.code, 0) << ran.said;
        }
        stop_serving();
    }
    void tamper(const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open((folder_ / "hilo.db").c_str(), &db), SQLITE_OK);
        const auto all =
            "drop trigger event_kept; drop trigger event_stays;"
            "drop trigger seal_kept; drop trigger seal_stays;" +
            sql;
        EXPECT_EQ(sqlite3_exec(db, all.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
    /// The log as it was before its last events were cut off, with nothing else changed.
    void cut_off(int position) const {
        const auto at = std::to_string(position);
        tamper("delete from event where position > " + at + "; delete from seal where first > " +
               at);
    }
    Ran verify(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"audit", "verify", "--output", "json"});
        return run(more);
    }
    void keep_checkpoints() const {
        std::filesystem::copy_file(folder_ / "hilo.db.checkpoints", folder_ / "kept");
    }
};

TEST_F(Audit, AServerSignsWhereItsLogEndsAndTheLogIsHeldAgainstIt) {
    write(3);
    const auto ran = verify();
    EXPECT_EQ(ran.code, 0) << ran.said;
    EXPECT_EQ(ran.json()["verdict"], "as it was written");
    EXPECT_EQ(ran.json()["events"], 3);
    EXPECT_GE(ran.json()["checkpoints"], 1) << "one is signed at the end";
    const auto key = run({"audit", "key", "--output", "json"}).json()["key"].get<std::string>();
    EXPECT_TRUE(has(ran.said, key)) << ran.said;
    EXPECT_EQ(verify({"--key", key}).code, 0);
}

TEST_F(Audit, AChangeIsNamed) {
    write(3);
    tamper("update event set code = 7 where position = 2");
    const auto ran = verify();
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.json()["verdict"], "changed");
    EXPECT_EQ(ran.json()["defect"],
              (Json{{"position", 2}, {"what", "the event does not fit its digest"}}));
}

TEST_F(Audit, AnEndThatWasCutOffIsSeenByWhatWasKeptOutsideAlone) {
    write(3);
    keep_checkpoints();
    cut_off(2);
    std::filesystem::remove(folder_ / "hilo.db.checkpoints");
    const auto alone = verify();
    EXPECT_EQ(alone.code, 0);
    EXPECT_TRUE(has(alone.said, "no signed checkpoint was at hand")) << alone.said;
    const auto ran = verify({"--checkpoints", "kept"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.json()["defect"]["position"], 3);
    EXPECT_EQ(ran.json()["defect"]["what"],
              "the log ends here, and a checkpoint was signed of position 3: what came between was "
              "cut off");
}

TEST_F(Audit, ABeginningBehindACheckpointTakesItAsTrue) {
    write(2);
    const auto line = run({"audit", "checkpoint"}).out;
    write(2);
    std::ofstream(folder_ / "kept") << line;
    tamper("update event set code = 7 where position = 1");
    const auto ran = verify({"--checkpoints", "kept", "--from", "2"});
    EXPECT_EQ(ran.code, 0) << ran.out;
    EXPECT_EQ(ran.json()["events"], 2);
    EXPECT_EQ(verify({"--to", "1"}).code, 1);
    const auto none = verify({"--checkpoints", "kept", "--from", "1"});
    EXPECT_EQ(none.code, 3);
    EXPECT_TRUE(has(none.said, "there is no checkpoint of position 1")) << none.said;
}

TEST_F(Audit, WhatIsNoCheckpointOrSomebodyElsesIsRefused) {
    write(1);
    keep_checkpoints();
    auto line = run({"audit", "checkpoint"}).out;
    const auto at = line.find("\"position\":1");
    ASSERT_NE(at, std::string::npos) << line;
    const auto said = [&](const std::string& text) {
        std::ofstream(folder_ / "bad") << text;
        const auto ran = verify({"--checkpoints", "bad"});
        EXPECT_EQ(ran.code, 1) << ran.out;
        return ran.said;
    };
    const auto second = said(line + "{}\n");
    EXPECT_TRUE(has(second, "bad, line 2: the line has no format")) << second;
    EXPECT_TRUE(has(said(line.substr(0, 50)), "bad, line 1: the line is no JSON object"));
    line.replace(at, 12, "\"position\":0");
    EXPECT_TRUE(has(said(line), "the signature does not fit: the line was changed"));
    const auto other = verify({"--checkpoints", "kept", "--key", std::string(64, '1')});
    EXPECT_EQ(other.code, 1);
    EXPECT_TRUE(has(other.said, "the checkpoint is signed by another key")) << other.said;
    EXPECT_EQ(verify({"--key", "abc"}).code, 2);
    EXPECT_EQ(verify({"--checkpoints", "nowhere"}).code, 3);
}

TEST_F(Audit, NoKeyToSignWithIsSaid) {
    EXPECT_EQ(run({"audit", "key"}).code, 3);
    environment_["HILO_SIGNING_KEY"] = "short";
    const auto ran = run({"audit", "key"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_TRUE(has(ran.said, "HILO_SIGNING_KEY must hold 64 hexadecimal digits")) << ran.said;
}

}  // namespace
}  // namespace tests
