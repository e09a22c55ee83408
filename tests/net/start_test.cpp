#include <gtest/gtest.h>

#include "tests/support/call.hpp"
#include "tests/support/tiny_server.hpp"

namespace {

using tests::body_of;
using tests::call;
using tests::failure_of;
using tests::once;
using tests::request_to;
using tiny::Peer;
using tiny::response;
using tiny::Server;

net::Request unless(std::function<bool()> may_start, net::Request request) {
    request.may_start = std::move(may_start);
    return once(std::move(request));
}

TEST(Start, WhatMayNotStartWritesNoByteAndSaysSo) {
    std::string seen = "nobody connected";
    {
        Server server({[&](Peer& peer) { seen = peer.request(); }});
        const auto client = net::make_client();
        const auto result =
            call(*client, unless([] { return false; }, request_to(server.url("/"))));
        EXPECT_FALSE(failure_of(result).sent);
        EXPECT_TRUE(failure_of(result).not_started);
        EXPECT_NE(failure_of(result).reason.find("not started"), std::string::npos);
        server.wait_closed(1);
    }
    EXPECT_EQ(seen, "") << "it connected, and wrote nothing";
}

TEST(Start, ItIsAskedOnceTheConnectionStands) {
    std::atomic<bool> connected = false;
    Server server({[&](Peer& peer) {
        connected = true;
        connected.notify_all();
        peer.request();
        peer.write(response(200, "there"));
    }});
    const auto client = net::make_client();
    const auto when_connected = [&] {
        connected.wait(false);  // for ever, where it is asked before
        return true;
    };
    EXPECT_EQ(body_of(call(*client, unless(when_connected, request_to(server.url("/"))))), "there");
}

TEST(Start, AKeptConnectionServesTheNextRequest) {
    Server server({[&](Peer& peer) {
        for (auto one = peer.request(); !one.empty(); one = peer.request()) {
            peer.write(response(200, one.substr(one.find("\r\n\r\n") + 4)));
        }
    }});
    const auto client = net::make_client();
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url("/"), "1")))), "1");
    int asked = 0;
    const auto no = [&] { return ++asked == 0; };
    const auto refused = call(*client, unless(no, request_to(server.url("/"), "2")));
    EXPECT_TRUE(failure_of(refused).not_started);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(body_of(call(*client, once(request_to(server.url("/"), "3")))), "3");
}

}  // namespace
