#include <thread>

#include "sandbox/pausing.hpp"
#include "sandbox/rate_limit.hpp"
#include "tests/sandbox/stage.hpp"

namespace {

using namespace std::chrono_literals;
using tests::body_of;
using tests::Json;
using tests::status_of;
using Limits = tests::Stage;

const sandbox::Pausing::Clock::time_point start{1h};

// ---- What Kapso counts ------------------------------------------------------------------------

TEST(RateLimit, BeginsAnewWithEachMinute) {
    sandbox::RateLimit limit;
    EXPECT_EQ(limit.call(0, start), std::nullopt);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.call(100, start + 59s)->exceeded) << i;
    const auto beyond = limit.call(100, start + 59s);
    EXPECT_TRUE(beyond->exceeded);
    EXPECT_EQ(beyond->seconds_left, 1);
    const auto next = limit.call(100, start + 60s);
    EXPECT_FALSE(next->exceeded);
    EXPECT_EQ(next->remaining, 99);
}

TEST(RateLimit, GivesEachPersonABurstAndThenOneInSixSeconds) {
    sandbox::RateLimit limit;
    for (int i = 0; i < 45; ++i) EXPECT_TRUE(limit.message_to("a", start)) << i;
    EXPECT_FALSE(limit.message_to("a", start));
    EXPECT_TRUE(limit.message_to("b", start));
    EXPECT_FALSE(limit.message_to("a", start + 5s));
    EXPECT_TRUE(limit.message_to("a", start + 6s));
    EXPECT_FALSE(limit.message_to("a", start + 6s));
}

TEST(Pausing, NeedsFortyAttemptsOfWhichTenAnd85PercentFail) {
    const auto active_after = [](int well, int badly) {
        sandbox::Pausing pausing;
        for (int i = 0; i < well; ++i) pausing.finished(true, start);
        for (int i = 0; i < badly; ++i) pausing.finished(false, start);
        return pausing.active();
    };
    EXPECT_TRUE(active_after(0, 39));
    EXPECT_FALSE(active_after(0, 40));
    EXPECT_TRUE(active_after(7, 39)) << "84.8 %";
    EXPECT_FALSE(active_after(7, 40)) << "85.1 %";
    sandbox::Pausing slow;
    for (int i = 0; i < 200; ++i) slow.finished(false, start + i * 30s);
    EXPECT_TRUE(slow.active()) << "31 within 15 minutes";
    sandbox::Pausing mended;
    for (int i = 0; i < 40; ++i) mended.finished(false, start);
    mended.set_active(true);
    mended.finished(false, start);
    EXPECT_TRUE(mended.active());
}

// ---- Over HTTP --------------------------------------------------------------------------------

TEST_F(Limits, TellWhatIsLeftOfTheMinuteAndRefuseWhatIsMore) {
    write("Hi");
    EXPECT_EQ(send("none").find("X-RateLimit"), std::string::npos) << "without the switch";
    set({{"minute_limit", 3}});
    const auto ask = [this](const char* path) {
        return raw("GET", path, "", "X-API-Key: key\r\n");
    };
    // In one minute: the machine's clock may turn to the next one in between, once.
    for (int tries = 0;; ++tries) {
        ASSERT_LT(tries, 2);
        const auto first = send("one");
        const auto second = ask("/meta/whatsapp/v24.0/555/messages");
        const auto third = ask("/platform/v1/whatsapp/phone_numbers/555/webhooks");
        const auto beyond = send("two");
        if (status_of(beyond) != 429) continue;
        EXPECT_NE(first.find("X-RateLimit-Limit: 3\r\n"), std::string::npos) << first;
        EXPECT_NE(third.find("X-RateLimit-Remaining: "), std::string::npos) << third;
        EXPECT_EQ(status_of(second), 200);
        EXPECT_NE(beyond.find("Retry-After: "), std::string::npos);
        EXPECT_NE(beyond.find("X-RateLimit-Remaining: 0\r\n"), std::string::npos);
        break;
    }
    for (const auto& message : messages("outbound")) EXPECT_NE(message.at("text"), "two");
}

TEST_F(Limits, GiveAPersonAtMost45MessagesAtOnce) {
    write("Hi");
    for (int i = 0; i < 45; ++i) ASSERT_EQ(status_of(send(std::to_string(i))), 200) << i;
    const auto beyond = send("beyond");
    EXPECT_EQ(status_of(beyond), 400);
    EXPECT_EQ(Json::parse(body_of(beyond)).at("error").at("code"), 131056);
    set({{"pair_limit", false}});
    EXPECT_EQ(status_of(send("beyond")), 200);
}

TEST_F(Limits, AWebhookThatFailsTooOftenIsPausedUntilSomebodySwitchesItOn) {
    const auto* path = "/platform/v1/whatsapp/phone_numbers/555/webhooks";
    const auto webhook = [&] {
        const auto list = raw("GET", path, "", "X-API-Key: key\r\n");
        EXPECT_EQ(status_of(list), 200) << list;
        return Json::parse(body_of(list)).at("data").at(0);
    };
    EXPECT_EQ(webhook().at("active"), true);
    EXPECT_EQ(webhook().at("url"), product_.url());
    set({{"pauses", true}});
    product_.refuse(1'000);
    for (int i = 0; i < 10; ++i) write(std::to_string(i));  // each is tried four times
    while (webhook().at("active") == true) std::this_thread::yield();
    const auto before = product_.webhooks(40).size();
    product_.refuse(0);
    const auto lost = write("nobody hears this");
    const auto id = webhook().at("id").get<std::string>();
    const auto change = [&](const std::string& which, const std::string& body) {
        return status_of(raw("PATCH", path + ("/" + which), body, "X-API-Key: key\r\n"));
    };
    EXPECT_EQ(change("another", R"({"whatsapp_webhook":{"active":true}})"), 404);
    EXPECT_EQ(change(id, R"({"active":true})"), 422);
    EXPECT_EQ(change(id, R"({"whatsapp_webhook":{"active":true}})"), 200);
    EXPECT_EQ(webhook().at("active"), true);
    const auto heard = write("this is heard");
    const auto all = product_.webhooks(before + 1);
    EXPECT_EQ(body(all.back()).at("message").at("id"), heard);
    for (const auto& one : all) EXPECT_NE(body(one).at("message").at("id"), lost);
}

TEST_F(Limits, AListFailsAsTheSwitchSays) {
    write("Hi");
    const auto list = [this] {
        return raw("GET", "/meta/whatsapp/v24.0/555/messages", "", "X-API-Key: key\r\n");
    };
    for (const auto& [fault, status] :
         {std::pair{"401", 401}, {"429", 429}, {"500", 500}, {"502", 502}, {"reset", 0}}) {
        set({{"list_fault", fault}, {"list_fault_times", 1}});
        EXPECT_EQ(status_of(list()), status) << fault;
    }
    set({{"list_fault", "empty"}});
    EXPECT_TRUE(Json::parse(body_of(list())).at("data").empty());
    set({{"list_fault", "no_list"}});
    EXPECT_FALSE(Json::parse(body_of(list())).contains("data"));
    set({{"list_fault", "slow"}, {"slow", 1}});
    EXPECT_EQ(Json::parse(body_of(list())).at("data").size(), 1U);
}

TEST_F(Limits, EverySendIsCountedByRecipientTextAndMark) {
    write("Hi");
    send("same"), send("same"), send("other");
    set({{"send_fault", "reset_after"}, {"send_fault_times", 1}});
    send("same");
    set({{"send_fault", "reset_before"}, {"send_fault_times", 1}});
    send("same");
    std::map<std::string, int> counts;
    const auto outbound = ask("GET", "/sandbox/counts").at("outbound");
    for (const auto& one : outbound) {
        EXPECT_EQ(one.at("to"), ana);
        EXPECT_EQ(one.at("mark"), "stream.attempt.mac");
        counts[one.at("text")] = one.at("sends");
    }
    EXPECT_EQ(counts, (std::map<std::string, int>{{"same", 3}, {"other", 1}}));
}

TEST_F(Limits, EverySwitchAndFaultIsExplained) {
    const auto all = ask("GET", "/sandbox/switches");
    for (const auto& [name, value] : all.at("switches").items()) {
        EXPECT_TRUE(all.at("about").contains(name)) << name;
    }
    for (const auto* switch_ : {"send_fault", "list_fault"}) {
        for (const auto& choice : all.at("choices").at(switch_)) {
            const auto name = std::string(switch_) + "=" + choice.get<std::string>();
            EXPECT_TRUE(choice == "none" || all.at("about").contains(name)) << name;
        }
    }
}

}  // namespace
