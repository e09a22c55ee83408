#include "events/codec.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "events/overloaded.hpp"
#include "tests/support/arbitrary.hpp"

namespace {

using namespace events;
using Json = nlohmann::json;

std::string words_of(std::int16_t type, std::int16_t schema, std::string_view payload) {
    try {
        decode(type, schema, payload);
    } catch (const CodecError& error) {
        return error.what();
    }
    return "";
}

std::string words_of(std::string_view name, const Json& payload) {
    return words_of(type_named(name)->code, 1, payload.dump());
}

TEST(Codec, BringsBackEveryEvent) {
    for (std::size_t i = 0; i < testing_support::event_types; ++i) {
        const bool all = rc::check([i] {
            const auto event = testing_support::event_at(i);
            const auto& type = type_of(event);
            RC_ASSERT(decode(type.code, type.schema, encode(event)) == event);
        });
        EXPECT_TRUE(all) << all_types()[i].name;
    }
}

/// The next two hold the generators: each type is drawn, and each of its fields.
TEST(Codec, KnowsEveryTypeByCodeNameAndStruct) {
    std::set<std::int16_t> codes;
    for (std::size_t i = 0; i < testing_support::event_types; ++i) {
        const auto event = blank(all_types()[i].code);
        EXPECT_EQ(type_of(event).code, all_types()[i].code);
        EXPECT_EQ(type_with(all_types()[i].code), &all_types()[i]);
        EXPECT_EQ(type_named(all_types()[i].name), &all_types()[i]);
        codes.insert(all_types()[i].code);
    }
    EXPECT_EQ(all_types().size(), testing_support::event_types);
    EXPECT_EQ(codes.size(), testing_support::event_types);
    EXPECT_EQ(type_with(0), nullptr);
    EXPECT_EQ(type_named("Nothing"), nullptr);
}

TEST(Codec, WritesEveryFieldOfEveryType) {
    for (std::size_t i = 0; i < testing_support::event_types; ++i) {
        const auto& type = all_types()[i];
        const auto empty = Json::parse(encode(blank(type.code)));
        std::set<std::string> changed;
        EXPECT_TRUE(rc::check([&] {
            const auto drawn = Json::parse(encode(testing_support::event_at(i)));
            for (const auto& [key, value] : drawn.items()) {
                if (!empty.contains(key) || empty[key] != value) changed.insert(key);
            }
        }));
        const auto fields = fields_of(type);
        EXPECT_EQ(changed, (std::set<std::string>(fields.begin(), fields.end()))) << type.name;
    }
}

TEST(Codec, KeepsDefaultsWhereFieldsAreMissing) {
    for (const auto& type : all_types()) {
        EXPECT_EQ(decode(type.code, 1, "{}"), blank(type.code)) << type.name;
    }
    const auto intent = decode(20, 1, R"({"text":"Hi"})");
    EXPECT_EQ(std::get<SendRequested>(std::get<ConversationEvent>(intent)),
              (SendRequested{.text = "Hi"}));
}

TEST(Codec, PassesOverFieldsThatItDoesntKnow) {
    EXPECT_EQ(decode(7, 1, R"({"later":[1,{"a":null}]})"), blank(7));
}

TEST(Codec, RefusesWhatANewerHiloWrote) {
    EXPECT_EQ(words_of(99, 1, "{}"),
              "event type 99 with schema 1 was written by a newer Hilo; upgrade to read it");
    EXPECT_EQ(words_of(4, 2, "{}"),
              "event type 4 with schema 2 was written by a newer Hilo; upgrade to read it");
    EXPECT_THROW(blank(99), CodecError);
}

TEST(Codec, SaysWhichFieldOfWhichEventDoesntFit) {
    EXPECT_EQ(words_of("HoldStarted", {{"until", "soon"}}),
              "payload of a HoldStarted: until: must be a whole number");
    EXPECT_EQ(words_of("SendAccepted", {{"turn", "me"}}),
              "payload of a SendAccepted: turn: must be a UUID");
    EXPECT_EQ(words_of("MessageReceived", {{"kind", "telepathy"}}),
              "payload of a MessageReceived: kind: must be a name that this Hilo knows");
    EXPECT_EQ(words_of("ReplySuppressed", {{"answers", "not a list"}}),
              "payload of a ReplySuppressed: answers: must be a list");
    EXPECT_EQ(words_of("SettingsChanged", {{"changed", Json::array()}}),
              "payload of a SettingsChanged: changed: must be an object");
    EXPECT_EQ(words_of("HoldEnded", Json::array()), "payload of a HoldEnded: must be an object");
}

TEST(Codec, SaysThatANumberIsTooLargeForAnything) {
    try {
        decode(type_named("HoldStarted")->code, 1, R"({"until":1E572})");
        ADD_FAILURE() << "decoded";
    } catch (const CodecError& error) {
        EXPECT_STREQ(error.what(), "payload of a HoldStarted: a number that no field can hold");
    }
}

TEST(Codec, TakesNoNumberForAnother) {
    EXPECT_EQ(words_of("SendRequested", {{"part", 5'000'000'000}}),
              "payload of a SendRequested: part: must be a smaller number");
    EXPECT_EQ(words_of("ReplyGenerated", {{"took_ms", 18'446'744'073'709'551'615u}}),
              "payload of a ReplyGenerated: took_ms: must be a smaller number");
    for (const auto& value : {Json(1.5), Json(1e300), Json(true), Json("1"), Json(nullptr)}) {
        EXPECT_EQ(words_of("SendRequested", {{"part", value}}),
                  "payload of a SendRequested: part: must be a whole number");
    }
    EXPECT_NE(words_of("SendSettled", {{"sent", 1}}), "");
    EXPECT_NE(words_of("SettingsChanged", {{"changed", {{"debounceSeconds", 1.5}}}}), "");
}

TEST(Codec, QuotesNothingOfWhatPeopleWrote) {
    const auto words = words_of(4, 1, R"({"text":"my secret)");
    EXPECT_NE(words, "");
    EXPECT_EQ(words.find("secret"), std::string::npos) << words;
    EXPECT_EQ(words_of("MessageReceived", {{"kind", "my secret"}}).find("secret"),
              std::string::npos);
    EXPECT_EQ(words_of("SendAccepted", {{"attempt", "my secret"}}).find("secret"),
              std::string::npos);
}

Json any_json(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 9 : 7)) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::arbitrary<std::uint64_t>();
        case 4:
            return *rc::gen::arbitrary<double>();
        case 5:
            return *testing_support::text();
        case 6:
            return Json::object();
        case 7:
            return Json::array({any_json(depth - 1)});
        default:
            return {{*testing_support::text(), any_json(depth - 1)}};
    }
}

TEST(Codec, AnswersWrongTypesWithItsOwnErrorAlone) {
    EXPECT_TRUE(rc::check([] {
        const auto& type = *rc::gen::elementOf(all_types());
        auto body = Json::object();
        for (const auto& field : fields_of(type)) {
            if (*rc::gen::arbitrary<bool>()) body[field] = any_json(2);
        }
        if (*rc::gen::inRange(0, 10) == 0) body = any_json(1);
        try {
            const auto event = decode(type.code, 1, body.dump());
            RC_ASSERT(decode(type.code, 1, encode(event)) == event);
        } catch (const CodecError& error) {
            RC_ASSERT(std::string(error.what()).find(std::string(type.name)) != std::string::npos);
        }
    }));
}

TEST(Codec, AnswersBrokenPayloadsWithItsOwnErrorAlone) {
    EXPECT_TRUE(rc::check([](const Event& event) {
        auto payload = encode(event);
        const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
        if (*rc::gen::arbitrary<bool>()) {
            payload.resize(at);
        } else {
            payload[at] = *rc::gen::arbitrary<char>();
        }
        try {
            decode(type_of(event).code, 1, payload);
        } catch (const CodecError&) {
        }
    }));
}

TEST(Codec, ReplacesWhatIsNoUtf8) {
    const Event event = ConversationEvent(MessageReceived{.text = "a\xff"
                                                                  "b"});
    const auto read = decode(4, 1, encode(event));
    EXPECT_EQ(std::get<MessageReceived>(std::get<ConversationEvent>(read)).text,
              "a\xEF\xBF\xBD"
              "b");
}

}  // namespace
