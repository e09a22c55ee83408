#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <nlohmann/json.hpp>

#include "describe.hpp"

namespace {

using kapso::Inbound;
using nlohmann::json;

/// A message of this type and object, as Meta's envelope brings it.
json message(const std::string& type, const json& own) {
    return {{"id", "wamid.1"},
            {"from", "15551234567"},
            {"timestamp", "1730092800"},
            {"type", type},
            {type, own}};
}
Inbound read(const json& body, const std::string& event = {}) {
    const auto items =
        kapso::read_payload(body.dump(), {.event = event, .idempotency_key = {}, .batch = {}});
    if (items.size() != 1 || !std::holds_alternative<Inbound>(items[0])) {
        ADD_FAILURE() << testing::PrintToString(describe(items)) << " from " << body;
        return {};
    }
    return std::get<Inbound>(items[0]);
}
events::MessageReceived said(const json& one) {
    return read({{"messages", json::array({one})}}).message;
}
void expect(const json& one, events::Kind kind, const std::string& text, const std::string& typed) {
    const auto got = said(one);
    EXPECT_EQ(got.kind, kind) << one;
    EXPECT_EQ(got.text, text) << one;
    EXPECT_EQ(got.typed.value_or(got.text), typed) << one;
}

using events::Kind;

TEST(MessageTextTest, TextAndButtonsAreWhatWasTyped) {
    expect(message("text", {{"body", "Hola"}}), Kind::text, "Hola", "Hola");
    expect(message("text", "Hola"), Kind::text, "Hola", "Hola");
    expect(message("button", {{"text", "Stop"}, {"payload", "p"}}), Kind::button, "Stop", "Stop");
}

TEST(MessageTextTest, MediaShowTheirKindAndCaption) {
    expect(message("image", {{"id", "1"}}), Kind::image, "[image]", "");
    expect(message("image", {{"caption", "Taj"}}), Kind::image, "[image] Taj", "Taj");
    expect(message("video", {{"caption", "Taj"}}), Kind::video, "[video] Taj", "Taj");
    expect(message("sticker", {{"id", "1"}}), Kind::sticker, "[sticker]", "");
    expect(message("document", {{"filename", "a.pdf"}, {"caption", "my receipt"}}), Kind::document,
           "[document: a.pdf] my receipt", "my receipt");
    expect(message("document", {{"id", "1"}}), Kind::document, "[document]", "");
}

TEST(MessageTextTest, VoiceNotesShowTheirTranscript) {
    auto voice = message("audio", {{"voice", true}});
    expect(voice, Kind::audio, "[voice note]", "");
    voice["kapso"]["transcript"]["text"] = "I need help";
    expect(voice, Kind::audio, "[voice note] I need help", "");
    auto audio = message("audio", {{"id", "1"}});
    audio["kapso"]["content"] =
        "[Audio attached] (a.ogg) [Size: 1 KB] URL: https://x/secret\nTranscript: I need help";
    expect(audio, Kind::audio, "[audio] I need help", "");
    expect(message("voice", {{"id", "1"}}), Kind::audio, "[voice note]", "");
}

TEST(MessageTextTest, PlacesAndPeopleAreReadable) {
    expect(message("location", {{"latitude", 37.44221496582},
                                {"longitude", -122.25},
                                {"name", "Philz"},
                                {"address", "101 Forest Ave"}}),
           Kind::location, "[location] Philz, 101 Forest Ave (37.44221496582, -122.25)", "");
    expect(message("location", {{"latitude", 1}, {"longitude", 2}}), Kind::location,
           "[location] (1, 2)", "");
    const json barbara{{"name", {{"formatted_name", "Barbara"}}},
                       {"phones", json::array({{{"phone", "+1 415"}}})}};
    expect(message("contacts", json::array({barbara, barbara})), Kind::contacts,
           "[contact] Barbara +1 415; Barbara +1 415", "");
}

TEST(MessageTextTest, InteractiveRepliesShowWhatWasChosen) {
    expect(message("interactive", {{"type", "button_reply"}, {"button_reply", {{"title", "Yes"}}}}),
           Kind::interactive, "Yes", "Yes");
    expect(
        message("interactive", {{"list_reply", {{"title", "Express"}, {"description", "1 day"}}}}),
        Kind::interactive, "Express, 1 day", "Express");
    const auto flow = R"({"flow_token":"t","name":"Ann","seats":2,"extras":["a","b"]})";
    expect(message("interactive", {{"nfm_reply", {{"response_json", flow}, {"body", "Sent"}}}}),
           Kind::interactive, R"([form] extras: ["a","b"]; name: Ann; seats: 2)",
           R"(extras: ["a","b"]; name: Ann; seats: 2)");
    expect(message("interactive", {{"nfm_reply", {{"response_json", "{broken"}}}}),
           Kind::interactive, "[form] {broken", "{broken");
    expect(message("interactive", {{"type", "call_permission_reply"}}), Kind::interactive,
           "[interactive message] call_permission_reply", "");
}

TEST(MessageTextTest, ReactionsNameTheirEmojiAndMessage) {
    const auto thumb = message("reaction", {{"message_id", "wamid.0"}, {"emoji", "👍"}});
    expect(thumb, Kind::reaction, "[reaction] 👍", "👍");
    EXPECT_EQ(said(thumb).reply_to, "wamid.0");
    expect(message("reaction", {{"message_id", "wamid.0"}}), Kind::reaction, "[reaction removed]",
           "");
}

TEST(MessageTextTest, OrdersListTheirItems) {
    const json items = json::array(
        {{{"product_retailer_id", "a"}, {"quantity", 2}, {"item_price", 30}, {"currency", "USD"}},
         {{"product_retailer_id", "b"}, {"quantity", 1}}});
    expect(message("order", {{"product_items", items}, {"text", "Love these!"}}), Kind::order,
           "[order] 2 x a at 30 USD, 1 x b: Love these!", "Love these!");
}

TEST(MessageTextTest, SystemDeletedEditedAndUnsupportedOnesAreToldApart) {
    expect(message("system", {{"body", "User changed"}}), Kind::system, "[system] User changed",
           "");
    expect(message("revoke", {{"original_message_id", "wamid.0"}}), Kind::system,
           "[message deleted]", "");
    const auto edit = message("edit", {{"original_message_id", "wamid.0"},
                                       {"message", {{"type", "text"}, {"text", {{"body", "B"}}}}}});
    expect(edit, Kind::text, "[edited] B", "B");
    EXPECT_EQ(said(edit).reply_to, "wamid.0");
    expect(message("unsupported", {{"type", "poll"}}), Kind::unsupported,
           "[unsupported message: poll]", "");
    expect(message("unknown", nullptr), Kind::unsupported, "[unsupported message]", "");
    expect(message("hologram", {{"id", "1"}}), Kind::unsupported, "[unsupported message: hologram]",
           "");
}

TEST(MessageTextTest, KapsosRenderingServesWhereTheObjectIsMissingWithoutItsAddress) {
    json v1{{"id", "u"},
            {"message_type", "image"},
            {"phone_number", "+1"},
            {"direction", "inbound"},
            {"content", "Nice Image attached (a.jpg) [Size: 1 KB] URL: https://x/secret"}};
    const auto in = read({{"message", v1}});
    EXPECT_EQ(in.message.text, "[image] Nice Image attached (a.jpg) [Size: 1 KB]");
    EXPECT_EQ(in.message.typed, "");
    EXPECT_EQ(in.message.kind, Kind::image);
}

// ---- One message in every wrapping ------------------------------------------------------------

json any_message() {
    const auto word =
        *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
    const std::vector<json> all{
        message("text", {{"body", word}}),
        message("image", {{"id", "1"}, {"caption", word}}),
        message("audio", {{"id", "1"}, {"voice", true}}),
        message("document", {{"filename", word}}),
        message("location", {{"latitude", 1.5}, {"longitude", 2.5}, {"name", word}}),
        message("interactive", {{"list_reply", {{"title", word}, {"description", "d"}}}}),
        message("button", {{"text", word}}),
        message("reaction", {{"emoji", word}, {"message_id", "wamid.0"}}),
        message("order", {{"text", word}, {"product_items", json::array()}}),
        message("unsupported", {{"type", word}})};
    return *rc::gen::elementOf(all);
}

TEST(MessageTextTest, EveryWrappingOfAMessageSaysTheSame) {
    EXPECT_TRUE(rc::check([] {
        const auto plain = any_message();
        auto v2 = plain;
        v2["kapso"] = {{"direction", "inbound"}, {"content", "Kapso's own words"}};
        const json conversation{{"contact_name", "Ann"}, {"phone_number", "15551234567"}};
        const json single{
            {"message", v2}, {"conversation", conversation}, {"phone_number_id", "111"}};
        auto v1 = plain;
        v1["message_type"] = plain["type"];
        v1["direction"] = "inbound";
        v1["contact_name"] = "Ann";
        v1.erase("type");
        const json value{
            {"metadata", {{"phone_number_id", "111"}}},
            {"contacts", json::array({{{"wa_id", "15551234567"}, {"profile", {{"name", "Ann"}}}}})},
            {"messages", json::array({plain})}};
        const json change{{"field", "messages"}, {"value", value}};
        const std::string event = "whatsapp.message.received";
        const std::vector<Inbound> all{
            read(single, event),
            read({{"batch", true}, {"data", json::array({single})}}),
            read(json::array({{{"event_type", event}, {"payload", single}}})),
            read({{"message", v1}, {"whatsapp_config", {{"phone_number_id", "111"}}}}),
            read(value),
            read({{"entry", json::array({{{"changes", json::array({change})}}})}})};
        for (const auto& one : all) {
            RC_ASSERT(one.contact == all[0].contact);
            RC_ASSERT(one.at == all[0].at);
            auto same = one.message;
            same.raw = all[0].message.raw;
            RC_ASSERT(same == all[0].message);
        }
    }));
}

}  // namespace
