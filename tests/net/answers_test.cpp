#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/error_body.hpp"
#include "net/http_date.hpp"
#include "net/retry_after.hpp"

namespace {

using namespace std::chrono_literals;
using Wait = std::optional<std::chrono::milliseconds>;
using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(RetryAfterTest, ReadsEveryForm) {
    const std::string now = "Fri, 20 Nov 2026 10:00:00 GMT";
    const std::pair<Headers, Wait> rows[] = {
        {{}, std::nullopt},
        {{{"retry-after", "60"}}, 60s},
        {{{"retry-after", "1.5"}}, 1s},
        {{{"retry-after-ms", "250"}, {"retry-after", "60"}}, 250ms},
        {{{"date", now}, {"retry-after", "Fri, 20 Nov 2026 10:00:07 GMT"}}, 7s},
        {{{"date", now}, {"retry-after", "Fri, 20 Nov 2026 09:00:00 GMT"}}, 0s},
        {{{"retry-after", "Fri, 20 Nov 2026 10:00:07 GMT"}}, std::nullopt},
        {{{"retry-after", "soon"}}, std::nullopt},
        {{{"retry-after", "-5"}}, std::nullopt},
        {{{"retry-after", "99999999999"}}, 24h},
        {{{"retry-after", "99999999999999999999999"}}, std::nullopt},
    };
    for (const auto& [headers, expected] : rows) {
        EXPECT_EQ(net::retry_after({429, headers, ""}), expected)
            << (headers.empty() ? "" : headers.back().second);
    }
}

TEST(HttpDateTest, IsReadAsItIsWritten) {
    using std::chrono::sys_seconds;
    EXPECT_EQ(net::http_date(sys_seconds(1'795'169'879s)), "Fri, 20 Nov 2026 10:17:59 GMT");
    for (const auto time : {0s, 951'782'400s, 1'795'169'879s, 4'102'444'799s}) {
        EXPECT_EQ(net::parse_http_date(net::http_date(sys_seconds(time))), sys_seconds(time));
    }
    for (const auto* other : {"", "Fri, 20 Nov 2026", "Friday, 20-Nov-26 10:17:59 GMT",
                              "Fri, 20 Nov 2026 10:17:59 GMT+1", "2026-11-20T10:17:59Z"}) {
        EXPECT_EQ(net::parse_http_date(other), std::nullopt) << other;
    }
}

TEST(ErrorBodyTest, ReadsObjectsTextsAndOtherThings) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}})",
         "429 rate_limit_exceeded: Slow down"},
        {R"({"error":{"message":"Wait","type":"MessageError","code":131056}})",
         "429 (131056) MessageError: Wait"},
        {R"({"type":"error","error":{"type":"rate_limit_error","message":"No"}})",
         "429 rate_limit_error: No"},
        {R"({"error":{"message":"Late","code":"131047"}})", "429 (131047): Late"},
        {R"({"error":{"message":"Late","code":"131047x"}})", "429 131047x: Late"},
        {R"({"error":{"message":"Late","code":"-1"}})", "429 -1: Late"},
        {R"({"error":{"code":""}})", "429"},
        {R"({"error":{"code":"99999999999999999999"}})", "429 99999999999999999999"},
        {R"({"error":"No money","code":"insufficient_credits"})",
         "429 insufficient_credits: No money"},
        {R"({"message":"Invalid API key"})", "429: Invalid API key"},
        {R"({"error":null,"message":["?"]})", "429"},
        {R"({"error":{"message":"two\nlines"}})", "429: two lines"},
        {R"({"error":{"code":-1}})", "429"},
        {R"({"error":{"code":99999999999999999999}})", "429"},
        {"[]", "429 with a body that is not a JSON object"},
        {"Bad Gateway", "429 with a body that is not a JSON object"},
        {"", "429 with a body that is not a JSON object"},
    };
    for (const auto& [body, expected] : rows) {
        EXPECT_EQ(net::describe(429, net::error_body(body)), expected) << body;
    }
}

TEST(ErrorBodyTest, CutsLongTextsBetweenCharacters) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(shift, 'x');
        for (int i = 0; i < 100; ++i) text += "😀";
        const auto line = net::describe(500, net::error_body(R"({"error":")" + text + R"("})"));
        EXPECT_LE(line.size(), 200U);
        EXPECT_GE(line.size(), 197U);
        EXPECT_TRUE(line.ends_with("😀"));
    }
}

TEST(ErrorBodyTest, NoBodyThrows) {
    EXPECT_TRUE(rc::check([](const std::string& body) {
        RC_ASSERT(net::describe(500, net::error_body(body)).size() <= 200U);
        RC_ASSERT(net::describe(500, net::error_body("{\"error\":" + body + "}")).size() <= 200U);
    }));
}

}  // namespace
