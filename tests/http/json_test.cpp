#include "http/json.hpp"

#include <gtest/gtest.h>

namespace {

/// "" where the body is taken, else the message of the 400.
std::string complaint(const std::string& body) {
    http::Request request;
    request.body = body;
    const auto read = http::object_of(request);
    const auto* refusal = std::get_if<http::Response>(&read);
    if (refusal == nullptr) return "";
    EXPECT_EQ(refusal->status, 400);
    return http::Json::parse(refusal->body)["error"]["message"];
}

/// An object of so many levels.
std::string nested(std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

TEST(JsonBody, IsTakenWhereItIsAnObject) {
    for (const auto& body :
         {std::string("{}"), std::string(R"({"a":{"x":1},"b":{"x":2},"c":[{"x":1},{"x":1}]})"),
          std::string(R"({"a":"¿Qué? 😀"})"), nested(32)}) {
        EXPECT_EQ(complaint(body), "") << body;
    }
}

TEST(JsonBody, IsRefusedWithItsFlaw) {
    const std::pair<std::string, std::string> rows[] = {
        {"", "the body is not JSON in UTF-8: it goes wrong at byte 1"},
        {R"({"a":nope})", "the body is not JSON in UTF-8: it goes wrong at byte 7"},
        {"{\"a\":\"\xff\"}", "the body is not JSON in UTF-8: it goes wrong at byte 7"},
        {"[]", "the body must be a JSON object"},
        {R"({"a":1,"b":{},"a":2})", "the body has a key that stands twice in one object"},
        {R"({"b":[{"a":1,"a":2}]})", "the body has a key that stands twice in one object"},
        {R"({"a":"x\u0000"})", "the body holds U+0000, which no database text may hold"},
        {R"({"a\u0000":1})", "the body holds U+0000, which no database text may hold"},
        {R"({"a":1e999})", "the body holds a number beyond all bounds"},
        {nested(33), "the body is deeper than 32 levels"},
        {nested(1'000'000), "the body is deeper than 32 levels"},
        {R"({"a":)" + std::string(2'000'000, '['), "the body is deeper than 32 levels"},
    };
    for (const auto& [body, expected] : rows) EXPECT_EQ(complaint(body), expected);
}

}  // namespace
