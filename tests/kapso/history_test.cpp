#include "kapso/history.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/tiny_server.hpp"

namespace {

using namespace std::chrono_literals;
using kapso::History;
using kapso::Listing;
using kapso::MessageList;
using tiny::Peer;
using tiny::response;

const events::Time noon = events::parse_iso8601("2026-11-20T12:00:00Z").value();
const Listing listing{"123", kapso::Way::both, noon};

const std::string one = R"({"data":[{"id":"wamid.1","from":"15551234567","type":"text",
    "timestamp":"1735689600","text":{"body":"Hello"},"kapso":{"direction":"inbound"}}],
    "paging":{"cursors":{"after":"next"},"next":"https://x"}})";

std::string failed(const History::Page& page) {
    const auto* why = std::get_if<History::Failed>(&page);
    return why ? why->reason : "a page";
}

TEST(HistoryTest, AsksAsKapsoWantsIt) {
    const auto request = kapso::list_request(listing, "", "https://api.kapso.ai/v24.0/", "key");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.url,
              "https://api.kapso.ai/v24.0/123/messages?limit=100&fields=kapso(default)"
              "&since=2026-11-20T12%3A00%3A00.000000Z");
    auto narrow = listing;
    narrow.way = kapso::Way::outbound;
    narrow.since += 1'500'000us;
    narrow.until = narrow.since;
    const auto url = kapso::list_request(narrow, "a/b&c", "https://x", "key").url;
    EXPECT_TRUE(
        url.ends_with("&since=2026-11-20T12%3A00%3A01.000000Z"
                      "&until=2026-11-20T12%3A00%3A02.000000Z&direction=outbound"
                      "&after=a%2Fb%26c"))
        << url;
}

TEST(HistoryTest, OnlyAListIsAList) {
    const auto page = [](int status, const std::string& body) {
        return failed(kapso::page_of(net::Response{status, {}, body}, "123"));
    };
    EXPECT_EQ(page(200, one), "a page");
    EXPECT_EQ(page(200, R"({"data":[]})"), "a page");
    EXPECT_EQ(page(200, R"({"messages":[{"id":"wamid.x"}]})"), "the answer is no list of messages");
    EXPECT_EQ(page(200, "<html>"), "the answer is no list of messages");
    EXPECT_EQ(page(401, R"({"error":"Invalid API key"})"), "401: Invalid API key");
    EXPECT_EQ(page(200, R"({"data":[],"paging":{"next":"https://x"}})"),
              "the list goes on, and no cursor says where");
    EXPECT_NE(page(502, "Bad Gateway"), "a page");
    EXPECT_EQ(failed(kapso::page_of(net::Failure{true, "reset"}, "123")), "reset");
}

TEST(HistoryTest, APageTellsTheProvidersTime) {
    const auto at = [](const std::string& date) {
        const net::Response response{200, {{"date", date}}, one};
        return std::get<MessageList>(kapso::page_of(response, "123")).at;
    };
    EXPECT_EQ(at("Fri, 20 Nov 2026 11:00:00 GMT"), noon - 1h);
    EXPECT_EQ(at("yesterday"), std::nullopt);
}

TEST(HistoryTest, APageThatTellsNothingIsEmptyAndNotKept) {
    const auto page = kapso::page_of(
        net::Response{200, {}, R"({"data":[{"id":"wamid.1","kapso":{"direction":"outbound",
            "origin":"other"},"to":"34600","type":"text","text":{"body":"x"}}]})"},
        "123");
    for (const auto& item : std::get<MessageList>(page).items) {
        EXPECT_FALSE(std::holds_alternative<kapso::Unclear>(item));
    }
}

struct Reading : testing::Test {
    std::unique_ptr<net::Client> client = net::make_client();
    kapso::Turnstile turnstile;
    History history_of(const tiny::Server& server) {
        return {*client, turnstile, server.url("/v24.0"), "key"};
    }
};

TEST_F(Reading, ReadsAPage) {
    std::string seen;
    tiny::Server server({[&](Peer& peer) {
        seen = peer.request();
        peer.write(response(200, one));
    }});
    const auto page = history_of(server).read(listing, "", {});
    EXPECT_EQ(std::get<MessageList>(page).after, "next");
    EXPECT_EQ(std::get<MessageList>(page).items.size(), 1U);
    EXPECT_TRUE(seen.starts_with("GET /v24.0/123/messages?limit=100")) << seen;
    EXPECT_NE(seen.find("X-API-Key: key\r\n"), std::string::npos);
}

TEST_F(Reading, EndsAtOnceWhereItIsStopped) {
    std::stop_source source;
    tiny::Server server({[&](Peer& peer) {
        peer.request();
        source.request_stop();
        peer.gone();
    }});
    const auto page = history_of(server).read(listing, "", source.get_token());
    EXPECT_TRUE(std::get<History::Failed>(page).stopped);
    client.reset();  // the answer comes when nobody waits for it any more
}

TEST_F(Reading, WaitsWhereTheMinuteIsNeededForSendsAndCanBeStoppedThere) {
    tiny::Server server({[](Peer& peer) {
        while (!peer.request().empty()) {
            peer.write(
                response(200, one, "X-RateLimit-Limit: 99\r\nX-RateLimit-Remaining: 33\r\n"));
        }
    }});
    const auto history = history_of(server);
    history.read(listing, "", {});
    std::stop_source source;
    std::optional<History::Page> page;
    std::thread reader([&] { page = history.read(listing, "", source.get_token()); });
    source.request_stop();
    reader.join();
    EXPECT_TRUE(std::get<History::Failed>(*page).stopped);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(turnstile.figures().left, 33);
}

}  // namespace
