#pragma once

#include <atomic>

#include "db/views_runner.hpp"
#include "projections/queries.hpp"
#include "tests/contract/stores.hpp"
#include "tests/projections/memory_views.hpp"
#include "tests/projections/random_history.hpp"

/// What the tests of the stored tables need: a log that tells a history, and the tables as they
/// must be.
namespace contract {

using testing_projections::History;
using testing_projections::MemoryViews;
using testing_projections::RandomHistory;
using namespace projections;
using projections::Copy;

inline const auto stream = testing_projections::id(1);
inline const auto turn = testing_projections::id(77);
inline const auto start = testing_projections::start;

/// So many conversations, and then a message in each of these, in this order.
inline History history_of(unsigned conversations, std::initializer_list<unsigned> messages = {}) {
    History history;
    for (unsigned i = 1; i <= conversations; ++i) history.open(testing_projections::id(i));
    for (const auto i : messages) history.received(testing_projections::id(i), "hi");
    return history;
}

class ViewsStage : public Contract {
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
    /// Rebuilds from the log and puts the tables in their place; false where that isn't done.
    bool rebuilt(const Projection& projection) {
        return rebuild(log(), views(), projection, [](std::int64_t) { return true; });
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
    std::vector<Parked> parked(const Projection& projection, Copy copy) {
        return views().parked(projection, copy, 1'000);
    }
    const Projection& messages() { return *projection_named("messages"); }
};

}  // namespace contract
