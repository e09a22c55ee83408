#include "http/router.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace {

using http::Access;
using http::Response;
using http::Router;

Router table() {
    const auto nothing = [](http::Request, const http::Respond&) {};
    return Router({
        {"GET", "/", Access::open, nothing},
        {"GET", "/api/settings", Access::admin, nothing},
        {"PUT", "/api/settings", Access::admin, nothing},
        {"GET", "/api/conversations/{id}", Access::admin, nothing},
        {"POST", "/api/conversations/{id}/messages/{part}", Access::admin, nothing},
    });
}

Router::Match matched(const Router& router, std::string_view method, std::string_view path) {
    const auto found = router.find(method, path);
    if (const auto* no = std::get_if<Response>(&found)) {
        throw std::runtime_error(std::to_string(no->status));
    }
    return std::get<Router::Match>(found);
}

Response refused(const Router& router, std::string_view method, std::string_view path) {
    return std::get<Response>(router.find(method, path));
}

TEST(Router, FindsTheRowByMethodAndPath) {
    const auto router = table();
    EXPECT_EQ(matched(router, "PUT", "/api/settings").route->method, "PUT");
    EXPECT_EQ(matched(router, "GET", "/").route->pattern, "/");
}

TEST(Router, GivesTheNamedSegmentsDecoded) {
    const auto router = table();
    const auto match = matched(router, "POST", "/api/conversations/a%2Fb/messages/%C3%B1");
    EXPECT_EQ(match.params.at("id"), "a/b");
    EXPECT_EQ(match.params.at("part"), "ñ");
}

TEST(Router, ServesHeadByTheRowForGet) {
    const auto router = table();
    EXPECT_EQ(matched(router, "HEAD", "/api/settings").route->method, "GET");
}

TEST(Router, AnswersAnUnknownPathWith404) {
    const auto router = table();
    for (const auto* path : {"/nothing", "/api", "/api/settings/", "/api/conversations/",
                             "/api/conversations/1/messages", "//", "/api%2Fsettings", "", "x"}) {
        EXPECT_EQ(refused(router, "GET", path).status, 404) << path;
    }
}

TEST(Router, AnswersAWrongMethodWith405AndThoseThatAreAllowed) {
    const auto router = table();
    const auto no = refused(router, "DELETE", "/api/settings");
    EXPECT_EQ(no.status, 405);
    ASSERT_EQ(no.headers.size(), 1U);
    EXPECT_EQ(no.headers[0], (std::pair<std::string, std::string>("Allow", "GET, HEAD, PUT")));
}

TEST(Router, TakesTheFirstOfTwoPatternsThatMatch) {
    const auto nothing = [](http::Request, const http::Respond&) {};
    const Router router(
        {{"GET", "/a/special", Access::open, nothing}, {"GET", "/a/{id}", Access::open, nothing}});
    EXPECT_EQ(matched(router, "GET", "/a/special").route->pattern, "/a/special");
    EXPECT_EQ(matched(router, "GET", "/a/other").params.at("id"), "other");
}

TEST(Router, RefusesAPatternThatIsNoPath) {
    EXPECT_THROW(Router({{"GET", "api", Access::open, nullptr}}), std::invalid_argument);
}

TEST(Router, AnswersAnyPathAtAll) {
    const auto router = table();
    EXPECT_TRUE(rc::check("no path breaks the router", [&router](const std::string& path) {
        const auto found = router.find("GET", "/" + path);
        const auto* no = std::get_if<Response>(&found);
        const int status = no == nullptr ? 404 : no->status;
        RC_ASSERT(status == 404 || status == 405);
    }));
}

TEST(Target, IsSplitIntoPathAndDecodedQuery) {
    http::Request request;
    ASSERT_TRUE(http::read_target("/a%20b?hub.mode=subscribe&x=1%262&y=a+b&x=3&empty", request));
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query.at("hub.mode"), "subscribe");
    EXPECT_EQ(request.query.at("x"), "3");
    EXPECT_EQ(request.query.at("y"), "a b");
    EXPECT_EQ(request.query.at("empty"), "");
}

TEST(Target, MayBeAWholeUrl) {
    http::Request request;
    ASSERT_TRUE(http::read_target("http://localhost:3002/livez?a=b", request));
    EXPECT_EQ(request.path, "/livez");
    EXPECT_EQ(request.query.at("a"), "b");
}

TEST(Target, IsRefusedWhereItIsMalformed) {
    for (const auto* target : {"", "*", "a/b", "/a b", "/%zz", "/a?%4"}) {
        http::Request request;
        EXPECT_FALSE(http::read_target(target, request)) << target;
    }
}

TEST(Error, QuotesWhateverACallerSent) {
    EXPECT_EQ(http::error(400, "bad", "a \"quote\"").body,
              R"({"error":{"code":"bad","message":"a \"quote\""}})");
    EXPECT_NE(http::error(400, "bad", "\xff").body.find("\xef\xbf\xbd"), std::string::npos);
}

}  // namespace
