#include "tests/http/server_stage.hpp"

namespace {

using namespace std::chrono_literals;
using tests::body_of;
using tests::raw_request;
using tests::RawHttp;

struct AnswerBounds : tests::ServerStage {
    bool comes_to(const std::string& path, int status) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (std::chrono::steady_clock::now() < until) {
            if (ask_status(raw_request("GET", path)) == status) return true;
        }
        return false;
    }
};

TEST_F(AnswerBounds, HoldsNoMoreOfAllLargeAnswersThanItsLimit) {
    auto limits = tests::quick();
    limits.answers_bytes = large * 3 / 2;
    limits.write = 30s;
    start(limits);
    RawHttp slow(port_);
    slow.send(raw_request("GET", "/large"));
    EXPECT_TRUE(comes_to("/large", 503));
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);
    EXPECT_EQ(body_of(slow.response()).size(), large);
    EXPECT_TRUE(comes_to("/large", 200));
}

}  // namespace
