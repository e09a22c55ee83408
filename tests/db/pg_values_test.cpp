#include "db/pg_values.hpp"

#include <gtest/gtest.h>

namespace {

using db::Blob;
using db::pg::Values;

template <class T>
std::string array_of(const std::vector<T>& values) {
    Values out;
    out.add(values);
    return *out.bytes().front();
}

TEST(PgValues, ArraysOfIntegersAreReadBack) {
    const std::vector<std::int32_t> ints{1, -2, 2'000'000'000};
    EXPECT_EQ(db::pg::read_integers(array_of(ints)),
              (std::vector<std::int64_t>{1, -2, 2'000'000'000}));
    EXPECT_EQ(db::pg::read_integers(array_of(std::vector<std::int16_t>{-7})),
              (std::vector<std::int64_t>{-7}));
    EXPECT_TRUE(db::pg::read_integers(array_of(std::vector<std::int64_t>{})).empty());
}

TEST(PgValues, ArraysOfIdsKeepTheirNulls) {
    const auto id = crypto::random_uuid();
    const std::vector<std::optional<crypto::Uuid>> ids{id, std::nullopt};
    EXPECT_EQ(db::pg::read_uuids(array_of(ids)), ids);
}

TEST(PgValues, TruncatedArraysAreRefused) {
    const auto bytes = array_of(std::vector<std::int64_t>{1, 2});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_ANY_THROW(db::pg::read_integers(bytes.substr(0, size))) << size;
    }
}

TEST(PgValues, CarryTheTypesThatTheServerKnows) {
    Values values;
    values.add(std::int64_t{1});
    values.add(std::string_view("text"));
    values.add(std::optional<Blob>());
    values.add(std::vector<bool>{true});
    values.add(std::optional<std::vector<std::int32_t>>());
    EXPECT_EQ(values.types(), (std::vector<unsigned>{20, 25, 17, 1000, 1007}));
    EXPECT_EQ(values.bytes()[0], std::string("\0\0\0\0\0\0\0\1", 8));
    EXPECT_EQ(values.bytes()[1], "text");
    EXPECT_EQ(values.bytes()[2], std::nullopt);
    EXPECT_EQ(values.bytes()[4], std::nullopt);
}

}  // namespace
