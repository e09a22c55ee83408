#include <gtest/gtest.h>

#include "crypto/uuid.hpp"
#include "db/sqlite_store.hpp"
#include "events/codec.hpp"
#include "tests/support/folder.hpp"

namespace {

using namespace std::chrono_literals;

/// A file that may not grow: SQLite's own word for a full disk (SQLITE_FULL), wherever it is met.
struct SqliteFull : testing::Test {
    void may_have(const std::string& pages) {
        store.run([&](db::sqlite::Connection& db) { db.exec("pragma max_page_count = " + pages); });
    }
    events::Outcome append(std::size_t bytes) {
        events::MessageReceived message;
        message.wamid = "wamid." + std::to_string(++number);
        message.text = std::string(bytes, 'x');
        const events::NewEvent event{
            crypto::new_uuid(),  events::ConversationEvent(message), {}, {}, {},
            events::When::always};
        // Six of the seven seconds that it may wait are over.
        return events::append_now(store.log(), {stream, {event}, {}, 6s}).outcome;
    }
    support::Folder folder;
    db::sqlite::Store store{folder.file("hilo.db"), {}};
    events::StreamId stream = crypto::random_uuid();
    int number = 0;
};

TEST_F(SqliteFull, RefusesWhatHasNoRoomAndTakesItOnceThereIs) {
    ASSERT_EQ(append(10), events::Outcome::appended);
    may_have("1");  // as few as there are
    EXPECT_EQ(append(1 << 20), events::Outcome::full);
    EXPECT_EQ(store.log().head(), 1);
    EXPECT_EQ(store.log().read_stream(stream, 0, 10).size(), 1U) << "what is there can be read";
    may_have("1000000");
    EXPECT_EQ(append(1 << 20), events::Outcome::appended);
    EXPECT_EQ(store.log().head(), 2);
    EXPECT_FALSE(store.verify());
}

}  // namespace
