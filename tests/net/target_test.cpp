#include "net/target.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/client.hpp"

namespace {

TEST(TargetTest, TakesAUrlApart) {
    const auto target = std::get<net::Target>(net::target_of("https://api.kapso.ai/v1/a?b=c#d"));
    EXPECT_TRUE(target.tls);
    EXPECT_EQ(target.host, "api.kapso.ai");
    EXPECT_EQ(target.port, "443");
    EXPECT_EQ(target.authority, "api.kapso.ai");
    EXPECT_EQ(target.path, "/v1/a?b=c");
}

TEST(TargetTest, KnowsAddressesAndPorts) {
    const auto target = std::get<net::Target>(net::target_of("http://[::1]:8080"));
    EXPECT_FALSE(target.tls);
    EXPECT_EQ(target.host, "::1");
    EXPECT_EQ(target.port, "8080");
    EXPECT_EQ(target.authority, "[::1]:8080");
    EXPECT_EQ(target.path, "/");
    EXPECT_TRUE(net::is_address("::1"));
    EXPECT_TRUE(net::is_address("127.0.0.1"));
    EXPECT_FALSE(net::is_address("localhost"));
}

TEST(TargetTest, OneHostHasOnePool) {
    const auto pool = [](const char* url) {
        return std::get<net::Target>(net::target_of(url)).pool();
    };
    EXPECT_EQ(pool("https://Example.com/a"), pool("https://example.com:443/b?c"));
    EXPECT_NE(pool("https://localhost:80"), pool("http://localhost:80"));
    EXPECT_NE(pool("https://example.com"), pool("https://example.com:8443"));
}

TEST(TargetTest, EncodesOneSegment) {
    EXPECT_EQ(net::segment("123456789012345"), "123456789012345");
    EXPECT_EQ(net::segment("../a b?c#d%"), "..%2Fa%20b%3Fc%23d%25");
}

TEST(TargetTest, AcceptsHttpsAndLoopback) {
    for (const auto* url :
         {"https://api.openai.com/v1", "https://10.0.0.1:8443", "http://localhost",
          "http://localhost:3002/x", "http://127.0.0.1", "http://127.3.2.1:80", "http://[::1]:1/",
          "HTTPS://EXAMPLE.COM", "http://LOCALHOST:1", "https://example.com:65535"}) {
        EXPECT_EQ(net::objection_to_base_url(url), "") << url;
    }
}

TEST(TargetTest, TakesPlainHttpToAnyHostWhereItsCallerAllowsThat) {
    for (const auto* url :
         {"http://10.1.2.3:3002/readyz", "http://hilo.internal/", "http://[fe80::1]"}) {
        EXPECT_TRUE(std::holds_alternative<net::Target>(net::target_of(url, true))) << url;
        EXPECT_TRUE(std::holds_alternative<std::string>(net::target_of(url))) << url;
    }
    EXPECT_TRUE(std::holds_alternative<std::string>(net::target_of("ftp://10.1.2.3", true)));
    EXPECT_TRUE(std::holds_alternative<std::string>(net::target_of("http://a:b@10.1.2.3", true)));
}

TEST(TargetTest, ObjectsToTheRestAndSaysWhy) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "is not a URL"},
        {"api.openai.com/v1", "is not a URL"},
        {"https://exa mple.com", "is not a URL"},
        {"ftp://example.com", "https://"},
        {"https://", "names no host"},
        {"https:///v1", "names no host"},
        {"mailto:me@example.com", "https://"},
        {"http://example.com", "localhost"},
        {"http://localhost.example.com", "localhost"},
        {"http://127.0.0.1.example.com", "host"},
        {"https://10.0.0.1.example.com/v1", "host"},
        {"http://127.1", "localhost"},
        {"https://a%00b.example.com", "host"},
        {"https://a%2fb.example.com", "host"},
        {"http://[::2]", "localhost"},
        {"http://0.0.0.0", "localhost"},
        {"https://user:secret@example.com", "password"},
        {"https://example.com:0", "port"},
        {"https://example.com:99999", "port"},
        {"https://example.com?x=1", "query"},
        {"https://example.com#x", "fragment"},
    };
    for (const auto& [url, word] : rows) {
        const auto objection = net::objection_to_base_url(url);
        EXPECT_NE(objection.find(word), std::string::npos) << url << " -> " << objection;
    }
}

TEST(TargetTest, PlainHttpIsForLoopbackAlone) {
    EXPECT_TRUE(rc::check([](std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
        const auto address = std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c) +
                             "." + std::to_string(d);
        RC_ASSERT(net::objection_to_base_url("http://" + address).empty() == (a == 127));
        RC_ASSERT(net::objection_to_base_url("https://" + address).empty());
    }));
}

TEST(TargetTest, AnyTextIsATargetOrAnObjection) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        const auto target = net::target_of(text);
        if (const auto* objection = std::get_if<std::string>(&target)) {
            RC_ASSERT(!objection->empty());
        }
        RC_ASSERT(!net::objection_to_base_url("http://" + text + ".example.com").empty());
    }));
}

}  // namespace
