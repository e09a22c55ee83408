#pragma once

#include "tests/support/given.hpp"

namespace testing_domain {

using namespace testing_support;

/// A reply whose send has no outcome that anybody saw.
struct Doubted : Given {
    AttemptId attempt;
    Time settle_by;

    explicit Doubted(const std::string& text = "Hi") {
        says("Hola");
        settle();
        answered(text);
        attempt = sending().attempt;
        settle_by = the<SendUncertain>(outcome(conv::Uncertain{"reset"})).settle_by;
    }
    /// The provider's list was read to its end now.
    std::vector<ConversationEvent> looked_up(conv::Listed listed = conv::Listed::all) {
        return when(conv::LookedUp{{}, attempt, now, listed});
    }
    void lists(const std::string& wamid, const std::string& text, Time at) {
        happened(MessageSent{wamid, {}, text, "{}"}, at);
    }
};

}  // namespace testing_domain
