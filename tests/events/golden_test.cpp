#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "events/codec.hpp"

/// The payload of every type, as logs in the world hold it. A line here may be added to, with a new
/// field; a line that must be changed means that old logs can't be read any more.
namespace {

using namespace events;

Uuid u(std::uint8_t last) {
    Uuid id;
    id.bytes[15] = last;
    return id;
}
Time t(std::int64_t micro) { return from_micros(micro); }

struct Golden {
    Event event;
    const char* payload;
};

std::vector<Golden> of_people() {
    return {
        {ConversationEvent(ConversationOpened{"L", "P", "B", "G", "N"}),
         R"({"bsuid":"B","group":"G","line":"L","name":"N","phone":"P"})"},
        {ConversationEvent(AliasLearned{"P", "B"}), R"({"bsuid":"B","phone":"P"})"},
        {ConversationEvent(ConversationLinked{u(1)}),
         R"({"into":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(MessageReceived{Source::backfill, Kind::image, "W", "T", "Y", "N", "P",
                                           "B", "G", "Q", "R"}),
         R"({"bsuid":"B","group":"G","kind":"image","name":"N","phone":"P","raw":"R",)"
         R"("reply_to":"Q","source":"backfill","text":"T","typed":"Y","wamid":"W"})"},
        {ConversationEvent(PersonWrote{Via::inbox, Source::history, "W", u(1), "T", "A", "R"}),
         R"({"author":"A","raw":"R","source":"history","text":"T",)"
         R"("turn":"00000000-0000-0000-0000-000000000001","via":"inbox","wamid":"W"})"},
        {ConversationEvent(HoldStarted{t(1'795'200'423'250'000)}), R"({"until":1795200423250000})"},
        {ConversationEvent(HoldEnded{}), "{}"},
    };
}

std::vector<Golden> of_decisions_and_reports() {
    return {
        {ConversationEvent(ReplyRequested{u(1), {u(2), u(3)}, 4, 5, t(6), "P", "M", "S"}),
         R"({"asks":["00000000-0000-0000-0000-000000000002",)"
         R"("00000000-0000-0000-0000-000000000003"],)"
         R"("history_upto":5,"model":"M","now":6,"prompt_sha256":"S","provider":"P",)"
         R"("settings_version":4,"turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(ReplyGenerated{u(1), "P", "M", "T", 2, 3, 4}),
         R"({"input_tokens":2,"model":"M","output_tokens":3,"provider":"P","text":"T","took_ms":4,)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(GenerationFailed{u(1), {{"P", "M", "E", 2}}}),
         R"({"attempts":[{"error":"E","model":"M","provider":"P","took_ms":2}],)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(ReplySuppressed{u(1), {u(2)}, Silence::human_holds}),
         R"({"answers":["00000000-0000-0000-0000-000000000002"],"reason":"human_holds",)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(SendRequested{u(1), 2, 3, 4, u(5), u(6), {u(7)}, "O", "T", "A"}),
         R"({"answers":["00000000-0000-0000-0000-000000000007"],)"
         R"("attempt":"00000000-0000-0000-0000-000000000005","author":"A",)"
         R"("by":"00000000-0000-0000-0000-000000000006","part":2,"parts":3,"text":"T","to":"O",)"
         R"("try_number":4,"turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(SendAccepted{u(1), u(2), "W"}),
         R"({"attempt":"00000000-0000-0000-0000-000000000002",)"
         R"("turn":"00000000-0000-0000-0000-000000000001","wamid":"W"})"},
        {ConversationEvent(SendRejected{u(1), u(2), "R", 3, t(4)}),
         R"({"attempt":"00000000-0000-0000-0000-000000000002","code":3,"reason":"R","retry_at":4,)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(SendUncertain{u(1), u(2), "R", t(3)}),
         R"({"attempt":"00000000-0000-0000-0000-000000000002","reason":"R","settle_by":3,)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(SendSettled{u(1), u(2), true, "W", "E"}),
         R"({"attempt":"00000000-0000-0000-0000-000000000002","evidence":"E","sent":true,)"
         R"("turn":"00000000-0000-0000-0000-000000000001","wamid":"W"})"},
        {ConversationEvent(MessageSent{"W", u(1), "T", "R"}),
         R"({"attempt":"00000000-0000-0000-0000-000000000001","raw":"R","text":"T","wamid":"W"})"},
        {ConversationEvent(MessageDelivered{"W", u(1)}),
         R"({"attempt":"00000000-0000-0000-0000-000000000001","wamid":"W"})"},
        {ConversationEvent(MessageRead{"W", {}}), R"({"wamid":"W"})"},
        {ConversationEvent(MessagePlayed{"W", {}}), R"({"wamid":"W"})"},
        {ConversationEvent(MessageFailed{"W", u(1), 2, "R"}),
         R"({"attempt":"00000000-0000-0000-0000-000000000001","code":2,"reason":"R","wamid":"W"})"},
        {SystemEvent(
             SettingsChanged{{{"a", true}, {"b", std::int64_t{5}}, {"c", std::string("x")}}, "B"}),
         R"({"by":"B","changed":{"a":true,"b":5,"c":"x"}})"},
        {SystemEvent(DeliveryKept{u(1), "S", "R"}),
         R"({"delivery":"00000000-0000-0000-0000-000000000001","reason":"R","sha256":"S"})"},
        {SystemEvent(OperatorActed{Act::skip, "C", u(1), 2, "B", "Y"}),
         R"({"act":"skip","by":"B","consumer":"C","position":2,)"
         R"("stream":"00000000-0000-0000-0000-000000000001","why":"Y"})"},
    };
}

const Basis basis{2, 3, {"a", "b"}, false, t(5), 4};

/// With what a decision knew, which logs hold since that is kept.
std::vector<Golden> with_a_basis() {
    return {
        {ConversationEvent(ReplyRequested{u(1), {}, 4, 5, t(6), "P", "M", "S", basis}),
         R"({"asks":[],"basis":{"can_send":false,"providers":["a","b"],"rules":4,"seen":2,)"
         R"("settings_version":3,"wall":5},"history_upto":5,"model":"M","now":6,)"
         R"("prompt_sha256":"S","provider":"P","settings_version":4,)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(ReplySuppressed{u(1), {}, Silence::human_holds, basis}),
         R"({"answers":[],"basis":{"can_send":false,"providers":["a","b"],"rules":4,"seen":2,)"
         R"("settings_version":3,"wall":5},"reason":"human_holds",)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
        {ConversationEvent(SendRequested{u(1), 2, 3, 4, u(5), u(6), {}, "O", "T", "A", basis}),
         R"({"answers":[],"attempt":"00000000-0000-0000-0000-000000000005","author":"A",)"
         R"("basis":{"can_send":false,"providers":["a","b"],"rules":4,"seen":2,)"
         R"("settings_version":3,"wall":5},"by":"00000000-0000-0000-0000-000000000006",)"
         R"("part":2,"parts":3,"text":"T","to":"O","try_number":4,)"
         R"("turn":"00000000-0000-0000-0000-000000000001"})"},
    };
}

std::vector<Golden> goldens() {
    auto all = of_people();
    for (auto& one : of_decisions_and_reports()) all.push_back(std::move(one));
    return all;
}

TEST(Golden, WhatADecisionKnewIsWrittenAndReadAsItAlwaysWas) {
    for (const auto& one : with_a_basis()) {
        EXPECT_EQ(encode(one.event), one.payload);
        EXPECT_EQ(decode(type_of(one.event).code, 1, one.payload), one.event) << one.payload;
    }
}

TEST(Golden, PayloadOfEveryTypeIsWrittenAsItAlwaysWas) {
    ASSERT_EQ(goldens().size(), all_types().size());
    for (std::size_t i = 0; i < goldens().size(); ++i) {
        EXPECT_EQ(encode(goldens()[i].event), goldens()[i].payload);
        EXPECT_EQ(type_of(goldens()[i].event).code, all_types()[i].code);
    }
}

TEST(Golden, PayloadOfEveryTypeIsReadAsItAlwaysWas) {
    for (const auto& [event, payload] : goldens()) {
        EXPECT_EQ(encode(decode(type_of(event).code, 1, payload)), encode(event));
        EXPECT_TRUE(decode(type_of(event).code, 1, payload) == event) << payload;
    }
}

TEST(Golden, CodesAndNamesAreFinal) {
    const std::vector<std::pair<int, std::string>> expected{
        {1, "ConversationOpened"}, {2, "AliasLearned"},     {3, "ConversationLinked"},
        {4, "MessageReceived"},    {5, "PersonWrote"},      {6, "HoldStarted"},
        {7, "HoldEnded"},          {10, "ReplyRequested"},  {11, "ReplyGenerated"},
        {12, "GenerationFailed"},  {13, "ReplySuppressed"}, {20, "SendRequested"},
        {21, "SendAccepted"},      {22, "SendRejected"},    {23, "SendUncertain"},
        {24, "SendSettled"},       {30, "MessageSent"},     {31, "MessageDelivered"},
        {32, "MessageRead"},       {33, "MessagePlayed"},   {34, "MessageFailed"},
        {50, "SettingsChanged"},   {51, "DeliveryKept"},    {52, "OperatorActed"}};
    std::vector<std::pair<int, std::string>> found;
    for (const auto& type : all_types()) found.emplace_back(type.code, std::string(type.name));
    EXPECT_EQ(found, expected);
}

}  // namespace
