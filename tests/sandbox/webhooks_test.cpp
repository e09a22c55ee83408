#include "kapso/signature.hpp"
#include "tests/sandbox/stage.hpp"

namespace {

using tests::Json;
using Webhooks = tests::Stage;
using Events = std::vector<std::string>;

constexpr auto received = "whatsapp.message.received";
constexpr auto sent = "whatsapp.message.sent";
constexpr auto delivered = "whatsapp.message.delivered";
constexpr auto read = "whatsapp.message.read";
constexpr auto failed = "whatsapp.message.failed";

TEST_F(Webhooks, TellASignedMessageOfACustomer) {
    const auto wamid = write("Hola, ¿qué tal?");
    const auto webhook = product_.webhooks(1).at(0);
    EXPECT_TRUE(
        kapso::signature_fits(webhook.header("x-webhook-signature"), webhook.body, {"secret"}));
    EXPECT_EQ(webhook.header("x-webhook-event"), received);
    EXPECT_EQ(webhook.header("x-webhook-payload-version"), "v2");
    EXPECT_EQ(webhook.header("x-idempotency-key").size(), 36U);
    const auto message = body(webhook).at("message");
    EXPECT_EQ(message.at("id"), wamid);
    EXPECT_EQ(message.at("from"), ana);
    EXPECT_EQ(message.at("text").at("body"), "Hola, ¿qué tal?");
    EXPECT_EQ(message.at("kapso").at("direction"), "inbound");
    EXPECT_EQ(body(webhook).at("phone_number_id"), "555");
    EXPECT_EQ(body(webhook).at("is_new_conversation"), true);
}

TEST_F(Webhooks, NamePeopleWithoutAPhoneByTheirUserId) {
    write("Hi", "US.13491208655302741918");
    const auto webhook = body(product_.webhooks(1).at(0));
    EXPECT_EQ(webhook.at("message").at("from_user_id"), "US.13491208655302741918");
    EXPECT_FALSE(webhook.at("message").contains("from"));
    EXPECT_FALSE(webhook.at("conversation").contains("phone_number"));
}

TEST_F(Webhooks, HaveTheObjectOfEveryKind) {
    std::size_t count = 0;
    for (const auto* kind : {"text", "image", "audio", "video", "document", "sticker", "location",
                             "contacts", "interactive", "button", "unsupported", "reaction"}) {
        ask("POST", "/sandbox/customer",
            {{"from", ana}, {"kind", kind}, {"text", "x"}, {"message_id", "wamid.1"}});
        const auto message = body(product_.webhooks(++count).back()).at("message");
        EXPECT_EQ(message.at("type"), kind);
        EXPECT_TRUE(message.contains(kind)) << kind;
    }
}

TEST_F(Webhooks, ComeAgainUnderTheSameKeyUntilTheyAreTaken) {
    product_.refuse(2);
    const auto wamid = write("Hi");
    const auto webhooks = product_.webhooks(3);
    EXPECT_EQ(webhooks[0].header("x-idempotency-key"), webhooks[2].header("x-idempotency-key"));
    EXPECT_EQ(webhooks[0].body, webhooks[2].body);
    while (!ask("GET", "/sandbox/counts").at("inbound").at(wamid).at("acknowledged")) {
    }
    EXPECT_EQ(product_.count(), 3U);
}

TEST_F(Webhooks, AreGivenUpAfterFourTries) {
    product_.refuse(100);
    write("Hi");
    product_.webhooks(4);
    Json delivery;
    do {
        delivery = ask("GET", "/sandbox/messages").at("deliveries").at(0);
    } while (delivery.at("attempts") != 4);
    EXPECT_EQ(delivery.at("outcome"), "503");
    write("Another");
    EXPECT_EQ(body(product_.webhooks(5).at(4)).at("message").at("text").at("body"), "Another");
}

TEST_F(Webhooks, ComeInBatchesBySwitch) {
    set({{"shape", "batch"}, {"batch_window", 60'000}});
    write("other", "34600999999");
    for (int i = 0; i < 50; ++i) write(std::to_string(i));  // a full one doesn't wait
    const auto webhook = product_.webhooks(1).at(0);
    EXPECT_EQ(webhook.header("x-webhook-batch"), "true");
    EXPECT_EQ(webhook.header("x-batch-size"), "50");
    EXPECT_EQ(body(webhook).at("batch"), true);
    EXPECT_EQ(body(webhook).at("data").at(49).at("message").at("text").at("body"), "49");
}

TEST_F(Webhooks, OfARefusedBatchComeSinglyInTheEnd) {
    set({{"shape", "batch"}});
    product_.refuse(4);
    write("Hi");
    const auto webhooks = product_.webhooks(5);
    EXPECT_TRUE(body(webhooks[3]).contains("data"));
    EXPECT_EQ(body(webhooks[4]).at("message").at("text").at("body"), "Hi");
    EXPECT_NE(webhooks[3].header("x-idempotency-key"), webhooks[4].header("x-idempotency-key"));
}

TEST_F(Webhooks, HaveTheLegacyShapeBySwitch) {
    set({{"shape", "v1"}});
    const auto wamid = write("Hi");
    const auto webhook = product_.webhooks(1).at(0);
    EXPECT_EQ(webhook.header("x-webhook-payload-version"), "v1");
    EXPECT_EQ(body(webhook).at("message").at("content"), "Hi");
    EXPECT_EQ(body(webhook).at("message").at("whatsapp_message_id"), wamid);
    EXPECT_EQ(body(webhook).at("whatsapp_config").at("phone_number_id"), "555");
}

TEST_F(Webhooks, HaveMetasShapeAndHeaderBySwitch) {
    set({{"shape", "meta"}});
    const auto wamid = write("Hi");
    const auto webhook = product_.webhooks(1).at(0);
    EXPECT_TRUE(
        kapso::signature_fits(webhook.header("x-hub-signature-256"), webhook.body, {"secret"}));
    EXPECT_EQ(webhook.header("x-webhook-event"), "");
    const auto value = body(webhook).at("entry").at(0).at("changes").at(0).at("value");
    EXPECT_EQ(value.at("messages").at(0).at("id"), wamid);
    EXPECT_EQ(value.at("metadata").at("phone_number_id"), "555");
}

TEST_F(Webhooks, ComeMoreThanOnceBySwitch) {
    set({{"duplicates", 2}});
    write("Hi");
    const auto webhooks = product_.webhooks(3);
    EXPECT_EQ(webhooks[0].header("x-idempotency-key"), webhooks[2].header("x-idempotency-key"));
}

TEST_F(Webhooks, TellTheTicksOfASend) {
    write("Hi");
    EXPECT_EQ(tests::status_of(send("Hello")), 200);
    const auto webhook = product_.webhook(delivered);
    EXPECT_EQ(told(), (Events{received, sent, delivered}));
    const auto statuses = body(webhook).at("message").at("kapso").at("statuses");
    ASSERT_EQ(statuses.size(), 2U);
    EXPECT_EQ(statuses[0].at("status"), "sent");
    EXPECT_EQ(statuses[1].at("recipient_id"), ana);
    EXPECT_EQ(statuses[1].at("biz_opaque_callback_data"), "stream.attempt.mac");
}

TEST_F(Webhooks, KeepOurKeyBySwitch) {
    set({{"echo_key", false}});
    write("Hi");
    send("Hello");
    for (const auto& webhook : product_.webhooks(3)) {
        EXPECT_EQ(webhook.body.find("stream.attempt.mac"), std::string::npos);
    }
}

TEST_F(Webhooks, TellTicksInReverseBySwitch) {
    set({{"status_order", "reversed"}, {"auto_read", true}});
    write("Hi");
    send("Hello");
    product_.webhooks(4);
    EXPECT_EQ(told(), (Events{received, read, delivered, sent}));
    EXPECT_EQ(messages("outbound").at(0).at("status"), "read");
}

TEST_F(Webhooks, TellTicksBeforeTheAnswerBySwitch) {
    set({{"status_order", "early"}, {"send_latency", 3'600'000}});
    write("Hi");
    tests::RawHttp waiting(port_);
    waiting.send(tests::raw_request("POST", "/meta/whatsapp/v24.0/555/messages",
                                    text_to(ana, "Hello").dump(), "X-API-Key: key\r\n"));
    const auto webhook = body(product_.webhook(sent));
    EXPECT_EQ(webhook.at("message").at("id"), messages("outbound").at(0).at("wamid"));
}

TEST_F(Webhooks, TellThatTheCustomerHasRead) {
    write("Hi");
    send("Hello");
    product_.webhooks(3);
    EXPECT_EQ(ask("POST", "/sandbox/read", {{"from", "+34 600 100 200"}}).at("read"), 1);
    product_.webhook(read);
    EXPECT_EQ(ask("POST", "/sandbox/read", {{"from", ana}}).at("read"), 0);
}

TEST_F(Webhooks, TellThatAMessageFailed) {
    set({{"send_fault", "failed_later"}, {"fail_code", 131026}});
    write("Hi");
    EXPECT_EQ(tests::status_of(send("Hello")), 200);
    const auto statuses = body(product_.webhook(failed)).at("message").at("kapso").at("statuses");
    EXPECT_EQ(statuses.at(1).at("errors").at(0).at("code"), 131026);
}

TEST_F(Webhooks, SayNothingOfTicksBySwitch) {
    set({{"statuses", false}});
    write("Hi");
    send("Hello");
    while (messages("outbound").at(0).at("status") != "delivered") {
    }
    write("Again");
    product_.webhooks(2);
    EXPECT_EQ(told(), (Events{received, received}));
}

}  // namespace
