#include <future>

#include "tests/http/server_stage.hpp"

namespace {

using namespace std::chrono_literals;
using tests::body_of;
using tests::quick;
using tests::raw_request;
using tests::RawHttp;
using tests::status_of;
using ServerBounds = tests::ServerStage;

TEST_F(ServerBounds, RefusesUnknownRoutesAndWrongMethods) {
    start();
    EXPECT_EQ(ask_status(raw_request("GET", "/nothing")), 404);
    const auto wrong = ask(raw_request("DELETE", "/hello"));
    EXPECT_EQ(status_of(wrong), 405);
    EXPECT_NE(wrong.find("Allow: GET, HEAD\r\n"), std::string::npos);
    EXPECT_EQ(ask_status(raw_request("FOO", "/hello")), 405);
}

TEST_F(ServerBounds, KeepsTheConnectionAfterARefusalWithoutABody) {
    start();
    RawHttp client(port_);
    EXPECT_EQ(status_of(client.exchange(raw_request("GET", "/nothing"))), 404);
    EXPECT_EQ(status_of(client.exchange(raw_request("GET", "/hello"))), 200);
}

TEST_F(ServerBounds, RefusesAHeaderFloodButNamesTheRouteFirst) {
    start();
    const auto flood = "X-Flood: " + std::string(8192, 'x') + "\r\n";
    EXPECT_EQ(ask_status(raw_request("GET", "/hello", {}, flood)), 431);
    EXPECT_EQ(ask_status(raw_request("GET", "/nothing", {}, flood)), 404);
    EXPECT_EQ(ask_status(raw_request("POST", "/hello", {}, flood)), 405);
    EXPECT_EQ(ask_status("GET /" + std::string(8192, 'x')), 431);
    std::string many;
    for (int i = 0; i < 2000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(ask_status(raw_request("GET", "/hello", {}, many)), 431);
}

TEST_F(ServerBounds, RefusesSlowHeadersAndSlowBodies) {
    start();
    EXPECT_EQ(ask_status("GET /hello HTTP/1.1\r\nHost: loc"), 408);
    EXPECT_EQ(ask_status("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab"),
              408);
}

TEST_F(ServerBounds, BoundsAWholeRequestHoweverSteadilyItDrips) {
    start();
    RawHttp client(port_);
    const auto begin = std::chrono::steady_clock::now();
    client.send("GET /hello HTTP/1.1\r\nX-Slow: ");
    auto answer = std::async(std::launch::async, [&client] { return client.response(); });
    while (answer.wait_for(20ms) != std::future_status::ready) client.send("x");
    EXPECT_EQ(status_of(answer.get()), 408);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

/// The deadline of one connection passes while its next bytes are taken in, so that there is
/// nothing to cancel at that moment.
TEST_F(ServerBounds, ADeadlineHoldsForEveryReadOfItsStep) {
    start();
    RawHttp slow(port_);
    slow.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n");
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);  // so that its head was read
    RawHttp other(port_);
    other.send(raw_request("GET", "/stands"));
    gate_.await_arrivals(1);
    slow.send(std::string(50'000, 'x'));  // for several reads in a row
    std::this_thread::sleep_for(quick().read + 50ms);
    gate_.open();
    EXPECT_EQ(status_of(slow.response()), 408);
    EXPECT_EQ(body_of(other.response()), "on");
}

TEST_F(ServerBounds, HoldsNoMoreOfAllBodiesThanItsLimit) {
    auto limits = quick();
    limits.bodies_bytes = 100 * 1024;
    start(limits);
    const std::string body(60 * 1024, 'x');
    RawHttp held(port_);
    held.send(raw_request("POST", "/blocks", body));
    gate_.await_arrivals(1);
    const auto refused = ask(raw_request("POST", "/echo", body));
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", "short")), 200);
    RawHttp stingy(port_);  // what is only declared takes nobody's room
    stingy.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000\r\n\r\n");
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", std::string(30'000, 'x'))), 200);
    gate_.open();
    EXPECT_EQ(body_of(held.response()), body);
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", body)), 200);
}

TEST_F(ServerBounds, ABodyHasItsShareUntilItsHandlerLetsGo) {
    auto limits = quick();
    limits.bodies_bytes = 100 * 1024;
    limits.answer = 100ms;
    start(limits);
    const std::string body(60 * 1024, 'x');
    EXPECT_EQ(ask_status(raw_request("POST", "/blocks", body)), 504);
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", body)), 503) << "the worker still has it";
    gate_.open();
    const auto until = std::chrono::steady_clock::now() + 10s;
    int status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < until) {
        status = ask_status(raw_request("POST", "/echo", body));
    }
    EXPECT_EQ(status, 200);
}

TEST_F(ServerBounds, RefusesCodingsThatHideWhereTheBodyEnds) {
    start();
    const auto smuggled = raw_request("GET", "/hello");
    for (const auto* coding :
         {"Transfer-Encoding: x\r\n", "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked, x\r\n", "Transfer-Encoding: identity\r\n"}) {
        RawHttp client(port_);
        client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n" + std::string(coding) + "\r\n" +
                    smuggled);
        const auto all = client.rest();
        EXPECT_EQ(status_of(all), 501) << coding;
        EXPECT_EQ(all.find("hello"), std::string::npos) << "the body was read as a request";
    }
    RawHttp client(port_);
    client.send("POST /nothing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n" +
                smuggled);
    EXPECT_EQ(client.rest().find("hello"), std::string::npos) << "nor after another refusal";
    EXPECT_EQ(body_of(ask("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                          "Transfer-Encoding: Chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n")),
              "de");
}

TEST_F(ServerBounds, RefusesALongBodyBeforeReadingIt) {
    start();
    EXPECT_EQ(ask_status("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n"),
              413);
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", std::string(64 * 1024, 'x'))), 200);
}

TEST_F(ServerBounds, DeliversTheRefusalToACallerThatSendsOn) {
    start();
    EXPECT_EQ(ask_status(raw_request("POST", "/echo", std::string(2'000'000, 'x'))), 413);
}

TEST_F(ServerBounds, RefusesALongChunkedBodyWhereItExceeds) {
    start();
    RawHttp client(port_);
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    const auto chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    for (int i = 0; i < 5; ++i) client.send(chunk);
    EXPECT_EQ(status_of(client.response()), 413);
}

TEST_F(ServerBounds, ReadsAChunkedBody) {
    start();
    const auto response =
        ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_EQ(body_of(response), "abcde");
}

TEST_F(ServerBounds, InvitesABodyThatWaitsForIt) {
    start();
    RawHttp client(port_);
    client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(status_of(client.response(true)), 100);
    client.send("abc");
    EXPECT_EQ(body_of(client.response()), "abc");
}

TEST_F(ServerBounds, InvitesNoBodyThatItWouldRefuse) {
    start();
    EXPECT_EQ(ask_status("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n"
                         "Expect: 100-continue\r\n\r\n"),
              413);
    EXPECT_EQ(ask_status("POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
                         "Expect: 100-continue\r\n\r\n"),
              404);
}

TEST_F(ServerBounds, RefusesWhatIsNoHttp) {
    start();
    for (const auto* bytes :
         {"\x16\x03\x01\x02garbage\r\n\r\n", "GET /hello\r\n\r\n", "GET  /hello HTTP/1.1\r\n\r\n",
          "GET /hello HTTP/9.9\r\n\r\n", "GET /hello HTTP/1.1\r\nno colon\r\n\r\n",
          "GET /hello HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
          "Transfer-Encoding: chunked\r\n\r\n",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        EXPECT_EQ(ask_status(bytes), 400) << bytes;
    }
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);
}

TEST_F(ServerBounds, ChecksWhoCallsBeforeItReadsABody) {
    start(quick(), "token");
    EXPECT_EQ(ask_status(raw_request("GET", "/admin")), 401);
    EXPECT_EQ(ask_status(raw_request("GET", "/admin", {}, "Authorization: Bearer token\r\n")), 200);
    EXPECT_EQ(ask_status("POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"),
              401);
    EXPECT_EQ(ask_status("GET /admin HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), 401);
}

TEST_F(ServerBounds, WithoutATokenRefusesForeignHosts) {
    start();
    EXPECT_EQ(ask_status(raw_request("GET", "/admin")), 200);
    EXPECT_EQ(ask_status("GET /admin HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    EXPECT_EQ(ask_status("GET /admin HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"),
              403);
}

TEST_F(ServerBounds, KeepsServingBesideAHandlerThatBlocks) {
    start();
    RawHttp blocked(port_);
    blocked.send(raw_request("GET", "/blocks"));
    gate_.await_arrivals(1);
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);
    gate_.open();
    EXPECT_EQ(body_of(blocked.response()), "unblocked");
}

TEST_F(ServerBounds, SaysWhenTooManyHandlersBlock) {
    start();
    RawHttp running(port_);
    running.send(raw_request("GET", "/blocks"));
    gate_.await_arrivals(1);
    RawHttp a(port_);
    RawHttp b(port_);
    a.send(raw_request("GET", "/blocks"));
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);  // so that a's request was read
    const auto refused = b.exchange(raw_request("GET", "/blocks"));
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
    gate_.open();
    EXPECT_EQ(status_of(running.response()), 200);
    EXPECT_EQ(status_of(a.response()), 200);
}

TEST_F(ServerBounds, WhoHasLittlePatienceWaitsBehindNobodyElsesHandlers) {
    start();
    RawHttp running(port_);
    running.send(raw_request("GET", "/blocks"));
    gate_.await_arrivals(1);
    EXPECT_EQ(body_of(ask(raw_request("POST", "/hurried"))), "at once");
    gate_.open();
    EXPECT_EQ(status_of(running.response()), 200);
}

TEST_F(ServerBounds, PatienceCountsFromTheFirstByte) {
    auto limits = quick();
    limits.read = limits.answer = std::chrono::seconds(20);
    start(limits);
    const auto request = raw_request("POST", "/hurried", "body");
    RawHttp slow(port_);
    const auto since = std::chrono::steady_clock::now();
    slow.send(request.substr(0, request.size() - 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(3'500));
    slow.send(request.substr(request.size() - 1));
    EXPECT_EQ(status_of(slow.response()), 503);
    EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(6));
}

TEST_F(ServerBounds, ClosesAConnectionThatStaysIdle) {
    auto limits = quick();
    limits.idle = 100ms;
    start(limits);
    RawHttp client(port_);
    EXPECT_EQ(status_of(client.exchange(raw_request("GET", "/hello"))), 200);
    EXPECT_EQ(client.rest(), "");
}

TEST_F(ServerBounds, ServesOnWhileSlowConnectionsHoldEveryPlace) {
    auto limits = quick();
    limits.read = 60s;
    limits.idle = 60s;
    start(limits);
    std::vector<std::unique_ptr<RawHttp>> slow;
    for (int i = 0; i < 40; ++i) {
        slow.push_back(std::make_unique<RawHttp>(port_));
        if (i % 2 == 0) slow.back()->send("GET /hello HTTP/1.1\r\nX-Slow: ");
        if (i % 4 == 0) {
            EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);
        }
    }
    EXPECT_EQ(status_of(slow.front()->response()), 503) << "the longest waiting made room";
    EXPECT_EQ(slow.front()->rest(), "");
}

TEST_F(ServerBounds, ClosesNoConnectionThatIsBeingAnswered) {
    start();
    RawHttp first(port_);
    first.send(raw_request("GET", "/later"));
    gate_.await_arrivals(1);
    std::vector<std::unique_ptr<RawHttp>> flood;
    for (int i = 0; i < 40; ++i) flood.push_back(std::make_unique<RawHttp>(port_));
    EXPECT_EQ(ask_status(raw_request("GET", "/hello")), 200);
    gate_.open();
    EXPECT_EQ(body_of(first.response()), "later");
}

TEST_F(ServerBounds, SaysThatThereIsNoRoomWhereAllAreBeingAnswered) {
    auto limits = quick();
    limits.connections = 1;
    limits.answer = 60s;
    start(limits);
    RawHttp first(port_);
    first.send(raw_request("GET", "/later"));
    gate_.await_arrivals(1);
    RawHttp second(port_);
    const auto answer = second.exchange(raw_request("POST", "/echo", std::string(100'000, 'x')));
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("Date:"), std::string::npos) << "it was rendered at the start";
    EXPECT_EQ(second.rest(), "") << "it is closed";
    EXPECT_EQ(counters_.sum("hilo_http_requests_total{route=\"no room\""), 1U);
    gate_.open();
    EXPECT_EQ(body_of(first.response()), "later");
}

/// A burst of new ones would otherwise end requests that are on their way, without a word.
TEST_F(ServerBounds, WhoHasJustComeMakesNoRoom) {
    auto limits = quick();
    limits.connections = 1;
    limits.room_after = limits.read = 60s;
    start(limits);
    RawHttp first(port_);
    first.send("GET /hello HTTP/1.1\r\n");
    RawHttp second(port_);
    EXPECT_EQ(status_of(second.exchange(raw_request("GET", "/hello"))), 503);
    first.send("Host: localhost\r\n\r\n");
    EXPECT_EQ(status_of(first.response()), 200);
}

TEST_F(ServerBounds, ServesManyConnectionsAtOnce) {
    auto limits = quick();
    limits.connections = 64;
    limits.read = 10s;
    start(limits);
    std::vector<std::future<int>> callers;
    for (int caller = 0; caller < 16; ++caller) {
        callers.push_back(std::async(std::launch::async, [this] {
            RawHttp client(port_);
            int served = 0;
            for (int i = 0; i < 50; ++i) {
                const auto body = std::string(100, static_cast<char>('a' + i % 26));
                served += body_of(client.exchange(raw_request("POST", "/echo", body))) == body;
            }
            return served;
        }));
    }
    for (auto& caller : callers) EXPECT_EQ(caller.get(), 50);
}

TEST_F(ServerBounds, FinishesWhatItAnswersBeforeItStops) {
    start();
    RawHttp idle(port_);
    EXPECT_EQ(status_of(idle.exchange(raw_request("GET", "/hello"))), 200);
    RawHttp busy(port_);
    busy.send(raw_request("GET", "/later"));
    gate_.await_arrivals(1);
    auto stopped = std::async(std::launch::async, [this] { server_->stop(10s); });
    EXPECT_EQ(idle.rest(), "");
    EXPECT_THROW(RawHttp late(port_), std::runtime_error);
    gate_.open();
    const auto all = busy.rest();
    EXPECT_EQ(body_of(all), "later");
    EXPECT_NE(all.find("Connection: close"), std::string::npos);
    stopped.get();
}

TEST_F(ServerBounds, StopsWithinItsBoundWhateverAHandlerDoes) {
    auto limits = quick();
    limits.answer = 60s;
    start(limits);
    RawHttp client(port_);
    client.send(raw_request("GET", "/never"));
    RawHttp other(port_);
    EXPECT_EQ(status_of(other.exchange(raw_request("GET", "/hello"))), 200);
    const auto begin = std::chrono::steady_clock::now();
    server_->stop(100ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(client.rest(), "");
    server_->stop(100ms);
    server_.reset();
    kept_.clear();  // an answer to a server that is gone goes nowhere
}

}  // namespace
