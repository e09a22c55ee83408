#include <fstream>
#include <sstream>

#include "db/migrations.hpp"
#include "projections/follow.hpp"
#include "tests/contract/stores.hpp"
#include "tests/projections/history.hpp"
#include "tests/support/places.hpp"

namespace {

using namespace contract;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
}

/// The queries of both first documents, as they stand there.
std::vector<std::string> seed_queries() {
    std::vector<std::string> queries;
    const fs::path folder = support::source_dir() + "/../shared/seeds";
    if (!fs::exists(folder)) return queries;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto text = read(entry.path());
        const std::string open = "```sql\n", close = "```";
        for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
            const auto from = at + open.size();
            const auto sql = text.substr(from, text.find(close, from) - from);
            if (sql.find("SELECT") != std::string::npos) queries.push_back(sql);
        }
    }
    return queries;
}

class SeedQueries : public Contract {
protected:
    /// A customer's message, an answer that failed, and today's numbers.
    void tell_something() {
        testing_projections::History history;
        const auto stream = testing_projections::id(1), turn = testing_projections::id(7);
        history.open(stream);
        const auto message = history.received(stream, "Hola");
        const auto attempt = history.intend(stream, turn, {message});
        history.accept(stream, turn, attempt, "w1");
        history.report<events::MessageFailed>(stream, "w1");
        for (const auto& one : history.events) {
            const auto& clear = one.clear;
            const auto answer = append({one.stream,
                                        {{clear.id, one.body, clear.occurred, clear.correlation,
                                          clear.causation, When::always}},
                                        std::nullopt});
            ASSERT_EQ(answer.outcome, Outcome::appended);
        }
        const auto& messages = *projections::projection_named("messages");
        projections::Follower(log(), store_->views(), messages, projections::Copy::live).step();
    }
    int rows_of(const std::string& sql) const {
        if (GetParam() == Kind::postgresql) {
            return db::pg::Connection(database_.url()).query(sql).rows();
        }
        int rows = 0;
        db::sqlite::Connection db(database_.file(), db::sqlite::Mode::read_only);
        db.each(sql, [&](const auto&) { ++rows; });
        return rows;
    }
};
FOR_BOTH_STORES(SeedQueries);

TEST_P(SeedQueries, RunWordForWordAndFindWhatTheyLookFor) {
    const auto queries = seed_queries();
    if (queries.empty()) GTEST_SKIP() << "the first documents are not beside the project";
    ASSERT_EQ(queries.size(), 4u);
    tell_something();
    for (const auto& sql : queries) EXPECT_EQ(rows_of(sql), 1) << sql;
}

TEST_P(SeedQueries, TheTablesHaveTheColumnsThatAreWritten) {
    for (const auto& projection : projections::all_projections()) {
        for (const auto* table : projection.tables) {
            std::string columns;
            for (const auto& column : table->columns) {
                columns += (columns.empty() ? "\"" : ", \"") + std::string(column.name) + "\"";
            }
            const auto name = "\"" + std::string(table->name) + "\"";
            EXPECT_EQ(rows_of("select " + columns + " from " + name), 0);
            // And no others.
            const auto count =
                GetParam() == Kind::sqlite
                    ? "select count(*) from pragma_table_info('" + std::string(table->name) + "')"
                    : "select count(*) from information_schema.columns where table_name = '" +
                          std::string(table->name) + "'";
            EXPECT_EQ(database_.number(count), static_cast<std::int64_t>(table->columns.size()))
                << name;
        }
    }
    for (const auto* name : {"KnowledgeDocument", "DocumentChunk"}) {
        EXPECT_EQ(rows_of("select * from \"" + std::string(name) + "\""), 0);
    }
}

TEST(Tables, AreDocumentedAsTheMigrationsMakeThem) {
    const auto documented = read(support::source_dir() + "/docs/tables.sql");
    for (const auto* store : {"pg", "sqlite"}) {
        for (const auto* name : {"_0002_views.sql", "_0005_settings.sql"}) {
            const auto made =
                read(support::source_dir() + "/db/migrations/" + std::string(store) + name);
            ASSERT_FALSE(made.empty());
            EXPECT_NE(documented.find(made), std::string::npos)
                << "docs/tables.sql doesn't hold " << store << name << " word for word";
        }
    }
}

}  // namespace
