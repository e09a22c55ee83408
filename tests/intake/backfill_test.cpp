#include "intake/backfill.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "db/store.hpp"
#include "events/codec.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/forwarding_log.hpp"

namespace {

using namespace std::chrono_literals;
using intake::Backfill;
using kapso::History;
using kapso::Listing;
using Json = nlohmann::json;

constexpr auto line = "100000000000001";
const events::Time noon = events::parse_iso8601("2026-11-20T12:00:00Z").value();

/// A provider's list as Kapso keeps it, the newest first; cursors are places in it.
class Provider {
public:
    std::size_t page_size = 100;
    std::size_t pages_read = 0;
    std::optional<std::size_t> fails_at;  // the page that can't be read
    std::string clock{};                  // what it says that time it is
    std::string unreadable{};             // a page with this message is no list; all: every page

    void inbound(const std::string& wamid, events::Time at, const std::string& from = "34600") {
        add({{"id", wamid}, {"from", from}, {"kapso", {{"direction", "inbound"}}}}, at);
    }
    void outbound(const std::string& wamid, events::Time at,
                  const std::string& origin = "cloud_api", const std::string& to = "34600",
                  const std::string& user_id = "") {
        Json json{
            {"id", wamid},
            {"to", to},
            {"kapso", {{"direction", "outbound"}, {"status", "delivered"}, {"origin", origin}}}};
        if (!user_id.empty()) json["to_user_id"] = user_id;
        add(std::move(json), at);
    }
    void tells_user_ids(const std::string& user_id) {
        for (auto& one : all_) one.json["to_user_id"] = user_id;
    }
    Backfill::Read reader() {
        return [this](const Listing& listing, const std::string& after) {
            return page(listing, after);
        };
    }

private:
    struct Kept {
        events::Time at;
        Json json;
    };
    void add(Json json, events::Time at) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch();
        json["timestamp"] = std::to_string(seconds.count());
        json["type"] = "text";
        json["text"] = {{"body", json["id"]}};
        all_.insert(all_.begin(), {at, json});
        std::ranges::stable_sort(all_, std::greater<>(), &Kept::at);
    }
    History::Page page(const Listing& listing, const std::string& after) {
        if (fails_at == pages_read++) return History::Failed{"502: Bad Gateway"};
        std::vector<Json> fit;
        for (const auto& one : all_) {
            const bool out = one.json["kapso"]["direction"] == "outbound";
            if (one.at < listing.since || (listing.until && one.at > *listing.until)) continue;
            if (listing.way == kapso::Way::outbound && !out) continue;
            fit.push_back(one.json);
        }
        const auto from = after.empty() ? 0 : std::stoul(after);
        const auto to = std::min(fit.size(), from + page_size);
        const Json data(std::vector<Json>(fit.begin() + static_cast<std::ptrdiff_t>(from),
                                          fit.begin() + static_cast<std::ptrdiff_t>(to)));
        Json paging{{"cursors", {{"after", nullptr}}}, {"next", nullptr}};
        if (to < fit.size()) paging = {{"cursors", {{"after", std::to_string(to)}}}, {"next", "x"}};
        const Json body{{"data", data}, {"paging", paging}};
        if (unreadable == "all" ||
            std::ranges::any_of(data, [&](const Json& one) { return one["id"] == unreadable; })) {
            return kapso::page_of(net::Response{200, {}, "<html>"}, listing.line);
        }
        return kapso::page_of(net::Response{200, {{"date", clock}}, body.dump()}, listing.line);
    }
    std::vector<Kept> all_;
};

struct BackfillTest : testing::Test {
    support::Folder folder;
    std::unique_ptr<db::Store> store = db::open_store({"sqlite:" + folder.file("hilo.db"), {}});
    intake::Intake intake{store->log(), store->keys(), store->deliveries(), {line}};
    Provider provider;

    std::vector<events::Time> reached;  // by the last `take`
    std::vector<Backfill::Span> given_up;
    Backfill::Result take(Backfill::Bounds bounds = {}) {
        reached.clear();
        return Backfill(intake, provider.reader(), bounds)
            .take(
                line, noon, noon + 24h, [&](events::Time time) { reached.push_back(time); },
                given_up);
    }
    events::StreamId open(const events::Person& person) {
        const events::NewEvent event{crypto::new_uuid(),
                                     events::ConversationEvent(events::ConversationOpened{}),
                                     {},
                                     {},
                                     {},
                                     events::When::always};
        return events::append_now(store->log(), {person, {event}, {}}).stream;
    }
    /// By the webhook of version 2.
    void deliver(const std::string& wamid, events::Time at) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch();
        const Json body{{"message",
                         {{"id", wamid},
                          {"from", "34600"},
                          {"timestamp", std::to_string(seconds.count())},
                          {"type", "text"},
                          {"text", {{"body", wamid}}},
                          {"kapso", {{"direction", "inbound"}}}}},
                        {"phone_number_id", line}};
        intake.take_now(body.dump(), {"whatsapp.message.received", {}, {}});
    }
    /// The messages of the log in its order, customers' marked by their source.
    std::vector<std::string> told() {
        std::vector<std::string> out;
        for (const auto& one : store->log().read_all(0, 10'000)) {
            const auto* event = std::get_if<events::ConversationEvent>(&one.body);
            if (event == nullptr) continue;
            if (const auto* got = std::get_if<events::MessageReceived>(event)) {
                out.push_back(got->wamid + " " + std::string(events::name_of(got->source)));
            } else if (const auto* wrote = std::get_if<events::PersonWrote>(event)) {
                out.push_back(wrote->wamid + " person " +
                              std::string(events::name_of(wrote->source)));
            } else if (const auto* sent = std::get_if<events::MessageSent>(event)) {
                out.push_back(sent->wamid + " sent");
            }
        }
        return out;
    }
};

TEST_F(BackfillTest, WhatNoWebhookBroughtIsTakenInOnceInItsOrderAndMarked) {
    provider.inbound("wamid.1", noon + 1min);
    provider.inbound("wamid.2", noon + 2min);
    provider.outbound("wamid.3", noon + 3min, "business_app");
    provider.inbound("wamid.4", noon + 4min);
    deliver("wamid.2", noon + 2min);
    const auto first = take();
    EXPECT_TRUE(first.complete()) << first.why;
    EXPECT_EQ(first.receipt.repeated, 1U);
    EXPECT_EQ(told(), (std::vector<std::string>{"wamid.2 webhook", "wamid.1 backfill",
                                                "wamid.3 person backfill", "wamid.4 backfill"}));
    const auto again = take();
    EXPECT_EQ(again.receipt.appended, 0U);
    EXPECT_EQ(again.receipt.kept, 0U);
    EXPECT_EQ(told().size(), 4U);
    EXPECT_TRUE(store->deliveries().list(10).empty());
}

TEST_F(BackfillTest, AWebhookThatComesLaterIsKnown) {
    provider.inbound("wamid.1", noon + 1min);
    take();
    deliver("wamid.1", noon + 1min);
    EXPECT_EQ(told(), std::vector<std::string>{"wamid.1 backfill"});
}

TEST_F(BackfillTest, ManyPagesAreTakenInTheOldestFirstThoughMemoryHoldsFew) {
    provider.page_size = 10;
    std::vector<std::string> expected;
    for (int i = 0; i < 500; ++i) {
        provider.inbound("wamid." + std::to_string(i), noon + i * 1min);
        expected.push_back("wamid." + std::to_string(i) + " backfill");
    }
    const auto result = take({.messages = 60});
    EXPECT_TRUE(result.complete()) << result.why;
    EXPECT_EQ(told(), expected);
    EXPECT_GT(reached.size(), 4U) << "what is cut off goes on from there";
    EXPECT_TRUE(std::ranges::is_sorted(reached));
    EXPECT_EQ(reached.back(), noon + 24h);
}

TEST_F(BackfillTest, ASecondThatHoldsMoreThanMemoryIsTakenInAllTheSame) {
    provider.page_size = 10;
    for (int i = 0; i < 200; ++i) provider.inbound("wamid." + std::to_string(i), noon + 1h);
    const auto result = take({.messages = 60});
    EXPECT_TRUE(result.complete()) << result.why;
    EXPECT_EQ(told().size(), 200U);
}

TEST_F(BackfillTest, ItEndsSomewhere) {
    provider.page_size = 1;
    for (int i = 0; i < 50; ++i) provider.inbound("wamid." + std::to_string(i), noon + i * 1min);
    const auto result = take({.pages = 20});
    EXPECT_FALSE(result.complete());
    EXPECT_EQ(result.why, "it has over 20 pages, and the next round goes on behind them");
    EXPECT_LE(provider.pages_read, 20U);
}

TEST_F(BackfillTest, AListThatBreaksOffIsNotCompleteAndIsReadAgain) {
    provider.page_size = 2;
    provider.fails_at = 1;
    for (int i = 0; i < 6; ++i) provider.inbound("wamid." + std::to_string(i), noon + i * 1min);
    EXPECT_EQ(take().why, "502: Bad Gateway");
    EXPECT_TRUE(told().empty());
    EXPECT_TRUE(take().complete());
    EXPECT_EQ(told().size(), 6U);
}

/// Kapso's old webhooks name a message by an id of Kapso's own, and the list by WhatsApp's.
TEST_F(BackfillTest, MessagesThatTheWebhookNamesOtherwiseAreNotTakenForNewOnes) {
    deliver("123e4567-e89b-12d3-a456-426614174000", noon + 1min);
    provider.inbound("wamid.1", noon + 1min);
    EXPECT_NE(take().why.find("payload_version"), std::string::npos);
    EXPECT_EQ(told().size(), 1U);
    intake::Intake restarted(store->log(), store->keys(), store->deliveries(), {line});
    EXPECT_FALSE(restarted.knows_foreign_ids());
    const auto found = intake::foreign_ids(store->log(), events::Time{});
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->over);
    EXPECT_FALSE(intake::foreign_ids(store->log(), found->last + 1h));
    deliver("wamid.2", noon + 2min);
    const auto later = intake::foreign_ids(store->log(), events::Time{});
    ASSERT_TRUE(later);
    EXPECT_TRUE(later->over) << "the webhook names messages as the list does";
    EXPECT_EQ(later->last, found->last);
}

/// A log that has no room for one of the messages.
class BusyOnce final : public support::ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    int refused = 2;  // the append that is refused
    void append(events::Append request, std::function<void(events::Appended)> done) override {
        if (refused-- == 0) return done(answer(events::Outcome::full));
        ForwardingLog::append(std::move(request), std::move(done));
    }
};

TEST_F(BackfillTest, WhatTheLogHasNoRoomForIsReadAgain) {
    for (int i = 0; i < 5; ++i) provider.inbound("wamid." + std::to_string(i), noon + i * 1min);
    BusyOnce log(store->log());
    intake::Intake busy(log, store->keys(), store->deliveries(), {line});
    std::vector<events::Time> reaches;
    const auto take_in = [&] {
        return Backfill(busy, provider.reader())
            .take(line, noon, noon + 24h, [&](events::Time time) { reaches.push_back(time); });
    };
    EXPECT_EQ(take_in().why, "the log is busy or away");
    EXPECT_TRUE(reaches.empty());
    EXPECT_LT(told().size(), 5U);
    EXPECT_TRUE(take_in().complete());
    EXPECT_EQ(reaches, std::vector{noon + 24h});
    auto all = told();
    std::ranges::sort(all);
    EXPECT_EQ(all.size(), 5U);
    EXPECT_EQ(std::ranges::unique(all).size(), 0U);
}

TEST_F(BackfillTest, OneMessageThatCantBeReadKeepsUsFromNoOther) {
    for (int i = 0; i < 50; ++i) provider.inbound("wamid." + std::to_string(i), noon + i * 20min);
    provider.unreadable = "wamid.20";
    const auto at = noon + 20 * 20min;
    const auto found = take({.pages = 200});
    EXPECT_TRUE(found.why.starts_with("at 2026-11-20T18:")) << found.why;
    ASSERT_TRUE(found.unreadable);
    EXPECT_LE(found.unreadable->since, at);
    EXPECT_GE(found.unreadable->until, at);
    EXPECT_EQ(told().size(), 20U) << "all before";
    EXPECT_LE(reached.back(), at);
    given_up = {{at, at}};
    const auto result = take({.pages = 200});
    EXPECT_TRUE(result.complete()) << result.why;
    EXPECT_EQ(told().size(), 49U);
    EXPECT_EQ(reached.back(), noon + 24h);
    given_up = {{noon, noon}};
    EXPECT_FALSE(take({.pages = 200}).complete()) << "another time was given up";
}

TEST_F(BackfillTest, AServerThatAnswersWithAnythingButListsIsNotPassedOver) {
    provider.inbound("wamid.1", noon);
    provider.unreadable = "all";
    const auto result = take();
    EXPECT_EQ(result.why, "the answer is no list of messages");
    EXPECT_FALSE(result.unreadable);
    EXPECT_TRUE(reached.empty());
    provider.unreadable.clear();
    EXPECT_TRUE(take().complete());
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(BackfillTest, WhatTheListTellsOtherwiseOfWhatIsKnownIsPassedOverAgainAndAgain) {
    deliver("wamid.1", noon + 1min);
    provider.inbound("wamid.1", noon + 2min);  // of another second
    const auto result = take();
    EXPECT_TRUE(result.complete());
    EXPECT_EQ(told(), std::vector<std::string>{"wamid.1 webhook"});
    EXPECT_TRUE(store->deliveries().list(10).empty());
    EXPECT_EQ(result.receipt.repeated, 1U);
}

/// What is yet to come there must be asked for again.
TEST_F(BackfillTest, AListReachesNoFurtherThanItsProvidersClock) {
    provider.clock = "Fri, 20 Nov 2026 12:30:00 GMT";
    const auto reaches = [&] {
        take();
        return reached;
    };
    EXPECT_EQ(reaches(), std::vector{noon + 30min});
    provider.clock = "Mon, 23 Nov 2026 12:00:00 GMT";
    EXPECT_EQ(reaches(), std::vector{noon + 24h}) << "ours is behind";
    provider.clock = {};
    EXPECT_EQ(reaches(), std::vector{noon + 24h});
}

TEST_F(BackfillTest, ALookUpTellsHowFarBackTheListWasRead) {
    provider.page_size = 2;
    for (int i = 0; i < 6; ++i) provider.outbound("wamid." + std::to_string(i), noon + i * 1min);
    Backfill all(intake, provider.reader());
    EXPECT_EQ(all.outbound(line, noon + 1min).back_to, noon + 1min);
    EXPECT_EQ(told().size(), 5U);
    Backfill few(intake, provider.reader(), {.pages_of_look_up = 2});
    EXPECT_EQ(few.outbound(line, noon).back_to, noon + 2min + 1s) << "two pages of two";
    provider.pages_read = 0, provider.fails_at = 0;
    EXPECT_EQ(all.outbound(line, noon).back_to, std::nullopt);
    provider.pages_read = 0, provider.fails_at = 1;
    EXPECT_EQ(all.outbound(line, noon).back_to, noon + 4min + 1s);
}

/// Of two streams that are one person the other one gets it, and its list says nothing to this one.
TEST_F(BackfillTest, ALookUpTellsWhoseNamesLedToAnotherStream) {
    const auto by_phone = open({line, "", {"34600"}, "", true});
    const auto by_id = open({line, "ES.1", {}, "", true});
    Backfill all(intake, provider.reader());
    provider.outbound("wamid.0", noon);
    EXPECT_TRUE(all.outbound(line, noon).is_complete(noon, by_phone));
    provider.outbound("wamid.1", noon + 1min, "cloud_api", "34600", "ES.1");
    for (int times = 0; times < 2; ++times) {
        const auto seen = all.outbound(line, noon);
        EXPECT_TRUE(seen.is_complete(noon, by_id));
        EXPECT_FALSE(seen.is_complete(noon, by_phone));
        EXPECT_FALSE(seen.is_complete(noon - 1s, by_id)) << "it wasn't asked for";
    }
}

/// A webhook told it under the phone alone, and the list tells both names.
TEST_F(BackfillTest, ALookUpTellsWhatIsInAnotherStreamSinceAnotherNameToldIt) {
    const auto by_phone = open({line, "", {"34600"}, "", true});
    const auto by_id = open({line, "ES.1", {}, "", true});
    Backfill all(intake, provider.reader());
    provider.outbound("wamid.1", noon);
    EXPECT_TRUE(all.outbound(line, noon).is_complete(noon, by_phone));
    provider.tells_user_ids("ES.1");
    const auto seen = all.outbound(line, noon);
    EXPECT_FALSE(seen.is_complete(noon, by_id));
    EXPECT_TRUE(seen.is_complete(noon, by_phone));
}

TEST(InOrderTest, TheMessagesAreTurnedRoundAndWhatBelongsToOneStays) {
    const auto status = [](const std::string& wamid) {
        return kapso::Status{{}, kapso::Status::Kind::delivered, wamid, "", 0, "", noon};
    };
    kapso::Outbound out;
    out.wamid = "b", out.at = noon;
    kapso::Inbound in;
    in.message.wamid = "a", in.at = noon;
    const auto items = intake::in_order({out, status("b"), in});
    ASSERT_EQ(items.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<kapso::Inbound>(items[0]));
    EXPECT_TRUE(std::holds_alternative<kapso::Outbound>(items[1]));
    EXPECT_TRUE(std::holds_alternative<kapso::Status>(items[2]));
}

}  // namespace
