#include <gtest/gtest.h>

#include "kapso/pace.hpp"

namespace {

using namespace std::chrono_literals;
using kapso::Heard;

TEST(HeardTest, ReadsEveryKindOfAnswer) {
    using enum Heard::Kind;
    const auto code = [](int number) {
        return R"({"error":{"code":)" + std::to_string(number) + "}}";
    };
    struct Row {
        int status;
        std::string body;
        Heard::Kind kind;
    };
    for (const auto& [status, body, kind] :
         {Row{200, "", fine}, Row{201, "{}", fine}, Row{409, "", in_flight},
          Row{429, R"({"error":"Rate limit exceeded"})", key_limit},
          Row{400, code(131056), pair_limit}, Row{400, code(130429), line_limit},
          Row{429, code(130429), line_limit}, Row{400, code(80007), line_limit},
          Row{400, code(4), line_limit}, Row{422, code(131047), other}, Row{500, "", other},
          Row{402, "", other}}) {
        EXPECT_EQ(kapso::heard_in(net::Response{status, {}, body}).kind, kind) << status << body;
    }
    EXPECT_FALSE(kapso::heard_in(net::Failure{true, "reset"}).said);
    const auto heard = kapso::heard_in(net::Response{
        429,
        {{"x-ratelimit-limit", "100"}, {"x-ratelimit-remaining", "0"}, {"retry-after", "7"}},
        ""});
    EXPECT_EQ(heard.said->limit, 100);
    EXPECT_EQ(heard.said->remaining, 0);
    EXPECT_EQ(heard.wait, 7s);
    const auto odd = kapso::heard_in(
        net::Response{200, {{"x-ratelimit-limit", "many"}, {"x-ratelimit-remaining", "-3"}}, ""});
    EXPECT_EQ(odd.said->limit, std::nullopt);
    EXPECT_EQ(odd.said->remaining, std::nullopt);
}

}  // namespace
