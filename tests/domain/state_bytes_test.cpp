#include "domain/state_bytes.hpp"

#include <gtest/gtest.h>

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
    state.rest = conv::Rest{id(5), {id(6)}, 2, {"one", "two"}};
    state.sends = {{id(7), id(8), id(9), 1, 2, 3, "to", "text", "ai", start, 10, start + 2s,
                    start + 3s, start + 4s, start + 5s}};
    state.uncertain = {{}, {}};
    state.known = {{"wamid", id(10)}, {"other", {}}};
    state.strangers = {{"wamid", "text", "raw", start}};
    state.untold = {{"wamid", 11}};
    state.hold_until = start + 6s;
    state.person_at = start + 7s;
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

/// Whoever changes the fields or what they come to makes these differ: then `state_format` grows,
/// and the digests are those of the new one.
TEST(StateBytes, AnotherMeaningHasAnotherFormat) {
    Given given;
    given.says("one");
    given.when(conv::Wake{given.here()});
    given.happened(PersonWrote{.wamid = "p", .text = "a person"});
    given.now += 24h;
    given.says("two", Kind::image);
    given.when(conv::Wake{given.here()});
    const auto digest = [](const conv::State& state) {
        return crypto::hex(crypto::view(crypto::sha256(conv::to_bytes(state)))).substr(0, 16);
    };
    ASSERT_EQ(conv::state_format, 1);
    EXPECT_EQ(digest(full()), "bc19ceab10d75754");
    EXPECT_EQ(digest(given.state), "ded6ca1ee2ec816e");
}

}  // namespace
