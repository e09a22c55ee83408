#include "http/access.hpp"

#include <gtest/gtest.h>

namespace {

using http::Access;

http::Request from_here() {
    http::Request request;
    request.peer = "127.0.0.1";
    request.headers["host"] = "localhost:3002";
    return request;
}

int status(const http::Request& request, std::string_view token, Access access = Access::admin) {
    const auto no = http::refusal(access, request, token);
    return no ? no->status : 200;
}

TEST(Access, AsksNothingOfOpenRoutesAndWebhooks) {
    EXPECT_EQ(status({}, "token", Access::open), 200);
    EXPECT_EQ(status({}, "token", Access::webhook), 200);
}

TEST(Access, ServesLocalRoutesToThisMachineAloneWhateverTheToken) {
    auto request = from_here();
    EXPECT_EQ(status(request, "", Access::local), 200);
    EXPECT_EQ(status(request, "token", Access::local), 200);
    request.headers["origin"] = "https://evil.example";
    EXPECT_EQ(status(request, "", Access::local), 403);
    request = from_here();
    request.headers["x-forwarded-for"] = "203.0.113.9";
    request.headers["authorization"] = "Bearer token";
    EXPECT_EQ(status(request, "token", Access::local), 403);
    request = from_here();
    request.headers["host"] = "evil.example";
    EXPECT_EQ(status(request, "", Access::local), 403);
}

TEST(Access, WantsTheWholeTokenWhereOneIsConfigured) {
    auto request = from_here();
    EXPECT_EQ(status(request, "secret"), 401);
    for (const auto* wrong : {"secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2",
                              "Bearer Secret", "Basic secret", "Bearer  secret"}) {
        request.headers["authorization"] = wrong;
        EXPECT_EQ(status(request, "secret"), 401) << wrong;
    }
    request.headers["authorization"] = "bearer secret";
    EXPECT_EQ(status(request, "secret"), 200);
}

TEST(Access, TakesTheTokenFromAnywhere) {
    http::Request request;
    request.peer = "203.0.113.9";
    request.headers["host"] = "hilo.example.com";
    request.headers["origin"] = "https://elsewhere.example.com";
    request.headers["authorization"] = "Bearer secret";
    EXPECT_EQ(status(request, "secret"), 200);
}

TEST(Access, NamesTheSchemeWithA401) {
    const auto no = http::refusal(Access::admin, from_here(), "secret");
    ASSERT_TRUE(no.has_value());
    EXPECT_EQ(no->headers.at(0).first, "WWW-Authenticate");
}

TEST(Access, WithoutATokenServesThisMachineAlone) {
    auto request = from_here();
    EXPECT_EQ(status(request, ""), 200);
    request.peer = "::1";
    EXPECT_EQ(status(request, ""), 200);
    for (const auto* peer : {"10.0.0.1", "203.0.113.9", "::2", "", "fe80::1"}) {
        request.peer = peer;
        EXPECT_EQ(status(request, ""), 403) << peer;
    }
}

TEST(Access, WithoutATokenServesLocalNamesAlone) {
    auto request = from_here();
    for (const auto* host :
         {"localhost", "LOCALHOST:80", "127.0.0.1:3002", "127.8.9.1", "[::1]", "[::1]:3002"}) {
        request.headers["host"] = host;
        EXPECT_EQ(status(request, ""), 200) << host;
    }
    for (const auto* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                             "127.evil", "127", "::1", "[::1", "localhost:80:80", "localhost:x",
                             "0.0.0.0", "evil.example:3002", "localhost, evil.example"}) {
        request.headers["host"] = host;
        EXPECT_EQ(status(request, ""), 403) << host;
    }
}

TEST(Access, WithoutATokenRefusesForeignPages) {
    auto request = from_here();
    for (const auto* origin : {"http://localhost:3002", "https://127.0.0.1", "http://[::1]:5"}) {
        request.headers["origin"] = origin;
        EXPECT_EQ(status(request, ""), 200) << origin;
    }
    for (const auto* origin : {"null", "https://evil.example", "http://localhost.evil.example",
                               "file://", "http://evil.example/localhost", "http://"}) {
        request.headers["origin"] = origin;
        EXPECT_EQ(status(request, ""), 403) << origin;
    }
}

TEST(Access, WithoutATokenRefusesWhatAProxyForwards) {
    for (const auto* mark : {"forwarded", "x-forwarded-for", "x-real-ip", "via"}) {
        auto request = from_here();
        request.headers[mark] = "203.0.113.9";
        EXPECT_EQ(status(request, ""), 403) << mark;
    }
}

}  // namespace
