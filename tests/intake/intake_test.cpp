#include "intake/intake.hpp"

#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "db/store.hpp"
#include "events/codec.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/forwarding_log.hpp"

namespace {

using namespace std::chrono_literals;
using events::Outcome;
using Json = nlohmann::json;

constexpr auto line = "100000000000001";
const std::string received = "whatsapp.message.received";

/// A log that may be away, and that tells what it was asked.
class Watched final : public support::ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;

    bool away = false;               // for reads
    std::optional<Outcome> refusal;  // of every append
    std::size_t taken_before = 0;    // but for so many of them
    std::vector<events::Append> asked;

    void append(events::Append request, std::function<void(events::Appended)> done) override {
        asked.push_back(request);
        if (refusal && asked.size() > taken_before) return done(answer(*refusal));
        ForwardingLog::append(std::move(request), std::move(done));
    }
    std::optional<Reference> find_message(std::string_view wamid) override {
        if (away) throw std::runtime_error("the database is away");
        return ForwardingLog::find_message(wamid);
    }
};

Json message(const std::string& wamid, const std::string& phone, const std::string& bsuid = {}) {
    Json out{{"id", wamid},
             {"timestamp", "1730092800"},
             {"type", "text"},
             {"text", {{"body", "Hola"}}},
             {"kapso", {{"direction", "inbound"}}}};
    if (!phone.empty()) out["from"] = phone;
    if (!bsuid.empty()) out["from_user_id"] = bsuid;
    return {{"message", out}, {"phone_number_id", line}};
}

Json status(const std::string& wamid, const std::string& phone, const std::string& mark = {}) {
    Json one{{"id", wamid}, {"status", "delivered"}, {"recipient_id", phone}};
    if (!mark.empty()) one["biz_opaque_callback_data"] = mark;
    return {{"statuses", Json::array({one})}};
}

struct IntakeTest : testing::Test {
    support::Folder folder;
    std::unique_ptr<db::Store> store = db::open_store({"sqlite:" + folder.file("hilo.db"), {}});
    Watched log{store->log()};
    intake::Intake intake{log, store->keys(), store->deliveries(), {line}};

    intake::Receipt take(const Json& body, const std::string& event = received) {
        return intake.take_now(body.dump(), {.event = event, .idempotency_key = {}, .batch = {}});
    }
    std::vector<std::string> types() {
        std::vector<std::string> names;
        for (const auto& one : store->log().read_all(0, 1000)) {
            names.emplace_back(events::type_of(one.body).name);
        }
        return names;
    }
};

TEST_F(IntakeTest, TakesAMessageOnceHoweverOftenItComes) {
    const auto first = take(message("wamid.1", "5215550001"));
    EXPECT_EQ(first.appended, 1U);
    const auto again = take(message("wamid.1", "5215550001"));
    EXPECT_EQ(again.appended, 0U);
    EXPECT_EQ(again.repeated, 1U);
    EXPECT_EQ(types(), (std::vector<std::string>{"ConversationOpened", "MessageReceived"}));
}

TEST_F(IntakeTest, ABodyThatNeedsALogThatIsAwayIsNotStoredAndNotLost) {
    take(message("wamid.1", "5215550001"));
    log.away = true;
    const auto receipt = take(status("wamid.out", "5215550001"), "");
    EXPECT_FALSE(receipt.stored);
    EXPECT_EQ(receipt.kept, 0U) << "its sender sends it again";
    log.away = false;
    EXPECT_EQ(take(status("wamid.out", "5215550001"), "").appended, 1U);
}

TEST_F(IntakeTest, ABodyEndsAtTheFirstFactThatCantBeStored) {
    log.refusal = Outcome::full;
    Json batch{{"batch", true}, {"data", Json::array()}};
    for (int i = 0; i < 2000; ++i) {
        batch["data"].push_back(message("wamid." + std::to_string(i), "5215550001"));
    }
    EXPECT_FALSE(take(batch).stored);
    EXPECT_EQ(log.asked.size(), 1U);
}

TEST_F(IntakeTest, ABodyThatComesAgainGoesOnWhereItStopped) {
    const Json batch{{"batch", true},
                     {"data", Json::array({message("wamid.1", "5215550001"), "nonsense",
                                           message("wamid.2", "5215550001"),
                                           message("wamid.3", "5215550002")})}};
    log.refusal = Outcome::full;
    log.taken_before = 2;  // the first message, and that the nonsense is kept
    EXPECT_FALSE(take(batch).stored);
    log.taken_before = 4;
    EXPECT_FALSE(take(batch).stored);
    log.refusal.reset();
    log.asked.clear();
    const auto receipt = take(batch);
    EXPECT_TRUE(receipt.stored);
    EXPECT_EQ(receipt.appended, 1U);
    EXPECT_EQ(receipt.repeated, 3U) << "two messages, and that the nonsense is kept";
    EXPECT_EQ(log.asked.size(), 1U) << "the last message";
    EXPECT_EQ(take(batch).repeated, 3U);
    EXPECT_EQ(log.asked.size(), 5U) << "what was stored as a whole is asked of the log again";
}

// ---- Many entries that aren't understood: each that is kept apart is two writes
// ------------------

Json many_unclear() {
    Json batch{{"batch", true}, {"data", Json::array({message("wamid.1", "5215550001")})}};
    for (int i = 0; i < 1'000; ++i) batch["data"].push_back("nonsense " + std::to_string(i));
    batch["data"].push_back(message("wamid.2", "5215550001"));
    return batch;
}

struct ManyUnclear : IntakeTest {
    const Json batch = many_unclear();
    std::vector<db::Delivery> kept() { return store->deliveries().list(100); }
    /// The delivery that is the body.
    std::optional<events::Uuid> whole() {
        for (const auto& one : kept()) {
            const auto body = intake::unpack_delivery(*store->deliveries().read(one.id)).body;
            if (body == batch.dump()) return one.id;
        }
        return std::nullopt;
    }
};

TEST_F(ManyUnclear, AreKeptAsOneBodyBeyondTheFirstFew) {
    const auto receipt = take(batch);
    EXPECT_TRUE(receipt.stored);
    EXPECT_EQ(receipt.appended, 2U);
    EXPECT_EQ(receipt.kept, 1'000U);
    EXPECT_EQ(kept().size(), 9U) << "eight entries, and the body";
    EXPECT_LT(log.asked.size(), 12U);
    EXPECT_TRUE(whole());
}

TEST_F(ManyUnclear, AreNotStoredWhereTheBodyCouldNotBeKept) {
    log.refusal = Outcome::full;
    log.taken_before = 9;  // the message and eight entries
    EXPECT_FALSE(take(batch).stored);
    log.refusal.reset();
    const auto again = take(batch);
    EXPECT_TRUE(again.stored);
    EXPECT_EQ(again.appended, 1U);
    EXPECT_EQ(again.repeated, 9U);
    EXPECT_TRUE(whole());
}

TEST_F(ManyUnclear, AreNotMendedByTakingTheBodyInAgain) {
    log.refusal = Outcome::full;
    log.taken_before = 10;  // the body is kept; the last message is not in the log
    EXPECT_FALSE(take(batch).stored);
    log.refusal.reset();
    auto [headers, body] = intake::unpack_delivery(*store->deliveries().read(whole().value()));
    const auto again = intake.take_now(std::move(body), std::move(headers));
    EXPECT_TRUE(again.stored);
    EXPECT_EQ(again.appended, 1U);
    EXPECT_GT(again.kept, 900U) << "nobody understood them";
}

TEST_F(IntakeTest, TheSameBytesUnderOtherHeadersAreAnotherBody) {
    const Json batch{{"batch", true},
                     {"data", Json::array({message("wamid.1", "5215550001"),
                                           message("wamid.2", "5215550001")})}};
    log.refusal = Outcome::full;
    log.taken_before = 1;
    EXPECT_FALSE(take(batch).stored);
    log.refusal.reset();
    log.asked.clear();
    take(batch, "");
    EXPECT_EQ(log.asked.size(), 2U);
}

TEST_F(IntakeTest, WhatABodyHasWaitedCountsAgainstItsPatience) {
    std::promise<intake::Receipt> answered;
    intake.take(
        message("wamid.1", "5215550001").dump(),
        {.event = received, .idempotency_key = {}, .batch = {}},
        [&](const intake::Receipt& receipt) { answered.set_value(receipt); },
        intake::Intake::Clock::now() - 3s);
    EXPECT_EQ(answered.get_future().get().appended, 1U);
    ASSERT_EQ(log.asked.size(), 1U);
    EXPECT_GE(log.asked[0].waited, 3s);
    EXPECT_LT(log.asked[0].waited, 5s);
}

/// A status without our key tells that a message was sent, and later the list tells its text.
TEST_F(IntakeTest, AStatusOfSomebodysMessageDoesntStandInTheWayOfItsText) {
    take(message("wamid.1", "5215550001"));
    Json sent = status("wamid.out", "5215550001");
    sent["statuses"][0]["status"] = "sent";
    EXPECT_EQ(take(sent, "").appended, 1U);
    EXPECT_EQ(take(sent, "").repeated, 1U);
    kapso::Outbound listed;
    listed.contact.line = line;
    listed.contact.phone = "5215550001";
    listed.wamid = "wamid.out";
    listed.text = "Soy Eva";
    listed.raw = "{}";
    EXPECT_EQ(intake.take_listed({listed}).appended, 1U);
    EXPECT_EQ(intake.take_listed({listed}).repeated, 1U);
    EXPECT_EQ(types(), (std::vector<std::string>{"ConversationOpened", "MessageReceived",
                                                 "MessageSent", "MessageSent"}));
}

TEST_F(IntakeTest, AStatusThatWasToldBeforeItWasKnownWhoseItIsIsTheSameAfterwards) {
    take(message("wamid.1", "5215550001"));
    Json sent = status("wamid.out", "5215550001");
    sent["statuses"][0]["status"] = "sent";
    EXPECT_EQ(take(sent, "").appended, 1U);
    const auto stream = store->log().read_all(0, 1)[0].stream;
    const events::SendAccepted ours{crypto::new_uuid(), crypto::new_uuid(), "wamid.out"};
    const events::NewEvent known{
        crypto::new_uuid(),  events::ConversationEvent(ours), {}, {}, ours.attempt,
        events::When::always};
    events::append_now(log, {stream, {known}, {}});
    EXPECT_EQ(take(sent, "").repeated, 1U);
    auto& one = sent["statuses"][0];
    one["biz_opaque_callback_data"] = store->keys().send_mark(stream, ours.attempt);
    EXPECT_EQ(take(sent, "").appended, 1U) << "with our key it is evidence";
    one["status"] = "delivered";
    EXPECT_EQ(take(sent, "").appended, 1U);
}

/// The line is part of a fact's id: told with and without it, one status would be two.
TEST_F(IntakeTest, WhatNamesNoLineIsKeptThoughItsConversationIsKnown) {
    intake::Intake lineless(log, store->keys(), store->deliveries(), {});
    take(message("wamid.1", "5215550001"));
    const auto stream = store->log().read_all(0, 1)[0].stream;
    const auto mark = store->keys().send_mark(stream, crypto::new_uuid());
    const auto body = status("wamid.out", "5215550001", mark).dump();
    const auto receipt = lineless.take_now(body, {});
    EXPECT_EQ(receipt.appended, 0U);
    EXPECT_EQ(receipt.kept, 1U);
    const auto kept = store->deliveries().list(10);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_NE(kept[0].reason.find("KAPSO_PHONE_NUMBER_ID"), std::string::npos) << kept[0].reason;
}

TEST_F(IntakeTest, AStatusOfNobodyIsKeptAndCanBePostedAgain) {
    EXPECT_EQ(take(status("wamid.out", "5215550001"), "").kept, 1U);
    take(message("wamid.1", "5215550001"));
    const auto kept = store->deliveries().list(10);
    ASSERT_EQ(kept.size(), 1U);
    auto [headers, body] =
        intake::unpack_delivery(store->deliveries().read(kept[0].id).value_or(""));
    const auto again = intake.take_now(std::move(body), std::move(headers));
    EXPECT_EQ(again.appended, 1U);
    EXPECT_EQ(types().back(), "MessageDelivered");
}

TEST_F(IntakeTest, TwoStreamsThatProveToBeOnePersonAreLinkedTheYoungerIntoTheOlder) {
    take(message("wamid.1", "5215550001"));
    take(message("wamid.2", "", "MX.1"));
    const auto receipt = take(message("wamid.3", "5215550001", "MX.1"));
    EXPECT_EQ(receipt.appended, 1U);
    const auto all = store->log().read_all(0, 100);
    const auto& last = all.back();
    const auto& event = std::get<events::ConversationEvent>(last.body);
    const auto* linked = std::get_if<events::ConversationLinked>(&event);
    ASSERT_NE(linked, nullptr) << types().back();
    EXPECT_EQ(linked->into, all[0].stream);
    EXPECT_NE(last.stream, all[0].stream);
}

TEST_F(IntakeTest, TwoStreamsAreLinkedAlsoWhereTheListAloneProvesThatTheyAreOne) {
    take(message("wamid.1", "5215550001"));
    take(message("wamid.2", "", "MX.1"));
    kapso::Inbound listed;
    listed.contact.line = line;
    listed.contact.phone = "5215550001";
    listed.contact.bsuid = "MX.1";
    listed.message.wamid = "wamid.2";
    listed.message.text = "Hola";
    intake.take_listed({listed});
    EXPECT_EQ(types().back(), "ConversationLinked");
}

TEST_F(IntakeTest, OurOwnTextIsNeverACustomers) {
    auto body = message("wamid.1", "5215550001");
    body["message"]["kapso"]["direction"] = "outbound";
    body["message"]["to"] = body["message"]["from"];
    EXPECT_EQ(take(body).appended, 1U);
    EXPECT_EQ(types().back(), "MessageSent");
    auto theirs = message("wamid.2", "5215550001");
    EXPECT_EQ(take(theirs, "whatsapp.message.delivered").kept, 1U);
}

TEST_F(IntakeTest, ABodyThatTellsNothingIsKept) {
    for (const auto* text : {R"({"batch":true})", R"({"object":"whatsapp_business_account"})",
                             R"({})", R"([1])", R"({"messages":{}})"}) {
        const auto receipt = intake.take_now(text, {});
        EXPECT_EQ(receipt.kept, 1U) << text;
    }
    const auto empty = intake.take_now(R"({"batch":true,"data":[]})", {});
    EXPECT_EQ(empty.kept, 0U);
    EXPECT_EQ(empty.ignored, 1U);
}

TEST_F(IntakeTest, AMessageInABatchWithoutDataIsTaken) {
    Json body{{"batch", true}, {"messages", Json::array()}};
    body["metadata"] = {{"phone_number_id", line}};
    body["messages"].push_back({{"id", "wamid.1"},
                                {"from", "5215550001"},
                                {"timestamp", "1730092800"},
                                {"type", "text"},
                                {"text", {{"body", "Hola"}}}});
    EXPECT_EQ(take(body).appended, 1U);
}

TEST_F(IntakeTest, AnUnknownEventIsKeptAndADocumentedOneCounted) {
    EXPECT_EQ(take(message("wamid.1", "5215550001"), "whatsapp.message.edited").kept, 1U);
    EXPECT_EQ(take(message("wamid.1", "5215550001"), "whatsapp.conversation.ended").ignored, 1U);
    EXPECT_EQ(intake.counts().at("ignored whatsapp.conversation.ended"), 1U);
}

/// A person's message is told again with each of its statuses, and a transcript may come later.
TEST_F(IntakeTest, APersonsMessageIsOneFactHoweverItIsToldAgain) {
    auto body = message("wamid.p", "5215550001");
    auto& told = body["message"];
    told["to"] = told["from"];
    told.erase("from");
    told["type"] = "audio";
    told.erase("text");
    told["audio"] = {{"id", "media-1"}};
    told["kapso"] = {{"direction", "outbound"}, {"origin", "business_app"}};
    EXPECT_EQ(take(body, "whatsapp.message.sent").appended, 1U);
    const Json sent{{"id", "wamid.p"}, {"status", "sent"}, {"timestamp", "1730092999"}};
    told["kapso"]["statuses"] = Json::array({sent});
    told["kapso"]["transcript"] = {{"text", "buenos días"}};
    const auto again = take(body, "whatsapp.message.delivered");
    EXPECT_EQ(again.kept, 0U);
    EXPECT_EQ(again.repeated, 1U);
    EXPECT_EQ(types().back(), "MessageDelivered");
}

}  // namespace
