#include <gtest/gtest.h>

#include "tests/domain/doubted.hpp"

/// What a log that was restored from a backup doesn't know was perhaps answered:
/// docs/decisions/0018.
namespace {

using namespace testing_domain;
using conv::Accepted;
using conv::Listed;
using conv::LookedUp;
using conv::Rejected;
using conv::SendDone;

std::int64_t seconds_of(Time time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// The log ends here, and goes on a minute later.
void restore(Given& given) {
    given.now += 1min;
    given.settings.answers_from = seconds_of(given.now);
}

Given answering(const std::string& text) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(text);
    return given;
}

TEST(Restore, LeavesWhatWasSaidBeforeToPeople) {
    Given given;
    given.says("Hola");
    restore(given);
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::stale);
    given.happened(MessageReceived{.source = Source::backfill, .text = "¿Hola?"}, given.now - 1s);
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::stale);
    given.says("¿Y ahora?");
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
}

TEST(Restore, LeavesAnAnswerThatAModelWasAskedForToPeople) {
    Given given;
    given.says("Hola");
    given.settle();
    restore(given);
    EXPECT_EQ(names(given.answered("Hi")), "ReplyGenerated ReplySuppressed");
}

TEST(Restore, StopsTheLaterPartsOfAReply) {
    auto given = answering(std::string(4'000, 'a') + " " + std::string(4'000, 'b'));
    given.when(SendDone{{}, given.sending().attempt, Accepted{"out-1"}});
    restore(given);
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::stale);
    EXPECT_FALSE(given.sends());
}

/// A person's, too, which no gate stops.
TEST(Restore, LooksForWhatWaitedForAnotherTryBeforeItIsSentAgain) {
    for (const bool by_a_person : {false, true}) {
        Given given;
        given.settings.uncertain_sends = "resend";
        given.says("Hola");
        if (by_a_person) {
            given.reply("Hi");
        } else {
            given.settle();
            given.answered("Hi");
        }
        const auto attempt = given.sending().attempt;
        given.when(SendDone{{}, attempt, Rejected{"busy", 429, true, 1s}});
        restore(given);
        EXPECT_EQ(names(given.settle()), "SendUncertain");
        EXPECT_TRUE(std::holds_alternative<conv::LookUp>(given.due().at(0)));
        given.now += 5min;
        EXPECT_EQ(names(given.when(LookedUp{{}, attempt, given.now, Listed::all})), "SendSettled");
        EXPECT_EQ(names(given.settle()), "SendRequested") << "it surely isn't out";
    }
}

}  // namespace
