#include <future>

#include "net/http_date.hpp"
#include "tests/http/server_stage.hpp"

namespace {

using namespace std::chrono_literals;
using tests::body_of;
using tests::quick;
using tests::raw_request;
using tests::RawHttp;
using tests::status_of;
using Server = tests::ServerStage;

TEST_F(Server, PicksAFreePortAndAnswers) {
    start();
    EXPECT_NE(port_, 0);
    const auto response = ask(raw_request("GET", "/hello"));
    EXPECT_EQ(status_of(response), 200);
    EXPECT_EQ(body_of(response), "hello 127.0.0.1");
}

TEST_F(Server, SaysWhichAddressItCannotUse) {
    start();
    http::Options options;
    options.port = port_;
    http::Server second(http::Router({}), options);
    try {
        second.start();
        FAIL() << "two servers on one port";
    } catch (const std::runtime_error& e) {
        EXPECT_NE(std::string(e.what()).find("127.0.0.1:" + std::to_string(port_)),
                  std::string::npos);
    }
}

TEST_F(Server, TellsTheTimeAsHttpWantsIt) {
    start();
    const auto answer = ask(raw_request("GET", "/hello"));
    const auto at = answer.find("\r\nDate: ");
    ASSERT_NE(at, std::string::npos) << answer;
    const auto told = net::parse_http_date(answer.substr(at + 8, 29));
    ASSERT_TRUE(told) << answer;
    EXPECT_LE(std::chrono::abs(std::chrono::system_clock::now() - *told), 60s);
}

TEST_F(Server, KeepsAConnectionForManyRequests) {
    start();
    RawHttp client(port_);
    for (int i = 0; i < 50; ++i) {
        const auto body = std::to_string(i);
        EXPECT_EQ(body_of(client.exchange(raw_request("POST", "/echo", body))), body);
    }
}

TEST_F(Server, AnswersPipelinedRequestsInTheirOrder) {
    start();
    RawHttp client(port_);
    client.send(raw_request("POST", "/echo", "one") + raw_request("POST", "/echo", "two"));
    EXPECT_EQ(body_of(client.response()), "one");
    EXPECT_EQ(body_of(client.response()), "two");
}

TEST_F(Server, ClosesWhereTheCallerAsksForIt) {
    start();
    RawHttp client(port_);
    client.send(raw_request("GET", "/hello", {}, "Connection: close\r\n"));
    const auto all = client.rest();
    EXPECT_EQ(status_of(all), 200);
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
}

TEST_F(Server, AnswersHeadWithTheHeadOfGet) {
    start();
    RawHttp client(port_);
    client.send(raw_request("HEAD", "/hello") + raw_request("GET", "/hello"));
    const auto head = client.response(true);
    EXPECT_EQ(status_of(head), 200);
    EXPECT_NE(head.find("Content-Length: 15\r\n"), std::string::npos);
    EXPECT_EQ(body_of(client.response()), "hello 127.0.0.1");
}

TEST_F(Server, TakesAnAnswerFromAnotherThreadOnce) {
    start();
    RawHttp client(port_);
    client.send(raw_request("GET", "/later"));
    gate_.await_arrivals(1);
    gate_.open();
    EXPECT_EQ(body_of(client.response()), "later");
    EXPECT_EQ(body_of(client.exchange(raw_request("POST", "/echo", "next"))), "next");
}

TEST_F(Server, AnswersForAHandlerThatDropsThrowsOrForgets) {
    auto limits = quick();
    limits.answer = 100ms;
    start(limits);
    EXPECT_EQ(ask_status(raw_request("GET", "/dropped")), 500);
    const auto thrown = ask(raw_request("GET", "/throws"));
    EXPECT_EQ(status_of(thrown), 500);
    EXPECT_EQ(thrown.find("secret"), std::string::npos);
    EXPECT_EQ(ask_status(raw_request("GET", "/throws-a-number")), 500);
    RawHttp client(port_);
    EXPECT_EQ(status_of(client.exchange(raw_request("GET", "/never"))), 504);
    kept_.at(0)(http::text("too late"));
    EXPECT_EQ(body_of(client.exchange(raw_request("POST", "/echo", "mine"))), "mine");
}

TEST_F(Server, TellsACallerWhoWaitsForLessToComeAgain) {
    start();
    const auto since = std::chrono::steady_clock::now();
    RawHttp client(port_);
    const auto answer = client.exchange(raw_request("GET", "/patient"));
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_NE(answer.find("Retry-After: 10"), std::string::npos);
    EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(2));
}

TEST_F(Server, TellsAHandlerWhenTheFirstByteCame) {
    start();
    RawHttp client(port_);
    const auto whole = raw_request("POST", "/waited", "body");
    client.send(whole.substr(0, 1));
    std::this_thread::sleep_for(60ms);
    EXPECT_GE(std::stoi(body_of(client.exchange(whole.substr(1)))), 50);
    std::this_thread::sleep_for(60ms);
    EXPECT_LT(std::stoi(body_of(client.exchange(whole))), 50) << "each request has its own";
}

TEST_F(Server, CountsRequestsByRouteAndClassOfStatus) {
    start(quick(), "token");
    for (const auto* path : {"/hello", "/hello", "/throws", "/nothing", "/admin"}) {
        ask(raw_request("GET", path));
    }
    ask(raw_request("POST", "/echo", std::string(100'000, 'x')));
    const std::map<std::string, std::uint64_t> expected{
        {R"(hilo_http_requests_total{route="GET /hello",status="2xx"})", 2},
        {R"(hilo_http_requests_total{route="GET /throws",status="5xx"})", 1},
        {R"(hilo_http_requests_total{route="GET /admin",status="4xx"})", 1},
        {R"(hilo_http_requests_total{route="POST /echo",status="4xx"})", 1},
        {R"(hilo_http_requests_total{route="none",status="4xx"})", 1}};
    EXPECT_EQ(counters_.all(), expected);
}

TEST_F(Server, BreaksTheConnectionWhereAHandlerWantsIt) {
    start();
    EXPECT_EQ(ask(raw_request("GET", "/reset")), "");
}

}  // namespace
