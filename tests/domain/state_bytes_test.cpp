#include "domain/state_bytes.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "crypto/hash.hpp"
#include "tests/support/given.hpp"

/// That every state comes back is checked at each step of random histories (promises_test.cpp).
namespace {

using namespace testing_support;

/// With a value in every field, and every kind of list.
conv::State full() {
    conv::State state{"line", "phone", "bsuid", "group"};
    state.said = {{domain::Speaker::business, "¿Qué?\n", start, 3}, {}};
    state.open = {{id(1), Kind::audio, start, start + 1s, 4}};
    state.asked = conv::Asked{id(2), {id(3), id(4)}, 5, 6, "deepseek", "chat"};
    state.rest = conv::Rest{id(5), {id(6)}, 2, {"one", "two"}, start + 9s, start + 10s, true};
    state.sends = {{id(7),       id(8), id(9), 1,  2,          3,          "to",
                    "text",      "ai",  start, 10, start + 2s, start + 3s, start + 4s,
                    start + 11s, true,  5,     6,  start + 5s, {id(14)}}};
    state.uncertain = {{}, {}};
    state.known = {{"wamid", id(10), conv::Guess{"guess", 14}}, {"other", {}}};
    state.strangers = {{"wamid", "text", "raw", start}};
    state.untold = {{"wamid", 11}};
    state.hold_until = start + 6s;
    state.person_at = start + 7s;
    state.person_told = start + 12s;
    state.wrote_at = start + 8s;
    state.heard = start - 9s;
    state.superseded = 1;
    state.linked = id(11);
    state.version = 12;
    state.gate = 13;
    return state;
}

TEST(StateBytes, BringTheStateBack) {
    EXPECT_EQ(conv::state_from(conv::to_bytes(full())), full());
    EXPECT_EQ(conv::state_from(conv::to_bytes({})), conv::State());
}

TEST(StateBytes, WhatIsNoStateIsNone) {
    const auto good = conv::to_bytes(full());
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_EQ(conv::state_from(std::string_view(good).substr(0, size)), std::nullopt) << size;
    }
    EXPECT_EQ(conv::state_from(good + "x"), std::nullopt);
    auto other = good;
    other[7] = static_cast<char>(conv::state_format + 1);
    EXPECT_EQ(conv::state_from(other), std::nullopt) << "of another format";
    auto huge = conv::to_bytes({});
    huge[8] = '\x7f';  // the length of the first text
    EXPECT_EQ(conv::state_from(huge), std::nullopt);
}

/// A long history of every kind of event, the same each time, in which ids and names meet again.
class Told {
public:
    Given given;

    void tell(std::size_t kind) {
        make(kind, std::make_index_sequence<std::variant_size_v<ConversationEvent>>());
    }
    std::uint64_t below(std::uint64_t limit) {  // Knuth's constants
        seed_ = seed_ * 6364136223846793005U + 1442695040888963407U;
        return (seed_ >> 33U) % limit;
    }

private:
    template <std::size_t... I>
    void make(std::size_t kind, std::index_sequence<I...>) {
        const bool told =
            ((kind == I && (happens<std::variant_alternative_t<I, ConversationEvent>>(), true)) ||
             ...);
        ASSERT_TRUE(told);
    }
    template <class E>
    void happens() {
        E event;
        fill(event);
        given.now += std::chrono::minutes(below(30));
        given.happened(std::move(event), given.now - std::chrono::seconds(below(5'000)));
    }

    // Every field that evolve looks at.
    template <class E>
    void fill(E& e) {
        if constexpr (requires { e.wamid; }) e.wamid = below(9) == 0 ? "" : name("w", 200);
        if constexpr (requires { e.phone; }) e.phone = name("+", 3);
        if constexpr (requires { e.bsuid; }) e.bsuid = name("b", 3);
        if constexpr (requires { e.line; }) e.line = name("line", 2);
        if constexpr (requires { e.into; }) e.into = id(below(9));
        if constexpr (requires { e.text; }) e.text = below(9) == 0 ? "" : name("text ", 1'000);
        if constexpr (requires { e.source; }) e.source = static_cast<Source>(below(3));
        if constexpr (requires { e.kind; }) e.kind = static_cast<Kind>(below(14));
        if constexpr (requires { e.reason = Silence::stale; }) {
            e.reason = static_cast<Silence>(below(13));
        }
        if constexpr (requires { e.until; }) e.until = given.now + 1h;
        if constexpr (requires { e.settle_by; }) e.settle_by = given.now + 2min;
        if constexpr (requires { e.retry_at; }) {
            if (below(2) == 0) e.retry_at = given.now + 1min;
        }
        if constexpr (requires { e.sent; }) e.sent = below(2) == 0;
        if constexpr (requires { e.evidence; })
            e.evidence = below(2) == 0 ? "said by Eva" : "a list";
        if constexpr (requires { e.part; }) {
            e.part = 1 + static_cast<int>(below(2));
            e.parts = 2;
            e.try_number = 1 + static_cast<int>(below(3));
        }
        if constexpr (requires { e.asks; }) e.asks = some_open();
        if constexpr (requires { e.answers; }) e.answers = some_open();
        if constexpr (requires { e.turn; }) e.turn = id(5'000 + below(7));
        if constexpr (requires { e.attempt; }) e.attempt = id(6'000 + below(90));
        if constexpr (requires { e.attempt.reset(); }) {
            if (below(2) == 0) e.attempt.reset();
        }
    }
    std::string name(const char* of, std::uint64_t limit) {
        return of + std::to_string(below(limit));
    }
    std::vector<EventId> some_open() {
        std::vector<EventId> ids;
        for (const auto& one : given.state.open) {
            if (below(3) == 0) ids.push_back(one.id);
        }
        return ids;
    }

    std::uint64_t seed_ = 1;
};

/// Whoever changes the fields or what they come to makes these differ: then `state_format` grows,
/// and the digests are those of the new one.
TEST(StateBytes, AnotherMeaningHasAnotherFormat) {
    const auto digest = [](std::string_view bytes) {
        return crypto::hex(crypto::view(crypto::sha256(bytes))).substr(0, 16);
    };
    constexpr auto kinds = std::variant_size_v<ConversationEvent>;
    Told told;
    std::string all;
    std::size_t strangers = 0, untold = 0, uncertain = 0, said = 0, known = 0;
    for (int i = 0; i < 4'000; ++i) {
        told.tell(told.below(kinds));
        const auto& state = told.given.state;
        all += crypto::view(crypto::sha256(conv::to_bytes(state)));
        strangers = std::max(strangers, state.strangers.size());
        untold = std::max(untold, state.untold.size());
        uncertain = std::max(uncertain, state.uncertain.size());
        said = std::max(said, state.said.size());
        known = std::max(known, state.known.size());
    }
    EXPECT_EQ(said, domain::conversation::said_limit) << "every list comes to its limit";
    EXPECT_EQ(known, domain::conversation::known_limit);
    EXPECT_GT(strangers, 5u);
    EXPECT_GT(untold, 5u);
    EXPECT_GT(uncertain, 3u);
    ASSERT_EQ(conv::state_format, 1);
    EXPECT_EQ(digest(conv::to_bytes(full())), "5c0f35f06ce23c05");
    EXPECT_EQ(digest(all), "726f81a37156ceb8");
}

}  // namespace
