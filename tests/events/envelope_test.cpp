#include "events/envelope.hpp"

#include <gtest/gtest.h>

#include "events/codec.hpp"
#include "tests/support/arbitrary.hpp"

namespace {

using namespace events;
using namespace std::chrono_literals;

const Time now = *parse_iso8601("2026-11-20T10:00:00Z");

Clear any_clear() {
    Clear clear;
    clear.id = Uuid{{1}};
    clear.type = 22;
    clear.occurred = now;
    clear.correlation = Uuid{{2}};
    clear.counts = {1};
    return clear;
}

TEST(Digest, ChangesWithEveryFieldOfTheClearPartAndWithTheCiphertext) {
    const auto clear = any_clear();
    const auto digest = digest_of(clear, "sealed");
    EXPECT_EQ(digest_of(clear, "sealed"), digest);
    EXPECT_NE(digest_of(clear, "sealeD"), digest);
    const auto changed = [&](auto change) {
        auto other = clear;
        change(other);
        return digest_of(other, "sealed") != digest;
    };
    EXPECT_TRUE(changed([](Clear& c) { c.id.bytes[15] ^= 1; }));
    EXPECT_TRUE(changed([](Clear& c) { ++c.type; }));
    EXPECT_TRUE(changed([](Clear& c) { ++c.schema; }));
    EXPECT_TRUE(changed([](Clear& c) { c.occurred += 1us; }));
    EXPECT_TRUE(changed([](Clear& c) { c.correlation.reset(); }));
    EXPECT_TRUE(changed([](Clear& c) { c.causation = Uuid{}; }));
    EXPECT_TRUE(changed([](Clear& c) { std::swap(c.correlation, c.causation); }));
    EXPECT_TRUE(changed([](Clear& c) { c.code = 0; }));
    EXPECT_TRUE(changed([](Clear& c) { c.counts[0] = 2; }));
    EXPECT_TRUE(changed([](Clear& c) { c.counts.push_back(0); }));
    EXPECT_TRUE(changed([](Clear& c) { c.key = Uuid{}; }));
    EXPECT_TRUE(changed([](Clear& c) { c.print[15] = 1; }));
}

TEST(Seal, ChangesWithEverythingThatItCovers) {
    const Sealed one{Uuid{{1}}, 1, crypto::sha256("a")}, two{Uuid{{2}}, 1, crypto::sha256("b")};
    const auto seal = seal_of(genesis_seal, 1, now, {one, two});
    EXPECT_NE(seal_of("", 1, now, {one, two}), seal);
    EXPECT_NE(seal_of(genesis_seal, 2, now, {one, two}), seal);
    EXPECT_NE(seal_of(genesis_seal, 1, now + 1us, {one, two}), seal);
    EXPECT_NE(seal_of(genesis_seal, 1, now, {two, one}), seal);
    EXPECT_NE(seal_of(genesis_seal, 1, now, {one}), seal);
    auto other = two;
    other.version = 2;
    EXPECT_NE(seal_of(genesis_seal, 1, now, {one, other}), seal);
    EXPECT_EQ(genesis_seal.size(), 1u);
}

TEST(Counts, ComeBackFromTheirBytes) {
    EXPECT_TRUE(rc::check([](const std::vector<std::int64_t>& counts) {
        RC_ASSERT(pack(counts).size() == 8 * counts.size());
        RC_ASSERT(unpack_counts(pack(counts)) == counts);
    }));
    EXPECT_TRUE(unpack_counts("1234567").empty());
}

// ---- Credible time ----------------------------------------------------------------------------

Time credible(ConversationEvent body, Time occurred) {
    Recorded recorded;
    recorded.recorded = now;
    recorded.clear.occurred = occurred;
    recorded.body = std::move(body);
    return credible_time(recorded);
}

TEST(CredibleTime, IsTheProvidersWithinItsBounds) {
    const std::chrono::microseconds month = 24h * 30, ahead = 10min;
    for (const auto& event : {ConversationEvent(MessageReceived{}),
                              ConversationEvent(PersonWrote{}), ConversationEvent(MessageRead{})}) {
        EXPECT_EQ(credible(event, now - 1h), now - 1h);
        EXPECT_EQ(credible(event, now - month), now - month);
        EXPECT_EQ(credible(event, now - month - 1us), now);
        EXPECT_EQ(credible(event, now + ahead), now + ahead);
        EXPECT_EQ(credible(event, now + ahead + 1us), now);
        EXPECT_EQ(credible(event, Time::max()), now);
    }
}

TEST(CredibleTime, BelievesWhatIsToldLaterButNoNonsense) {
    for (const auto source : {Source::backfill, Source::history}) {
        for (const auto& event : {ConversationEvent(MessageReceived{.source = source}),
                                  ConversationEvent(PersonWrote{.source = source})}) {
            EXPECT_EQ(credible(event, now - 24h * 900), now - 24h * 900);
            EXPECT_EQ(credible(event, now + 1h), now);
            EXPECT_EQ(credible(event, Time{}), now) << "the provider said none";
            EXPECT_EQ(credible(event, Time::min()), now);
        }
    }
}

// ---- Normalised -------------------------------------------------------------------------------

MessageReceived message() {
    return {.wamid = "w", .text = "Hola", .name = "Ana", .phone = "52155", .raw = "{\"a\":1}"};
}
std::string norm(ConversationEvent event, Time occurred = now) {
    return normalised(Event(std::move(event)), occurred);
}

TEST(Normalised, IsTheSameForEveryWrappingOfAMessage) {
    auto other = message();
    other.raw = "{\"b\":2}";
    other.source = Source::backfill;
    other.name = "";
    other.phone = "+52 155";
    other.bsuid = "b";
    other.reply_to = "quoted";
    EXPECT_EQ(norm(message()), norm(other, now + 999ms));
}

TEST(Normalised, ReadsACaptionAsWhatWasTyped) {
    auto image = message();
    image.kind = Kind::image;
    image.text = "[image] Hola";
    image.typed = "Hola";
    auto described = image;
    described.text = "[image, 30 kB] Hola";
    EXPECT_EQ(norm(image), norm(described));
    described.typed = "Adiós";
    EXPECT_NE(norm(image), norm(described));
}

TEST(Normalised, DiffersWithTheContent) {
    auto other = message();
    other.text = "Hola!";
    EXPECT_NE(norm(message()), norm(other));
    other = message();
    other.kind = Kind::button;
    EXPECT_NE(norm(message()), norm(other));
    EXPECT_NE(norm(message()), norm(message(), now + 1s));
    EXPECT_NE(norm(MessageFailed{"w", {}, 1, ""}), norm(MessageFailed{"w", {}, 2, ""}));
    EXPECT_EQ(norm(MessageFailed{"w", {}, 1, "a"}), norm(MessageFailed{"w", {}, 1, "b"}));
    EXPECT_NE(norm(PersonWrote{.text = "a"}), norm(PersonWrote{.text = "b"}));
    EXPECT_NE(norm(HoldStarted{now}), norm(HoldStarted{now + 1us}));
    EXPECT_NE(norm(MessageDelivered{"w", {}}), norm(MessageRead{"w", {}}));
}

TEST(Normalised, OfAStatusIsTheSameHoweverItComes) {
    EXPECT_EQ(norm(MessageSent{"w", {}, "", ""}),
              norm(MessageSent{"w", Uuid{}, "Hi", "{}"}, now + 1h));
    EXPECT_EQ(norm(MessageRead{"w", {}}), norm(MessageRead{"w", Uuid{}}, now + 1h));
}

TEST(Normalised, OfAReplyThroughHiloIsTheSameWhenItIsAskedForAgain) {
    PersonWrote wrote{.turn = Uuid{{1}}, .text = "a", .author = "Eva"};
    EXPECT_EQ(norm(wrote), norm(wrote, now + 1h));
    const SendRequested intent{.turn = Uuid{{1}}, .by = Uuid{{2}}, .to = "1", .text = "a"};
    auto again = intent;
    again.by = Uuid{{3}};
    again.to = "2";
    again.answers = {Uuid{{4}}};
    EXPECT_EQ(norm(intent), norm(again));
    again.text = "b";
    EXPECT_NE(norm(intent), norm(again));
}

TEST(Normalised, TellsDecisionsApartByTheirWholePayload) {
    EXPECT_TRUE(rc::check([](const Event& a, const Event& b) {
        const auto code = type_of(a).code;
        const bool fact = code <= 5 || code == 20 || code >= 30;
        RC_ASSERT(fact || (normalised(a, now) == normalised(b, now)) == (a == b));
        RC_ASSERT((type_of(b).code == code) || normalised(a, now) != normalised(b, now));
    }));
}

}  // namespace
