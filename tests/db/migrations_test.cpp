#include "db/migrations.hpp"

#include <gtest/gtest.h>

#include "db/store.hpp"

namespace {

using db::migrations::Applied;
using db::migrations::described;
using db::migrations::File;
using db::migrations::pending;

constexpr std::array<File, 2> files{{{"pg_0001_log", "one"}, {"pg_0002_views_and_more", "two"}}};

TEST(Migrations, AreNumberedByTheirFiles) {
    EXPECT_EQ(described(files[1]).number, 2);
    EXPECT_EQ(described(files[1]).name, "views_and_more");
    EXPECT_EQ(described(files[1]).sha256.size(), 64u);
}

TEST(Migrations, OnlyTheMissingOnesArePending) {
    EXPECT_EQ(pending(files, {}, true).size(), 2u);
    const auto rest = pending(files, {described(files[0])}, true);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].name, files[1].name);
    EXPECT_TRUE(pending(files, {described(files[0]), described(files[1])}, false).empty());
}

TEST(Migrations, OlderNewerAndChangedOnesAreRefused) {
    EXPECT_THROW(pending(files, {described(files[0])}, false), db::StoreError);
    auto changed = described(files[0]);
    changed.sha256 = "00";
    EXPECT_THROW(pending(files, {changed}, true), db::StoreError);
    EXPECT_THROW(
        pending(files, {described(files[0]), described(files[1]), Applied{3, "x", ""}}, true),
        db::StoreError);
}

TEST(Migrations, BothStoresHaveTheSameSteps) {
    ASSERT_EQ(db::migrations::pg.size(), db::migrations::sqlite.size());
    for (std::size_t i = 0; i < db::migrations::pg.size(); ++i) {
        const auto one = described(db::migrations::pg[i]);
        EXPECT_EQ(one.number, static_cast<int>(i) + 1);
        EXPECT_EQ(one.number, described(db::migrations::sqlite[i]).number);
        EXPECT_EQ(one.name, described(db::migrations::sqlite[i]).name);
    }
}

}  // namespace
