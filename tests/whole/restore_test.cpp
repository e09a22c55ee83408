#include "tests/support/places.hpp"
#include "tests/whole/golden.hpp"

namespace tests {
namespace {

/// A log that has forgotten what was answered: docs/decisions/0018.
class Restore : public Golden {
protected:
    static constexpr const char* luis = "34600100299";

    bool on_postgres() const { return std::string_view(GetParam()) == "postgres"; }
    std::string name() const {  // of the database in its server
        const auto end = database_.find('?'), begin = database_.rfind('/', end) + 1;
        return database_.substr(begin, end - begin);
    }
    void back_up() {
        if (!on_postgres()) {
            const auto ran = run({"backup", "kept.db"});
            ASSERT_EQ(ran.code, 0) << ran.said;
            return;
        }
        stop();  // a template must not be in use
        support::Postgres::instance().command("create database " + name() + "_kept template " +
                                              name());
        start();
    }
    Ran bring_back() {
        if (!on_postgres()) {
            const auto file = database_.substr(std::string("sqlite:").size());
            for (const auto* tail : {"", "-wal", "-shm"}) {
                std::filesystem::remove(folder_ / (file + tail));
            }
            return run({"restore", "kept.db"});
        }
        auto& server = support::Postgres::instance();
        server.command("drop database " + name());
        server.command("alter database " + name() + "_kept rename to " + name());
        return run({"restore"});
    }
};

TEST_P(Restore, NobodyIsAnsweredTwiceForWhatTheBackupDoesNotKnow) {
    start_answering();
    write(ana, "Hola");
    reply_with(ana, "DELIVERED");
    back_up();
    const auto forgotten = write(ana, "¿Siguen ahí?");
    write(luis, "Buenas");
    reply_with(luis, "DELIVERED");
    eventually("ana is answered twice", [&] { return replies_to(ana).size() == 2; });
    reply_with(ana, "DELIVERED");
    stop();
    const auto ran = bring_back();
    ASSERT_EQ(ran.code, 0) << ran.said;
    EXPECT_NE(ran.out.find("as it was written"), std::string::npos) << ran.out;

    start();
    EXPECT_EQ(silences(2), (std::vector<std::string>{"stale", "stale"}))
        << "the provider's list brings both back";
    const auto counts = outside("GET", "/sandbox/counts")["inbound"];
    EXPECT_EQ(counts[forgotten]["answers"], 1);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // outbound messages are few
    EXPECT_EQ(received_by(ana).size(), 2U);
    EXPECT_EQ(received_by(luis).size(), 1U);
    write(luis, "¿Y hoy?");
    eventually("what came since is answered", [&] { return received_by(luis).size() == 2; });
    reply_with(luis, "DELIVERED");
}

INSTANTIATE_TEST_SUITE_P(On, Restore, ::testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace tests
