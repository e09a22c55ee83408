#include "tests/events/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "events/codec.hpp"
#include "events/envelope.hpp"
#include "events/fact_id.hpp"
#include "events/names.hpp"
#include "tests/support/arbitrary.hpp"

namespace {

using namespace events;
using namespace std::string_literals;

catalogue::Section section(const std::string& title) {
    for (const auto& one : catalogue::sections()) {
        if (one.title == title) return one;
    }
    ADD_FAILURE() << "docs/events.md has no section " << title;
    return {};
}

std::string title_of(const Type& type) {
    return std::to_string(type.code) + " `" + std::string(type.name) + "`";
}

TEST(Catalogue, HasEveryTypeOnceInTheOrderOfItsCode) {
    std::vector<std::string> expected, found;
    for (const auto& type : all_types()) expected.push_back(title_of(type));
    for (const auto& one : catalogue::sections()) {
        if (!one.title.empty() && one.title[0] >= '0' && one.title[0] <= '9')
            found.push_back(one.title);
    }
    EXPECT_EQ(found, expected);
    EXPECT_TRUE(std::ranges::is_sorted(all_types(), {}, &Type::code));
}

TEST(Catalogue, SaysOfEveryTypeWhetherItIsGating) {
    for (const auto& type : all_types()) {
        const auto text = section(title_of(type)).flowing();
        EXPECT_NE(text.find(type.gating ? " · gating · said by " : " · not gating · said by "),
                  std::string::npos)
            << type.name;
    }
}

TEST(Catalogue, ListsEveryFieldInItsOrder) {
    for (const auto& type : all_types()) {
        std::vector<std::string> found;
        for (const auto& row : catalogue::rows(section(title_of(type)))) {
            ASSERT_EQ(row.size(), 2u) << type.name;
            found.push_back(row[0]);
        }
        EXPECT_EQ(found, fields_of(type)) << type.name;
    }
}

/// "a, b (c, d)" are two; "1 where it is so, else 0" is one; "none" is none.
std::size_t counted(const std::string& list) {
    if (list == "none") return 0;
    std::size_t count = 1;
    int depth = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        depth += list[i] == '(' ? 1 : list[i] == ')' ? -1 : 0;
        if (list[i] == ',' && depth == 0 && !list.substr(i).starts_with(", else")) ++count;
    }
    return count;
}

TEST(Catalogue, SaysWhatTheClearPartHolds) {
    for (const auto& type : all_types()) {
        const auto text = section(title_of(type)).flowing();
        const auto code = catalogue::between(text, "Code: ", "."),
                   counts = catalogue::between(text, "Counts: ", ".");
        ASSERT_FALSE(code.empty() || counts.empty()) << type.name;
        const auto event = blank(type.code);
        EXPECT_EQ(code_of(event).has_value(), code != "none") << type.name;
        EXPECT_EQ(counts_of(event).size(), counted(counts)) << type.name;
    }
}

template <class Enum>
std::string numbered() {
    std::string out;
    for (std::size_t i = 0; i < Names<Enum>::all.size(); ++i) {
        out += (i == 0 ? "(" : ", ") + std::to_string(i) + " " + std::string(Names<Enum>::all[i]);
    }
    return out + ")";
}

TEST(Catalogue, NumbersTheEnumerations) {
    const auto received = section("4 `MessageReceived`").flowing();
    EXPECT_NE(received.find(numbered<Source>()), std::string::npos) << numbered<Source>();
    EXPECT_NE(received.find(numbered<Kind>()), std::string::npos) << numbered<Kind>();
    const auto silence = section("13 `ReplySuppressed`").flowing();
    EXPECT_NE(silence.find(numbered<Silence>()), std::string::npos) << numbered<Silence>();
}

TEST(Catalogue, CountsAndCodesAreWhatItSays) {
    const auto counts = [](ConversationEvent event) { return counts_of(Event(std::move(event))); };
    const auto code = [](ConversationEvent event) { return code_of(Event(std::move(event))); };
    using Counts = std::vector<std::int64_t>;
    const std::vector<EventId> three(3);
    EXPECT_EQ(counts(MessageReceived{.source = Source::history, .kind = Kind::order}),
              (Counts{2, 11}));
    EXPECT_EQ(counts(ReplyRequested{.asks = three, .settings_version = 9}), (Counts{3, 9}));
    EXPECT_EQ(counts(ReplyGenerated{.input_tokens = 1, .output_tokens = 2, .took_ms = 3}),
              (Counts{1, 2, 3}));
    EXPECT_EQ(counts(GenerationFailed{{}, {{}, {}}}), Counts{2});
    EXPECT_EQ(counts(ReplySuppressed{{}, three, Silence::group}), Counts{3});
    EXPECT_EQ(counts(SendRequested{.part = 2, .parts = 4, .try_number = 5, .answers = three}),
              (Counts{2, 4, 5, 3}));
    EXPECT_EQ(counts(SendRejected{.retry_at = Time{}}), Counts{1});
    EXPECT_EQ(counts(SendRejected{}), Counts{0});
    EXPECT_EQ(counts(SendSettled{.sent = true}), Counts{1});
    EXPECT_EQ(counts(MessageSent{.text = "x"}), Counts{1});
    EXPECT_EQ(code(ReplySuppressed{{}, {}, Silence::empty_reply}), 9);
    EXPECT_EQ(code(SendRejected{.code = 131047}), 131047);
    EXPECT_EQ(code(MessageFailed{.code = -1}), -1);
}

TEST(Catalogue, DerivesTheIdsThatItShows) {
    const auto rows = catalogue::rows(section("Ids"));
    ASSERT_EQ(rows.size(), 4u);
    for (const auto& row : rows) {
        const auto direction = row.at(1) == "in" ? Direction::in : Direction::out;
        EXPECT_EQ(fact_id(row.at(0), direction, row.at(2), row.at(3)).text(), row.at(4));
    }
    EXPECT_NE(section("Ids").flowing().find(hilo_name_space.text()), std::string::npos);
    EXPECT_EQ(fact_id("", Direction::in, "", "").text(), "bd662890-2227-5c17-8c9b-0fb8338d0fa5");
}

// The vectors of the page were computed by another program from the layouts that it describes.
TEST(Catalogue, DigestsAndSealsAsItShows) {
    const auto uuid = [](const char* text) { return *crypto::parse_uuid(text); };
    std::map<std::string, std::string> shown;
    for (const auto& row : catalogue::rows(section("Vectors"))) shown[row.at(0)] = row.at(1);
    const auto hex = [](const crypto::Digest& digest) { return crypto::hex(crypto::view(digest)); };

    Clear a;
    a.id = uuid("018f3c2e-6a00-7000-8000-000000000001");
    a.type = 22;
    a.occurred = *parse_iso8601("2026-11-20T18:47:03.250000Z");
    a.correlation = uuid("018f3c2e-6a00-7000-8000-0000000000aa");
    a.causation = uuid("018f3c2e-6a00-7000-8000-0000000000bb");
    a.code = 131047;
    a.counts = {1, -2};
    a.key = uuid("00112233-4455-4677-8899-aabbccddeeff");
    for (std::uint8_t i = 0; i < 16; ++i) a.print[i] = i;
    Clear b;
    b.id = uuid("018f3c2e-6a00-7000-8000-000000000002");
    b.type = 7;
    b.occurred = a.occurred;
    const auto digest_a = digest_of(a, "ciphertext"), digest_b = digest_of(b, "");
    EXPECT_EQ(hex(digest_a), shown["digest of A"]);
    EXPECT_EQ(hex(digest_b), shown["digest of B"]);

    const auto stream = uuid("f47ac10b-58cc-4372-a567-0e02b2c3d479");
    const auto recorded = *parse_iso8601("2026-11-20T18:47:03.300000Z");
    const auto first =
        seal_of(genesis_seal, 1, recorded, {{stream, 1, digest_a}, {stream, 2, digest_b}});
    EXPECT_EQ(hex(first), shown["seal of batch 1"]);
    EXPECT_EQ(hex(seal_of(crypto::view(first), 3, recorded, {{stream, 3, digest_a}})),
              shown["seal of batch 2"]);
}

}  // namespace
