#include "domain/identity.hpp"
#include "tests/http/handlers_stage.hpp"

namespace tests {
namespace {

/// A person is erased over HTTP.
class PersonRoutes : public HandlersStage {
protected:
    static constexpr auto phone = "+5215512345678", bsuid = "MX.13491208655302741918";

    events::StreamId tell(const events::Person& who, const std::string& wamid) {
        const auto told = who.phones.empty() ? "" : phone;
        return append(who, {events::ConversationOpened{who.line, told, who.bsuid, "", "Ana"},
                            events::MessageReceived{.kind = events::Kind::text,
                                                    .wamid = wamid,
                                                    .text = "hola",
                                                    .phone = told,
                                                    .bsuid = who.bsuid}});
    }
    static events::Person by_phone(const std::string& of_line = line) {
        return {of_line, "", {domain::canonical_phone(phone)}, "", true};
    }
    static events::Person by_bsuid() { return {line, bsuid, {}, "", true}; }
    events::StreamId append(const std::variant<events::StreamId, events::Person>& to,
                            std::vector<events::ConversationEvent> bodies) {
        std::vector<events::NewEvent> facts;
        for (auto& body : bodies) {
            facts.push_back({crypto::new_uuid(),
                             events::Event(std::move(body)),
                             events::from_micros(1'700'000'000'000'000),
                             {},
                             {},
                             events::When::always});
        }
        const auto appended = events::append_now(app().store.log(), {to, std::move(facts), {}});
        EXPECT_EQ(appended.outcome, events::Outcome::appended);
        return appended.stream;
    }
    void follow() {
        for (const auto& one : projections::all_projections()) {
            ASSERT_TRUE(
                app().runner.wait(one.name, app().store.log().head(), std::chrono::seconds(20)));
        }
    }
    Json ask(const Json& body, int expected = 200) {
        follow();
        const auto told = exchange("POST", "/api/persons/erase", body.dump());
        EXPECT_EQ(status_of(told), expected) << told;
        return Json::parse(body_of(told), nullptr, false);
    }
    bool is_erased(const events::StreamId& stream) {
        const auto all = app().store.log().read_stream(stream, 0, 100);
        return !all.empty() && all.front().redacted && events::is_erasure(all.back());
    }
};

TEST_F(PersonRoutes, ADryRunShowsWhoseItIsAndErasesNothing) {
    start();
    const auto stream = tell(by_phone(), "one");
    const auto report = ask({{"person", phone}, {"dryRun", true}});
    EXPECT_EQ(report["streams"], Json::array({stream.text()}));
    EXPECT_EQ(report["events"], 2);
    EXPECT_EQ(report["erased"], false);
    EXPECT_FALSE(is_erased(stream));
}

/// One line knows the phone as well as the id, another one learnt the id of a phone.
TEST_F(PersonRoutes, ByAPhoneAPersonIsErasedOnEveryLineWithAllHisNames) {
    start();
    const auto one = tell(by_bsuid(), "one");
    append(one, {events::AliasLearned{phone, ""}});
    const auto two = tell(by_phone("200000000000002"), "two");
    const auto other = tell({line, "US.1", {}, "", true}, "three");
    append(two, {events::AliasLearned{"", bsuid}});
    const auto report = ask({{"person", "52 55 1234 5678"}, {"by", "Eva"}, {"why", "asked"}});
    EXPECT_EQ(report["streams"].size(), 2U);
    EXPECT_EQ(report["erased"], true);
    EXPECT_EQ(report["tablesFollow"], true);
    EXPECT_TRUE(is_erased(one));
    EXPECT_TRUE(is_erased(two));
    EXPECT_FALSE(is_erased(other));
    ask({{"person", phone}}, 404);
    ask({{"person", bsuid}}, 404);
}

TEST_F(PersonRoutes, TheTablesAndTheActsSaySo) {
    start();
    const auto stream = tell(by_phone(), "one");
    ask({{"person", stream.text()}, {"by", "Eva"}, {"why", "she asked for it"}});
    const auto talks = get("/api/conversations")["conversations"];
    ASSERT_EQ(talks.size(), 1U);
    EXPECT_EQ(talks[0]["status"], "erased");
    EXPECT_EQ(exchange("GET", "/api/conversations/" + stream.text()).find("hola"),
              std::string::npos);
    const auto acts = app().store.log().read_stream(events::operators_stream, 0, 100);
    ASSERT_EQ(acts.size(), 1U);
    const auto act = std::get<events::OperatorActed>(std::get<events::SystemEvent>(acts[0].body));
    EXPECT_EQ(act.act, events::Act::erase);
    EXPECT_EQ(act.stream, stream);
    EXPECT_EQ(act.by, "Eva");
    EXPECT_EQ(act.why, "she asked for it");
    EXPECT_EQ(act.from, "127.0.0.1");
}

TEST_F(PersonRoutes, KeptDeliveriesThatNameThePersonAreRemoved) {
    start();
    tell(by_phone(), "one");
    auto& kept = app().store.deliveries();
    kept.keep(crypto::new_uuid(), "odd", R"({"from":"5215512345678"})");
    const auto other = crypto::new_uuid();
    kept.keep(other, "odd", R"({"from":"15550000001"})");
    EXPECT_EQ(ask({{"person", phone}})["deliveriesRemoved"], 1);
    const auto left = kept.list(10);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].id, other);
}

/// What a process had on record when it was ended.
TEST_F(PersonRoutes, WhatWasBegunGoesOnWithTheNextCall) {
    start();
    const auto stream = tell(by_phone(), "one");
    events::append_now(
        app().store.log(),
        {events::operators_stream,
         {{crypto::new_uuid(),
           events::SystemEvent(events::OperatorActed{.act = events::Act::erase, .stream = stream}),
           events::from_micros(1'700'000'000'000'000),
           {},
           {},
           events::When::always}},
         {}});
    EXPECT_EQ(ask({{"person", "15550000009"}})["streams"].size(), 0U);
    EXPECT_TRUE(is_erased(stream));
    ask({{"person", "15550000009"}}, 404);
}

TEST_F(PersonRoutes, WhatIsWrongIsSaid) {
    start();
    EXPECT_EQ(status("POST", "/api/persons/erase", "{}"), 400);
    EXPECT_EQ(status("POST", "/api/persons/erase", R"({"person":"1","dryRun":1})"), 400);
    EXPECT_EQ(status("POST", "/api/persons/erase", R"({"person":"1","more":1})"), 400);
    EXPECT_EQ(status("POST", "/api/persons/erase", R"({"person":"15550000009"})"), 404);
    EXPECT_EQ(
        status("POST", "/api/persons/erase", Json({{"person", crypto::new_uuid().text()}}).dump()),
        404);
}

}  // namespace
}  // namespace tests
