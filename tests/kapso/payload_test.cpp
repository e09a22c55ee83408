#include <gtest/gtest.h>

#include "bodies.hpp"

namespace {

using namespace bodies;
using kapso::Inbound;
using kapso::Outbound;
using kapso::Status;
using kapso::Unclear;
using Expected = std::vector<std::string>;

// ---- Who and where ----------------------------------------------------------------------------

TEST(PayloadTest, AReceivedMessageSaysWhoWroteWhatOnWhichLine) {
    const auto in = only<Inbound>(read(v2(R"(,"context":{"id":"wamid.0"})"), received));
    EXPECT_EQ(in.contact, (kapso::Contact{"111", "+15551234567", "", "", "Ann"}));
    EXPECT_EQ(in.message.wamid, "wamid.1");
    EXPECT_EQ(in.message.text, "Hi");
    EXPECT_EQ(in.message.typed, std::nullopt);
    EXPECT_EQ(in.message.reply_to, "wamid.0");
    EXPECT_EQ(in.message.phone, in.contact.phone);
    EXPECT_EQ(in.message.name, "Ann");
    EXPECT_EQ(events::iso8601(in.at.value()), "2024-10-28T05:20:00.000000Z");
    EXPECT_TRUE(in.message.raw.starts_with(R"({"context":{"id":"wamid.0"},"id":"wamid.1")"));
}

TEST(PayloadTest, TheSendersOwnNumberComesBeforeTheConversations) {
    const auto in = only<Inbound>(read(v2(R"(,"from":"15550001111")"), received));
    EXPECT_EQ(in.contact.phone, "15550001111");
}

TEST(PayloadTest, APersonWithoutANumberIsAPerson) {
    const auto in = only<Inbound>(read(
        R"({"message":{"id":"w","from":"","from_user_id":"US.1","text":{"body":"x"}}})", received));
    EXPECT_EQ(in.contact, (kapso::Contact{"", "", "US.1", "", ""}));
    EXPECT_EQ(in.message.bsuid, "US.1");
}

TEST(PayloadTest, ANumberWithoutDigitsIsNobody) {
    EXPECT_NE(reason(R"({"message":{"id":"w","from":"unknown","text":{"body":"x"}}})", received)
                  .find("no sender"),
              std::string::npos);
}

TEST(PayloadTest, TheHeaderNamesTheEventThenTheBody) {
    const auto body = R"({"event":"whatsapp.message.received","message":{"id":"w","from":"1",)"
                      R"("text":{"body":"x"}}})";
    EXPECT_EQ(describe(read(body)), Expected{"inbound text"});
    EXPECT_EQ(describe(read(body, "whatsapp.conversation.ended")),
              Expected{"ignored whatsapp.conversation.ended"});
    EXPECT_EQ(describe(read(body, "message.received")), Expected{"inbound text"});
}

TEST(PayloadTest, TheStatusOfAnInboundMessageIsNeverAFilter) {
    for (const auto* status : {"received", "delivered", "read", "failed"}) {
        const auto kapso = R"("direction":"inbound","status":")" + std::string(status) + "\"";
        EXPECT_EQ(describe(read(v2("", kapso))), Expected{"inbound text"}) << status;
    }
}

TEST(PayloadTest, TimesComeAsDigitsNumbersOrIso) {
    for (const auto* when : {R"("1730092800")", "1730092800", "1730092800.0",
                             R"("2024-10-28T05:20:00Z")", "1730092800000"}) {
        const auto body = R"({"message":{"id":"w","from":"1","text":{"body":"x"},"timestamp":)" +
                          std::string(when) + "}}";
        EXPECT_EQ(only<Inbound>(read(body, received)).at, events::Time(events::seconds(1730092800)))
            << when;
    }
    for (const auto* when : {R"("soon")", "null", "-5", "1e300", "[]", "\"\""}) {
        const auto body = R"({"message":{"id":"w","from":"1","text":{"body":"x"},"timestamp":)" +
                          std::string(when) + "}}";
        EXPECT_EQ(only<Inbound>(read(body, received)).at, std::nullopt) << when;
    }
}

// ---- Statuses ---------------------------------------------------------------------------------

TEST(PayloadTest, AnEventAndItsOwnStatusAreOne) {
    const auto sent = R"({"id":"wamid.1","status":"sent","timestamp":"1730092700",)"
                      R"("biz_opaque_callback_data":"m1"})";
    const auto out = only<Outbound>(read(ours(sent), "whatsapp.message.sent"));
    EXPECT_EQ(out.mark, "m1");
    EXPECT_EQ(out.text, "Hi");
    EXPECT_EQ(out.via, std::nullopt);
    EXPECT_EQ(out.at, events::Time(events::seconds(1730092700)));
    EXPECT_EQ(out.contact.phone, "+15551234567");
}

TEST(PayloadTest, EveryStatusThatAnEventTellsIsOneItem) {
    const auto one = [](const std::string& status) {
        return R"({"id":"wamid.1","status":")" + status + R"(","timestamp":"1"})";
    };
    const auto all = one("sent") + "," + one("delivered") + "," + one("delivered");
    EXPECT_EQ(describe(read(ours(all), "whatsapp.message.delivered")),
              (Expected{"outbound", "status delivered"}));
    EXPECT_EQ(describe(read(ours(all), "whatsapp.message.read")),
              (Expected{"outbound", "status delivered", "status read"}));
    EXPECT_EQ(describe(read(ours(""), "whatsapp.message.delivered")), Expected{"status delivered"});
    EXPECT_EQ(describe(read(ours(one("deleted")), "whatsapp.message.delivered")),
              (Expected{"ignored status deleted", "status delivered"}));
}

TEST(PayloadTest, AFailureCarriesItsCodeAndReason) {
    const auto failed = R"({"id":"wamid.1","status":"failed","timestamp":"1","errors":)"
                        R"([{"code":131047,"title":"Re-engagement","message":"24 hours"}]})";
    const auto status = only<Status>(read(ours(failed), "whatsapp.message.failed"));
    EXPECT_EQ(status.code, 131047);
    EXPECT_EQ(status.reason, "24 hours");
    EXPECT_EQ(describe(read(meta(R"("statuses":[)" + std::string(failed) + "]"))),
              Expected{"status failed 131047"});
}

TEST(PayloadTest, AMetaStatusKeepsRecipientAndMark) {
    const auto status = only<Status>(read(
        meta(R"("statuses":[{"id":"w","status":"played","timestamp":"1","recipient_id":"1555",)"
             R"("recipient_user_id":"US.1","biz_opaque_callback_data":"m"}])")));
    EXPECT_EQ(status.kind, Status::Kind::played);
    EXPECT_EQ(status.contact, (kapso::Contact{"111", "1555", "US.1", "", ""}));
    EXPECT_EQ(status.mark, "m");
    const auto group =
        only<Status>(read(meta(R"("statuses":[{"id":"w","status":"read","recipient_id":"G1",)"
                               R"("recipient_type":"group"}])")));
    EXPECT_EQ(group.contact, (kapso::Contact{"111", "", "", "G1", ""}));
}

// ---- Who wrote for the business ---------------------------------------------------------------

TEST(PayloadTest, OriginsTellWhoWrote) {
    const auto event = "whatsapp.message.sent";
    EXPECT_EQ(describe(read(ours("", "business_app"), event)), Expected{"outbound phone_app"});
    EXPECT_EQ(describe(read(ours("", "inbox"), event)), Expected{"outbound inbox"});
    EXPECT_EQ(describe(read(ours("", "history_sync"), event)), Expected{"outbound history"});
    EXPECT_EQ(describe(read(v2("", R"("direction":"inbound","origin":"history_sync")"), received)),
              Expected{"inbound history text"});
}

TEST(PayloadTest, EchoesAndHistoryOfTheCloudApi) {
    const auto message = [](const std::string& from, const std::string& to) {
        return R"({"id":"w","from":")" + from + R"(","to":")" + to +
               R"(","timestamp":"1","type":"text","text":{"body":"x"}})";
    };
    const auto echo = only<Outbound>(read(meta(
        R"("message_echoes":[)" + message("15550783881", "1555") + "]", "smb_message_echoes")));
    EXPECT_EQ(echo.via, events::Via::phone_app);
    EXPECT_EQ(echo.contact.phone, "1555");
    EXPECT_EQ(
        describe(read(meta(R"("history":[{"threads":[{"id":"1555","messages":[)" +
                               message("1555", "") + "," + message("15550783881", "") + "]}]}]",
                           "history"))),
        (Expected{"inbound history text", "outbound history"}));
    EXPECT_EQ(
        describe(read(meta(R"("messages":[)" + message("15550783881", "1555") + "]", "history"))),
        Expected{"outbound history"});
}

// ---- Many in one body -------------------------------------------------------------------------

TEST(PayloadTest, OneMetaBodyMayHoldEverything) {
    const auto text = [](const std::string& id, const std::string& from) {
        return R"({"id":")" + id + R"(","from":")" + from +
               R"(","type":"text","text":{"body":"x"}})";
    };
    const auto value = R"("contacts":[{"wa_id":"1","profile":{"name":"Ann"}},)"
                       R"({"wa_id":"2","profile":{"name":"Bob"},"user_id":"US.2"}],"messages":[)" +
                       text("a", "2") + "," + text("b", "1") + "," + text("c", "3") +
                       R"(],"statuses":[{"id":"d","status":"read"}])";
    const auto items = read(meta(value));
    EXPECT_EQ(describe(items),
              (Expected{"inbound text", "inbound text", "inbound text", "status read"}));
    EXPECT_EQ(std::get<Inbound>(items[0]).contact, (kapso::Contact{"111", "2", "US.2", "", "Bob"}));
    EXPECT_EQ(std::get<Inbound>(items[1]).contact.name, "Ann");
    EXPECT_EQ(std::get<Inbound>(items[2]).contact, (kapso::Contact{"111", "3", "", "", ""}));
}

TEST(PayloadTest, OneBadEntrySpoilsNoOther) {
    const auto good = R"({"message":{"id":"w","from":"1","text":{"body":"x"}}})";
    const auto items = read(R"({"type":"whatsapp.message.received","batch":true,"data":[)" +
                            std::string(good) + R"(,{"message":7},5,)" + good + "]}");
    EXPECT_EQ(describe(items), (Expected{"inbound text", "unclear", "unclear", "inbound text"}));
    EXPECT_EQ(std::get<Unclear>(items[1]).raw,
              R"({"event":"whatsapp.message.received","message":7})");
}

// ---- The seeds' shapes ------------------------------------------------------------------------

TEST(PayloadTest, TheFirstSeedsMessagesStandAtTheTop) {
    const auto in = only<Inbound>(read(R"({"messages":[{"from":"+528334430060",
        "text":{"body":"Hola"},"id":"msg_123","timestamp":"1234567890"}]})"));
    EXPECT_EQ(in.contact, (kapso::Contact{"", "+528334430060", "", "", ""}));
    EXPECT_EQ(in.message.wamid, "msg_123");
    EXPECT_EQ(in.message.text, "Hola");
}

TEST(PayloadTest, TheSecondSeedsPayloadIsTheMessage) {
    const auto entry = [](const std::string& id) {
        return R"({"event_type":"whatsapp.message.received","conversation_id":"conv-1",)"
               R"("message_id":")" +
               id + R"(","payload":{"content":"ayuda","from":"+56912345678"}})";
    };
    const auto in = only<Inbound>(read(entry("msg-1"), received));
    EXPECT_EQ(in.message.wamid, "msg-1");
    EXPECT_EQ(in.message.text, "ayuda");
    EXPECT_EQ(in.contact.phone, "+56912345678");
    EXPECT_EQ(describe(read("[" + entry("msg-1") + "," + entry("msg-2") + "]")),
              (Expected{"inbound text", "inbound text"}));
}

TEST(PayloadTest, TheSecondSeedsCurlNamesNobody) {
    const auto body = R"({"event_type":"whatsapp.message.received","conversation_id":"test-123"})";
    EXPECT_EQ(reason(body, received), "the event has no message");
}

TEST(PayloadTest, AMessageWithoutAnIdIsKeptWhereItsSenderAndTextAreKnown) {
    const auto in = only<Inbound>(read(R"({"event_type":"whatsapp.message.received",
        "conversation_id":"c","payload":{"content":"ayuda","from":"+56912345678"}})"));
    EXPECT_EQ(in.message.wamid, "");
    EXPECT_EQ(in.message.text, "ayuda");
}

}  // namespace
