#include "cli/transcript.hpp"

#include <gtest/gtest.h>

/// A conversation as people read it, whatever a customer writes.
namespace {

using projections::Message;

std::vector<Message> said(const std::string& text) {
    Message customers, ours;
    customers.id = 4;
    customers.content = text;
    customers.author = "Ana";
    ours.id = 7;
    ours.sender = projections::Sender::agent;
    ours.content = "We open at nine.";
    ours.status = domain::Delivery::failed;
    ours.error_code = 131047;
    return {customers, ours};
}

TEST(Transcript, OfASheetHasARowForEachMessage) {
    const auto sheet = cli::sheet_of(said("Hola, \"amigos\"\nadiós"));
    EXPECT_TRUE(sheet.starts_with("id,createdAt,sender,author,content,")) << sheet;
    EXPECT_NE(sheet.find("client,Ana,\"Hola, \"\"amigos\"\"\nadiós\","), std::string::npos)
        << sheet;
    EXPECT_NE(sheet.find("We open at nine.,FAILED,,,131047,"), std::string::npos) << sheet;
}

TEST(Transcript, OfASheetHasNoFormulas) {
    for (const auto* text : {"=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx"}) {
        const auto sheet = cli::sheet_of(said(text));
        EXPECT_NE(sheet.find(std::string("'") + text), std::string::npos) << sheet;
    }
}

TEST(Transcript, OfAPageShowsWhatWasWrittenAndRunsNothing) {
    projections::Talk talk;
    talk.conversation.id = 12;
    talk.client.emplace().name = "<b>Ana</b>";
    const auto page = cli::page_of(talk, said("<script>alert(1)</script> & \"x\""));
    EXPECT_NE(page.find("Conversation 12"), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"),
              std::string::npos)
        << page;
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("<b>"), std::string::npos);
    EXPECT_NE(page.find("FAILED"), std::string::npos);
    EXPECT_NE(page.find("131047"), std::string::npos);
    EXPECT_LT(page.find("client\">"), page.find("agent\">"));
}

}  // namespace
