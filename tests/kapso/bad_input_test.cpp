#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "bodies.hpp"

namespace {

using namespace bodies;
using kapso::Inbound;
using kapso::Unclear;
using Expected = std::vector<std::string>;

/// What is kept of an entry can be posted again: once Hilo understands it, nothing is missing.
TEST(BadInputTest, AnUnclearEntryOfMetaKeepsItsEnvelope) {
    const auto items =
        read(meta(R"("contacts":[{"wa_id":"1","profile":{"name":"Ann"}}],"messages":[)"
                  R"({"id":"w","from":"1","type":"text","text":{"body":[]}}])"));
    auto again = only<Unclear>(items).raw;
    again.replace(again.find(R"("body":[])"), 9, R"("body":"x")");
    const auto in = only<Inbound>(read(again));
    EXPECT_EQ(in.contact, (kapso::Contact{"111", "1", "", "", "Ann"}));
}

TEST(BadInputTest, ABatchOfTenThousandIsTenThousandItems) {
    std::string body = R"({"type":"whatsapp.message.received","batch":true,"data":[)";
    for (int i = 0; i < 10'000; ++i) {
        if (i > 0) body += ",";
        const auto id = std::to_string(i);
        body += R"({"message":{"id":"wamid.)" + id + R"(","from":"1555)" + id +
                R"(","timestamp":"1730092800","type":"text","text":{"body":"Message )" + id +
                R"("},"kapso":{"direction":"inbound"}},"conversation":{"id":"c)" + id +
                R"(","phone_number":"1555)" + id + R"("},"phone_number_id":"111"})";
    }
    body += "]}";
    ASSERT_LT(body.size(), 4u << 20);
    const auto items = read(body);
    ASSERT_EQ(items.size(), 10'000u);
    EXPECT_EQ(std::get<Inbound>(items.back()).message.text, "Message 9999");
}

TEST(BadInputTest, WhatIsOfNoUseIsBounded) {
    std::string body = R"({"data":[0)";
    for (int i = 0; i < 100'000; ++i) body += ",0";
    body += "]}";
    const auto items = read(body);
    ASSERT_EQ(items.size(), 1'001u);
    EXPECT_EQ(std::get<Unclear>(items.back()).reason,
              "the body has at least 49001 more entries that are unclear or of no use");
    EXPECT_EQ(std::get<Unclear>(items.back()).raw, body);
}

TEST(BadInputTest, WhatManyItemsShareIsBounded) {
    const auto with = [](const std::string& person, const std::string& from) {
        return read(meta(R"("contacts":[{"wa_id":"1","profile":{"name":")" + person +
                         R"("}}],"messages":[{"id":"w","from":")" + from +
                         R"(","text":{"body":"x"}}])"));
    };
    std::string name;
    for (int i = 0; i < 200; ++i) name += "\u00e9";
    EXPECT_EQ(only<Inbound>(with("a" + name, "1")).contact.name.size(), 255u)
        << "no half character";
    EXPECT_EQ(only<Unclear>(with("Ann", std::string(257, '1'))).reason,
              "a number or id is longer than 256 bytes");
}

TEST(BadInputTest, WhatIsKeptOfUnclearEntriesIsBoundedInBytes) {
    const std::string person(1 << 20, 'x');
    std::string body = R"("contacts":[{"x":")" + person + R"("}],"messages":[0)";
    for (int i = 0; i < 100; ++i) body += ",0";
    std::size_t kept = 0;
    for (const auto& item : read(meta(body + "]"))) kept += std::get<Unclear>(item).raw.size();
    EXPECT_LT(kept, 12u << 20);
}

// ---- Not understood ---------------------------------------------------------------------------

TEST(BadInputTest, WhatIsNoJsonIsUnclearAsAWhole) {
    for (const std::string body :
         {"", "{", R"({"a":1)", "Bad Gateway", R"({"a":"\ud800"})", "{]"}) {
        const auto unclear = only<Unclear>(read(body, received));
        EXPECT_NE(unclear.reason.find("no complete JSON"), std::string::npos) << body;
        EXPECT_EQ(unclear.raw, body);
    }
    EXPECT_NE(reason("{\"a\":\"\xff\"}").find("not valid UTF-8 at byte"), std::string::npos);
    EXPECT_EQ(reason("7"), "an event must be a JSON object");
    EXPECT_EQ(reason("{}"), "neither an event's name nor a message");
}

TEST(BadInputTest, DepthIsBoundedWithoutRecursion) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(describe(read("{\"event\":\"project.event\",\"x\":" + nested(31) + "}")),
              Expected{"ignored project.event"});
    EXPECT_EQ(reason("{\"event\":\"project.event\",\"x\":" + nested(32) + "}"),
              "the body is deeper than 32 levels");
    EXPECT_EQ(reason(std::string(4 << 20, '[')), "the body is deeper than 32 levels");
}

/// The reader gives up after so many entries; that the body itself goes wrong just then must not
/// end anything else.
TEST(BadInputTest, AFloodThatEndsInAMistakeIsKept) {
    for (const std::size_t count : {49'998, 49'999, 50'000, 50'001}) {
        std::string body = R"({"messages":[0)";
        for (std::size_t i = 1; i < count; ++i) body += ",0";
        const auto items = read(body + R"(],"message_echoes":1})");
        EXPECT_FALSE(items.empty()) << count;
        EXPECT_LE(items.size(), 1'002U) << count;
    }
}

TEST(BadInputTest, AKeyMayStandOnlyOnce) {
    const auto twice = "the body has a key that stands twice in one object";
    EXPECT_EQ(reason(R"({"event":"a.b","event":"a.c"})"), twice);
    EXPECT_EQ(reason(R"({"event":"a.b","x":[{"y":1,"\u0079":2}]})"), twice);
    EXPECT_EQ(describe(read(R"({"event":"project.event","x":{"y":1},"z":{"y":1}})")),
              Expected{"ignored project.event"});
}

TEST(BadInputTest, WrongTypesAreNamed) {
    EXPECT_EQ(reason(R"({"message":[]})", received), "\"message\" must be an object");
    EXPECT_EQ(reason(R"({"batch":true,"data":{}})"), "\"data\" must be an array");
    EXPECT_EQ(reason(R"({"batch":true})"), "a batch without \"data\"");
    EXPECT_EQ(reason(R"({"entry":{}})"), "\"entry\" must be an array");
    EXPECT_EQ(reason(v2(R"(,"from":{})"), received), "\"from\" must be a string");
    EXPECT_EQ(reason(R"({"message":{"id":[],"from":"1","text":{"body":"x"}}})", received),
              "\"id\" must be a string");
    EXPECT_EQ(reason(R"({"message":{"from":"1","text":{"body":{}}}})", received),
              "\"body\" must be a string");
}

TEST(BadInputTest, HarmlessTypesAreTolerated) {
    const auto in = only<Inbound>(read(R"({"message":{"id":"w","from":15551234567,"timestamp":17,
        "text":{"body":42},"context":null,"kapso":{"content":{"text":"x"},"direction":null}},
        "conversation":null,"phone_number_id":111})",
                                       received));
    EXPECT_EQ(in.contact, (kapso::Contact{"111", "15551234567", "", "", ""}));
    EXPECT_EQ(in.message.text, "42");
}

TEST(BadInputTest, NoTextHoldsTheCharacterThatDatabasesRefuse) {
    const auto in = only<Inbound>(
        read(R"({"message":{"id":"w","from":"1","text":{"body":"a\u0000b\u0000"}}})", received));
    EXPECT_EQ(in.message.text, "a\uFFFDb\uFFFD");
}

TEST(BadInputTest, ReasonsHoldNothingPersonal) {
    const std::string secret = "+4915112345678";
    for (const auto& body : {"{\"x\":\"" + secret, "{\"" + secret + "\":1,\"" + secret + "\":2}",
                             R"({"message":{"id":[")" + secret + "\"]}}"}) {
        EXPECT_EQ(reason(body, received).find(secret), std::string::npos) << reason(body, received);
    }
}

TEST(BadInputTest, AnyBytesGiveItemsAndNoException) {
    EXPECT_TRUE(rc::check([](const std::string& bytes, const std::string& event) {
        static_cast<void>(read(bytes, event));
        RC_ASSERT(!read(bytes).empty());
    }));
}

}  // namespace
