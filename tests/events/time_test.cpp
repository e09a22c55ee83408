#include "events/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using namespace events;
using namespace std::chrono_literals;

const Time noon = std::chrono::sys_days(2026y / 11 / 20) + 12h;

TEST(Time, IsShownWithSixDecimalsAndZ) {
    EXPECT_EQ(iso8601(noon), "2026-11-20T12:00:00.000000Z");
    EXPECT_EQ(iso8601(noon - 1us), "2026-11-20T11:59:59.999999Z");
    EXPECT_EQ(iso8601(Time{} - 1us), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(utc_date(noon), "2026-11-20");
    EXPECT_EQ(utc_date(Time{} - 1us), "1969-12-31");
}

TEST(Time, ThatNeverComesShowsAsTheLastMoment) {
    EXPECT_EQ(iso8601(Time::max()), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(iso8601(Time::min()), "0000-01-01T00:00:00.000000Z");
    EXPECT_EQ(utc_date(Time::max()), "9999-12-31");
    EXPECT_EQ(utc_date(Time::min()), "0000-01-01");
}

TEST(Time, ComesBackFromItsText) {
    EXPECT_TRUE(rc::check([] {
        const auto range = std::int64_t{250'000'000'000} * 1'000'000;  // to the year 9892
        const auto time =
            from_micros(*rc::gen::inRange<std::int64_t>(-62'000'000'000 * 1'000'000, range));
        RC_ASSERT(parse_iso8601(iso8601(time)) == time);
        RC_ASSERT(iso8601(time).substr(0, 10) == utc_date(time));
    }));
}

TEST(Time, IsReadInTheFormsThatProvidersWrite) {
    EXPECT_EQ(parse_iso8601("2026-11-20T12:00:00Z"), noon);
    EXPECT_EQ(parse_iso8601("2026-11-20 12:00:00z"), noon);
    EXPECT_EQ(parse_iso8601("2026-11-20t12:00:00.5Z"), noon + 500ms);
    EXPECT_EQ(parse_iso8601("2026-11-20T12:00:00.000001Z"), noon + 1us);
    EXPECT_EQ(parse_iso8601("2026-11-20T12:00:00.123456789Z"), noon + 123456us);
    EXPECT_EQ(parse_iso8601("2026-11-20T06:00:00-06:00"), noon);
    EXPECT_EQ(parse_iso8601("2026-11-20T17:45:00+0545"), noon);
    EXPECT_EQ(parse_iso8601("2024-02-29T00:00:00Z"), std::chrono::sys_days(2024y / 2 / 29));
    EXPECT_EQ(parse_iso8601("2016-12-31T23:59:60Z"), std::chrono::sys_days(2017y / 1 / 1))
        << "a leap second";
}

TEST(Time, IsReadFromNothingElse) {
    for (const auto* text : {"",
                             "2026",
                             "2026-11-20",
                             "2026-11-20T12:00:00",
                             "2026-11-20T12:00Z",
                             "2026-11-20T12:00:00.Z",
                             "2026-11-20T24:00:00Z",
                             "2026-11-20T12:60:00Z",
                             "2026-11-20T12:00:61Z",
                             "2026-02-29T00:00:00Z",
                             "2026-00-10T00:00:00Z",
                             "2026-13-10T00:00:00Z",
                             "2026-11-00T00:00:00Z",
                             "2026-11-31T00:00:00Z",
                             "26-11-20T12:00:00Z",
                             "+2026-11-20T12:00:00Z",
                             "2026/11/20T12:00:00Z",
                             "2026-11-20T12:00:00Zulu",
                             "2026-11-20T12:00:00+6",
                             "2026-11-20T12:00:00+24:00",
                             "2026-11-20T12:00:00+05:60",
                             "2026-11-20T12:00:00 Z",
                             " 2026-11-20T12:00:00Z",
                             "2026-1a-20T12:00:00Z",
                             "-026-11-20T12:00:00Z"}) {
        EXPECT_FALSE(parse_iso8601(text)) << text;
    }
}

TEST(Time, IsReadFromAnythingWithoutHarm) {
    EXPECT_TRUE(rc::check([] {
        auto text = iso8601(from_micros(*rc::gen::arbitrary<std::int64_t>()));
        text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
        const auto time = parse_iso8601(text);
        RC_ASSERT(!time || parse_iso8601(iso8601(*time)) == time);
    }));
}

}  // namespace
