#include "net/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "tests/support/call.hpp"
#include "tests/support/tiny_server.hpp"

namespace {

using namespace std::chrono_literals;
using tests::body_of;
using tests::call;
using tests::failure_of;
using tests::once;
using tests::request_to;
using tests::start;
using tests::within;
using tiny::Peer;
using tiny::response;
using tiny::Server;

/// Answers every request of a connection with its own body.
void echo(Peer& peer) {
    for (auto request = peer.request(); !request.empty(); request = peer.request()) {
        peer.write(response(200, request.substr(request.find("\r\n\r\n") + 4)));
    }
}
void hang(Peer& peer) {
    peer.request();
    peer.gone();
}
tiny::Script answer(std::string bytes) {
    return [bytes = std::move(bytes)](Peer& peer) {
        peer.request();
        peer.write(bytes);
        peer.gone(100ms);
    };
}

class ClientTest : public testing::Test {
protected:
    std::unique_ptr<net::Client> client = net::make_client();
};

TEST_F(ClientTest, WritesTheRequestAsItIs) {
    std::string seen;
    Server server({[&](Peer& peer) {
        seen = peer.request();
        peer.write(response(202, "{}", "X-Some-Thing: Value\r\n"));
    }});
    auto request = request_to(server.url("/a/b?c=d"), "body");
    request.headers = {{"X-API-Key", "k"}};
    const auto result = call(*client, request);
    const auto& got = std::get<net::Response>(result);
    EXPECT_EQ(got.status, 202);
    EXPECT_EQ(got.header("x-some-thing"), "Value");
    EXPECT_EQ(got.header("absent"), "");
    EXPECT_TRUE(seen.starts_with("POST /a/b?c=d HTTP/1.1\r\n")) << seen;
    EXPECT_NE(seen.find("Host: " + server.url("").substr(7) + "\r\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("X-API-Key: k\r\n"), std::string::npos);
    EXPECT_TRUE(seen.ends_with("\r\n\r\nbody"));
}

TEST_F(ClientTest, KeepsConnectionsAlive) {
    Server server({echo});
    for (const auto* body : {"one", "two", "three"}) {
        EXPECT_EQ(body_of(call(*client, once(request_to(server.url(), body)))), body);
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, AKeptConnectionCarriesEachRequestToItsOwnPath) {
    const auto show_target = [](Peer& peer) {
        for (std::string seen = peer.request(); !seen.empty(); seen = peer.request()) {
            peer.write(response(200, seen.substr(0, seen.find(" HTTP"))));
        }
    };
    Server server({show_target});
    EXPECT_EQ(body_of(call(*client, request_to(server.url("/one"), ""))), "POST /one");
    EXPECT_EQ(body_of(call(*client, request_to(server.url("/two?x=y"), ""))), "POST /two?x=y");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, ReadsChunkedInterimAndUnboundedAnswers) {
    Server server({answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
                   answer("HTTP/1.1 103 Early Hints\r\n\r\n" + response(200, "final")),
                   answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nup to the end")});
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url())))), "hello world");
    server.wait_closed(1);
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url())))), "final");
    server.wait_closed(2);
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url())))), "up to the end");
}

TEST_F(ClientTest, AnAnswerToHeadHasNoBody) {
    Server server({answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")});
    auto request = request_to(server.url(), "");
    request.method = "HEAD";
    EXPECT_EQ(body_of(call(*client, request)), "");
}

TEST_F(ClientTest, SharesAFewConnectionsAmongManyRequests) {
    net::Limits limits;
    limits.connections_per_host = 4;
    client = net::make_client(limits);
    Server server({echo});
    std::vector<tests::Promised<net::Result>> results;
    for (int i = 0; i < 200; ++i) {
        results.push_back(start(*client, request_to(server.url(), std::to_string(i))));
    }
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(body_of(results[static_cast<std::size_t>(i)].get()), std::to_string(i));
    }
    EXPECT_LE(server.connections(), 4);
}

TEST_F(ClientTest, DelaysARequest) {
    Server server({echo});
    auto request = request_to(server.url());
    request.delay = 80ms;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(body_of(call(*client, request)), "{}");
    EXPECT_GE(std::chrono::steady_clock::now() - began, 80ms);
}

// ---- Nothing was sent -------------------------------------------------------------------------

TEST_F(ClientTest, ARefusedConnectionSentNothing) {
    auto url = std::string();
    { url = Server({echo}).url(); }
    const auto result = call(*client, once(request_to(url)));
    EXPECT_FALSE(failure_of(result).sent);
    EXPECT_TRUE(failure_of(result).refused);
    EXPECT_NE(failure_of(result).reason.find("can't connect"), std::string::npos);
}

TEST_F(ClientTest, NotEveryFailureIsARefusedConnection) {
    Server server({[](Peer& peer) { peer.reset(); }});
    EXPECT_FALSE(failure_of(call(*client, once(request_to(server.url())))).refused);
    EXPECT_FALSE(failure_of(call(*client, request_to("http://refused.example/"))).refused);
}

TEST_F(ClientTest, PlainHttpGoesElsewhereWhereItsCallerAllowsThat) {
    Server server({echo});
    auto request = request_to(server.url("/", "127.1"));  // this host, by a name we don't know
    EXPECT_NE(failure_of(call(*client, request)).reason.find("https://"), std::string::npos);
    request.plain = true;
    EXPECT_EQ(body_of(call(*client, request)), "{}");
}

TEST_F(ClientTest, AnUnknownHostSentNothing) {
    // A label of more than 63 letters is refused by the resolver itself; nobody is asked.
    const auto result = call(*client, request_to("https://" + std::string(64, 'a') + ".example/"));
    EXPECT_FALSE(failure_of(result).sent);
    EXPECT_NE(failure_of(result).reason.find("can't resolve"), std::string::npos);
}

TEST_F(ClientTest, RequestsThatMustNotGoOutAreRefused) {
    auto broken_header = request_to("http://127.0.0.1:1/");
    broken_header.headers = {{"X-API-Key", "secret\r\nX-Evil: 1"}};
    auto broken_method = request_to("http://127.0.0.1:1/");
    broken_method.method = "POST /evil HTTP/1.1\r\n";
    for (const auto& request : {request_to("http://example.com/"), request_to("nonsense"),
                                request_to(""), broken_header, broken_method}) {
        const auto result = call(*client, request);
        EXPECT_FALSE(failure_of(result).sent);
        EXPECT_EQ(failure_of(result).reason.find("secret"), std::string::npos);
    }
}

TEST_F(ClientTest, TheBodiesThatWaitAreBoundedByTheirBytes) {
    client = net::make_client({.bytes_per_host = 100});
    Server server({hang, answer(response(200, "yes"))});
    const auto of = [&](std::size_t size) {
        return within(once(request_to(server.url(), std::string(size, 'x'))), 400);
    };
    auto first = start(*client, of(60));
    EXPECT_NE(failure_of(call(*client, of(41))).reason.find("too many"), std::string::npos);
    EXPECT_TRUE(failure_of(first.get()).sent);
    EXPECT_EQ(std::get<net::Response>(call(*client, of(41))).status, 200) << "it made room";
}

TEST_F(ClientTest, AFullQueueRefusesAndADeadlineInTheQueueSentNothing) {
    net::Limits limits;
    limits.connections_per_host = 1;
    limits.waiting_per_host = 1;
    client = net::make_client(limits);
    Server server({hang});
    auto running = start(*client, once(within(request_to(server.url()), 400)));
    auto waiting = start(*client, once(within(request_to(server.url()), 100)));
    const auto refused = call(*client, once(request_to(server.url())));
    EXPECT_FALSE(failure_of(refused).sent);
    EXPECT_NE(failure_of(refused).reason.find("too many"), std::string::npos);
    EXPECT_FALSE(failure_of(waiting.get()).sent);
    EXPECT_TRUE(failure_of(running.get()).sent);
}

TEST_F(ClientTest, ADeadlineOfNothingSendsNothing) {
    Server server({echo});
    EXPECT_FALSE(failure_of(call(*client, within(request_to(server.url()), 0))).sent);
    auto delayed = within(request_to(server.url()), 20);
    delayed.delay = 10s;
    EXPECT_FALSE(failure_of(call(*client, delayed)).sent);
    EXPECT_EQ(server.connections(), 0);
}

// ---- Something may have been sent -------------------------------------------------------------

struct Misdeed {
    std::string name;
    tiny::Script script;
};

class MisdeedTest : public testing::TestWithParam<Misdeed> {};

TEST_P(MisdeedTest, IsAFailureAfterTheFirstByte) {
    net::Limits limits;
    limits.response_bytes = 1000;
    const auto client = net::make_client(limits);
    Server server({GetParam().script});
    const auto result = call(*client, once(within(request_to(server.url()), 2000)));
    EXPECT_TRUE(failure_of(result).sent);
    EXPECT_NE(failure_of(result).reason, "");
    EXPECT_EQ(server.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Peers, MisdeedTest,
    testing::Values(
        Misdeed{"ResetWithoutReading", [](Peer& peer) { peer.gone(), peer.reset(); }},
        Misdeed{"ResetAfterReading", [](Peer& peer) { peer.request(), peer.reset(); }},
        Misdeed{"CloseWithoutAnswer", [](Peer& peer) { peer.request(); }},
        Misdeed{"Garbage", answer("SSH-2.0-OpenSSH_9.2\r\n\r\n")},
        Misdeed{"HalfAnAnswer", answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")},
        Misdeed{"HalfAChunk",
                answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc")},
        Misdeed{"LargeAnnounced", answer(response(200, std::string(1001, 'x')))},
        Misdeed{"LargeChunked", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "800\r\n" +
                                       std::string(0x800, 'x') + "\r\n0\r\n\r\n")},
        Misdeed{"LargeUnbounded",
                answer("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(2000, 'x'))},
        Misdeed{"HeaderFlood",
                answer(response(200, "{}", "A: " + std::string(40'000, 'x') + "\r\n"))},
        Misdeed{"OnlyInterim", answer("HTTP/1.1 100 Continue\r\n\r\n")},
        Misdeed{"SlowHeader",
                [](Peer& peer) { peer.request(), peer.drip(std::string(10'000, 'x'), 50ms); }},
        Misdeed{"SlowBody",
                [](Peer& peer) {
                    peer.request();
                    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
                    peer.drip(std::string(900, 'x'), 50ms);
                }},
        Misdeed{"Silence", hang}),
    [](const auto& misdeed) { return misdeed.param.name; });

TEST_F(ClientTest, TheDeadlineEndsASlowAnswerInTime) {
    Server server({[](Peer& peer) { peer.request(), peer.drip(std::string(1000, 'x'), 20ms); }});
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(failure_of(call(*client, within(request_to(server.url()), 150))).sent);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 150ms);
    EXPECT_LT(took, 5s);
}

// ---- Kept connections -------------------------------------------------------------------------

/// Answers one request, then does something with the connection that the client keeps.
tiny::Script then(tiny::Script next) {
    return [next = std::move(next)](Peer& peer) {
        peer.request();
        peer.write(response(200, "first"));
        next(peer);
    };
}

TEST_F(ClientTest, OnceNeverUsesAConnectionThatThePeerHasClosed) {
    Server server({then([](Peer&) {}), echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    server.wait_closed(1);
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url(), "second")))), "second");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AConnectionWithStrayBytesIsNotUsedAgain) {
    Server server({[](Peer& peer) {
                       peer.request();
                       peer.write(response(200, "first") + response(200, "stray"));
                       peer.gone();
                   },
                   echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    EXPECT_EQ(body_of(call(*client, request_to(server.url(), "second"))), "second");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, OnceNeverUsesAConnectionThatWasIdleForLong) {
    net::Limits limits;
    limits.kept_for_once = 0ms;
    client = net::make_client(limits);
    Server server({echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url(), "1"))), "1");
    EXPECT_EQ(body_of(call(*client, request_to(server.url(), "2"))), "2");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url(), "3")))), "3");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AServerThatSaysCloseIsBelieved) {
    Server server({[](Peer& peer) {
        peer.request();
        peer.write(response(200, "bye", "Connection: close\r\n"));
        peer.gone();
    }});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "bye");
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "bye");
    EXPECT_EQ(server.connections(), 2);
}

/// Takes a second request on the kept connection and hangs up without a word.
const auto take_and_close = then([](Peer& peer) { peer.request(); });

TEST_F(ClientTest, ARepeatableRequestOnAStaleConnectionIsTriedOnAFreshOne) {
    Server server({take_and_close, echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    EXPECT_EQ(body_of(call(*client, request_to(server.url(), "again"))), "again");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ARepeatableRequestIsTriedOnAFreshConnectionOnlyOnce) {
    Server server({take_and_close, [](Peer& peer) { peer.request(); }});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    EXPECT_TRUE(failure_of(call(*client, request_to(server.url()))).sent);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ARequestThatWasHalfAnsweredIsNotTriedAgain) {
    Server server({then([](Peer& peer) {
                       peer.request();
                       peer.write("HTTP/1.1 200 OK\r\n");
                   }),
                   echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    EXPECT_TRUE(failure_of(call(*client, request_to(server.url()))).sent);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(ClientTest, OnceIsNeverRepeated) {
    Server server({take_and_close, echo});
    EXPECT_EQ(body_of(call(*client, request_to(server.url()))), "first");
    EXPECT_TRUE(failure_of(call(*client, once(request_to(server.url())))).sent);
    EXPECT_EQ(server.connections(), 1);
}

// ---- The end ----------------------------------------------------------------------------------

TEST_F(ClientTest, DestroyingTheClientFailsWhatIsInFlight) {
    net::Limits limits;
    limits.connections_per_host = 1;
    client = net::make_client(limits);
    std::atomic<bool> reached = false;
    Server server({[&](Peer& peer) {
        peer.request();
        reached = true;
        reached.notify_all();
        peer.gone();
    }});
    auto running = start(*client, request_to(server.url()));
    auto waiting = start(*client, request_to(server.url()));
    auto later = request_to(server.url());
    later.delay = 5s;
    auto delayed = start(*client, later);
    reached.wait(false);
    client.reset();
    for (auto* result : {&running, &waiting, &delayed}) {
        const auto failed = result->get();
        EXPECT_EQ(failure_of(failed).reason, "shut down");
        EXPECT_EQ(failure_of(failed).sent, result == &running);
    }
}

TEST_F(ClientTest, ARequestMadeWhileShuttingDownFailsToo) {
    Server server({hang});
    tests::Promised<net::Result> second;
    auto* raw = client.get();
    client->send(request_to(server.url()), [&](const net::Result&) {
        raw->send(request_to(server.url()), second.callback());
    });
    client.reset();
    EXPECT_EQ(failure_of(second.get()).reason, "shut down");
}

}  // namespace
