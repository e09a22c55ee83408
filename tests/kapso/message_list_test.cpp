#include "kapso/message_list.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/places.hpp"

namespace {

using kapso::Inbound;
using kapso::read_message_list;

std::string sample(const std::string& name) {
    std::ostringstream out;
    out << std::ifstream(support::source_dir() + "/../shared/samples/kapso/" + name).rdbuf();
    return out.str();
}

bool has_samples() {
    return std::filesystem::exists(support::source_dir() + "/../shared/samples/kapso");
}

TEST(MessageListTest, ReadsACustomersMessage) {
    const auto list = read_message_list(R"({"data":[{"id":"wamid.1","from":"15551234567",
        "type":"text","timestamp":"1735689600","text":{"body":"Hello"},
        "kapso":{"direction":"inbound","status":"delivered"}}]})",
                                        "777");
    ASSERT_EQ(list.items.size(), 1U);
    const auto& item = std::get<Inbound>(list.items[0]);
    EXPECT_EQ(item.contact.line, "777");
    EXPECT_EQ(item.message.wamid, "wamid.1");
    EXPECT_EQ(item.message.text, "Hello");
    EXPECT_EQ(item.message.source, events::Source::backfill);
}

/// The documentation's item names no sender, so nobody can say whose conversation it belongs to.
TEST(MessageListTest, TheDocumentedItemIsUnclear) {
    if (!has_samples()) GTEST_SKIP() << "no samples beside the repository";
    const auto list = read_message_list(sample("api-response-messages_list-200.json"), "777");
    ASSERT_EQ(list.items.size(), 1U);
    EXPECT_NE(std::get<kapso::Unclear>(list.items[0]).reason.find("sender"), std::string::npos);
    EXPECT_EQ(list.after, "");
}

TEST(MessageListTest, ReadsARealItem) {
    if (!has_samples()) GTEST_SKIP() << "no samples beside the repository";
    const auto list = read_message_list(
        R"({"data":[)" + sample("real-list_api-image-2026_08.json") + "]}", "777");
    ASSERT_EQ(list.items.size(), 1U);
    const auto& item = std::get<Inbound>(list.items[0]);
    EXPECT_EQ(item.contact.line, "597907523413541") << "the message's own line";
    EXPECT_EQ(item.contact.phone, "5491100000000");
    EXPECT_EQ(item.message.kind, events::Kind::image);
    EXPECT_EQ(item.message.source, events::Source::backfill);
}

TEST(MessageListTest, HistoryStaysHistory) {
    const auto list = read_message_list(R"({"data":[{"id":"wamid.1","from":"1555","type":"text",
        "timestamp":"1735689600","text":{"body":"old"},
        "kapso":{"direction":"inbound","origin":"history_sync"}}]})",
                                        "777");
    ASSERT_EQ(list.items.size(), 1U);
    EXPECT_EQ(std::get<Inbound>(list.items[0]).message.source, events::Source::history);
}

TEST(MessageListTest, OutboundOnesAreCompletedToo) {
    const auto list = read_message_list(R"({"data":[{"id":"wamid.1","to":"1555","type":"text",
        "timestamp":"1735689600","text":{"body":"hi"},
        "kapso":{"direction":"outbound","status":"sent"}}]})",
                                        "777");
    ASSERT_EQ(list.items.size(), 1U);
    EXPECT_EQ(std::get<kapso::Outbound>(list.items[0]).contact.line, "777");
}

/// However far it has come: that the provider has it shows that it went out.
TEST(MessageListTest, EveryListedMessageOfTheBusinessIsTold) {
    for (const std::string status : {"pending", "sent", "delivered", "read", "failed"}) {
        const auto list = read_message_list(R"({"data":[{"id":"wamid.1","to":"1555","type":"text",
            "timestamp":"1735689600","text":{"body":"hi"},
            "kapso":{"direction":"outbound","status":")" +
                                                status + R"("}}]})",
                                            "777");
        ASSERT_FALSE(list.items.empty()) << status;
        const auto* told = std::get_if<kapso::Outbound>(&list.items[0]);
        ASSERT_NE(told, nullptr) << status;
        EXPECT_EQ(told->text, "hi") << status;
    }
}

TEST(MessageListTest, KnowsTheNextPage) {
    const auto after = [](const std::string& paging) {
        return read_message_list(R"({"data":[],"paging":)" + paging + "}", "1").after;
    };
    EXPECT_EQ(after(R"({"cursors":{"after":"abc"},"next":"https://x"})"), "abc");
    EXPECT_EQ(after(R"({"cursors":{"after":"abc"},"next":null})"), "") << "the last page";
    EXPECT_EQ(after("null"), "");
}

TEST(MessageListTest, APageWithoutACursorIsNotTheLastOneWhereItGoesOn) {
    const auto cut_off = [](const std::string& paging) {
        return read_message_list(R"({"data":[],"paging":)" + paging + "}", "1").cut_off;
    };
    EXPECT_TRUE(cut_off(R"({"cursors":{"after":null},"next":"https://x"})"));
    EXPECT_TRUE(cut_off(R"({"next":"https://x"})"));
    EXPECT_FALSE(cut_off(R"({"cursors":{"after":"abc"},"next":"https://x"})"));
    EXPECT_FALSE(cut_off(R"({"cursors":{"after":null},"next":null})"));
}

TEST(MessageListTest, AnEntryWithoutADirectionIsNobodys) {
    const auto list = read_message_list(R"({"data":[{"id":"wamid.1","from":"15551234567",
        "type":"text","timestamp":"1735689600","text":{"body":"Hello"}}]})",
                                        "777");
    ASSERT_EQ(list.items.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<kapso::Unclear>(list.items[0]));
}

TEST(MessageListTest, WhatIsNoListIsUnclear) {
    for (const auto* body : {"", "Bad Gateway", "7"}) {
        const auto list = read_message_list(body, "777");
        ASSERT_EQ(list.items.size(), 1U) << body;
        EXPECT_TRUE(std::holds_alternative<kapso::Unclear>(list.items[0])) << body;
    }
}

}  // namespace
