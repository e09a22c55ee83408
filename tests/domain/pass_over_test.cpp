#include "domain/pass_over.hpp"

#include <gtest/gtest.h>

#include "events/codec.hpp"

namespace {

using namespace domain::conversation;

TEST(PassOver, MovesTheStreamOnAndChangesNothingElse) {
    State state;
    state.line = "line";
    state.open.push_back({});
    state.version = 3;
    state.gate = 2;
    events::Recorded recorded;
    recorded.version = 4;
    recorded.gate = 4;
    recorded.body =
        events::ConversationEvent(events::ConversationOpened{"another", "", "", "", ""});
    auto expected = state;
    expected.version = expected.gate = 4;
    EXPECT_EQ(pass_over(state, recorded), expected);
}

TEST(PassOver, IsNotForWhatClosesMessagesNorForWhatNobodyHereKnows) {
    std::vector<std::string> not_these;
    for (const auto& type : events::all_types()) {
        if (!may_be_passed_over(type.code)) not_these.emplace_back(type.name);
    }
    EXPECT_EQ(not_these, (std::vector<std::string>{"ReplySuppressed", "SendRequested"}));
    EXPECT_FALSE(may_be_passed_over(999));
}

}  // namespace
