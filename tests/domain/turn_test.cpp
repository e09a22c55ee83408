#include <gtest/gtest.h>

#include "domain/next_step.hpp"
#include "tests/support/given.hpp"

namespace {

using namespace testing_support;
using conv::Accepted;
using conv::Generated;
using conv::NotGenerated;
using conv::Prepare;
using conv::Prepared;
using Ids = std::vector<EventId>;

// ---- Debounce ---------------------------------------------------------------------------------

TEST(Turn, OpensAtOnceWithoutADebounce) {
    Given given;
    given.says("Hola");
    EXPECT_EQ(given.wake_at(), start);
    EXPECT_EQ(names(given.settle()), "ReplyRequested");
}

TEST(Turn, WaitsUntilTheCustomerIsQuiet) {
    Given given;
    given.settings.debounce_seconds = 2;
    given.says("Hola");
    EXPECT_EQ(given.wake_at(), start + 2s);
    EXPECT_EQ(names(given.pass(1500ms)), "");
    given.says("¿Hay alguien?");
    EXPECT_EQ(given.wake_at(), start + 3500ms);
    EXPECT_EQ(names(given.pass(2s - 1us)), "");
    EXPECT_EQ(the<ReplyRequested>(given.pass(1us)).asks.size(), 2u);
}

TEST(Turn, OpensAfterTheLongestWaitAtTheLatest) {
    Given given;
    given.settings.debounce_seconds = 2;
    given.settings.debounce_max_seconds = 8;
    for (int i = 0; i < 8; ++i) {
        given.says("y");
        EXPECT_EQ(names(given.pass(1s)), i < 7 ? "" : "ReplyRequested") << i;
    }
    EXPECT_EQ(given.state.asked->asks.size(), 8u);
}

/// A downtime's messages, say. What compares each with each takes a minute.
TEST(Turn, TensOfThousandsOfOpenMessagesAreClosedInAMoment) {
    constexpr std::size_t count = 60'000;
    Given given;
    given.settings.ai_enabled = false;
    for (std::size_t i = 0; i < count; ++i) given.says("y");
    const auto began = std::chrono::steady_clock::now();
    std::size_t closed = 0;
    for (const auto& event : given.settle()) {
        closed += std::get<ReplySuppressed>(event).answers.size();
    }
    EXPECT_EQ(closed, count);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_TRUE(given.state.open.empty());
}

TEST(Turn, IsNeverOpenedBeforeTheQuietTimeForAShorterMaximum) {
    Given given;
    given.settings.debounce_seconds = 5;
    given.settings.debounce_max_seconds = 0;
    given.says("Hola");
    EXPECT_EQ(given.wake_at(), start + 5s);
}

TEST(Turn, CountsQuietFromTheTimeOfRecording) {
    Given given;
    given.settings.debounce_seconds = 2;
    given.happened(MessageReceived{.text = "late"}, start - 24h);
    EXPECT_EQ(given.wake_at(), start + 2s);
}

// ---- New input while a model thinks -------------------------------------------------------------

TEST(Turn, IsSupersededByWhatTheCustomerAdds) {
    Given given;
    const auto first = given.says("Hola");
    given.settle();
    const auto turn = given.state.asked->turn;
    const auto second = given.says("¿Abren hoy?");
    EXPECT_EQ(given.wake_at(), Time{}) << "at once";
    const auto said = given.settle();
    ASSERT_EQ(names(said), "ReplySuppressed ReplyRequested");
    const auto superseded = the<ReplySuppressed>(said);
    EXPECT_EQ(superseded, (ReplySuppressed{turn, {}, Silence::superseded, superseded.basis}));
    EXPECT_EQ(the<ReplyRequested>(said).asks, (Ids{first, second}));
    EXPECT_EQ(names(given.when(Generated{{}, turn, {"deepseek", "m", "Hola"}})), "")
        << "nobody waits for the first answer any more";
    EXPECT_EQ(the<SendRequested>(given.answered("Sí, hasta las ocho.")).answers,
              (Ids{first, second}));
}

TEST(Turn, IsSupersededWhereTheAnswerCameFirst) {
    Given given;
    given.says("Hola");
    given.settle();
    given.says("¿Abren hoy?");
    const auto said = given.answered("Hola");
    ASSERT_EQ(names(said), "ReplyGenerated ReplySuppressed");
    EXPECT_FALSE(given.sends());
    EXPECT_EQ(the<ReplyRequested>(given.settle()).asks.size(), 2U);
}

TEST(Turn, IsSupersededAfterTheQuietTimeWhereThereIsOne) {
    Given given;
    given.settings.debounce_seconds = 2;
    given.says("Hola");
    given.pass(2s);
    given.says("¿Abren hoy?");
    EXPECT_EQ(names(given.settle()), "ReplySuppressed");
    EXPECT_EQ(names(given.pass(2s)), "ReplyRequested");
}

TEST(Turn, IsSupersededTwiceAtMost) {
    Given given;
    given.says("1");
    given.settle();
    given.says("2");
    EXPECT_EQ(names(given.settle()), "ReplySuppressed ReplyRequested");
    given.says("3");
    EXPECT_EQ(names(given.settle()), "ReplySuppressed ReplyRequested");
    const auto last = given.says("4");
    EXPECT_EQ(names(given.settle()), "") << "who never stops writing is answered all the same";
    EXPECT_EQ(the<SendRequested>(given.answered("Hola")).answers.size(), 3U);
    given.outcome(Accepted{"out-1"});
    EXPECT_EQ(given.state.asked->asks, (Ids{last})) << "the next turn";
    given.says("5");
    EXPECT_EQ(names(given.settle()), "ReplySuppressed ReplyRequested") << "counted anew";
}

TEST(Turn, IsNotSupersededByWhatNobodyAnswers) {
    Given given;
    given.says("Hola");
    given.settle();
    given.says("👍", Kind::reaction);
    EXPECT_EQ(names(given.settle()), "ReplySuppressed") << "the reaction's own";
    EXPECT_TRUE(given.asks());
}

TEST(Turn, IsLeftAloneWhereTheSettingSaysSo) {
    Given given;
    given.settings.new_input = "wait";
    given.says("Hola");
    given.settle();
    given.says("¿Abren hoy?");
    EXPECT_EQ(names(given.settle()), "");
    EXPECT_EQ(the<SendRequested>(given.answered("Hola")).answers.size(), 1U);
    EXPECT_EQ(names(given.outcome(Accepted{"out-1"})), "SendAccepted ReplyRequested");
}

// ---- Preparing and asking ---------------------------------------------------------------------

TEST(Turn, PreparesWithWhatTheCustomerAsked) {
    Given given;
    given.says("Hola");
    given.says("👍", Kind::reaction);
    given.wake();
    given.says("¿Abren?");
    given.wake();
    EXPECT_EQ(std::get<Prepare>(given.last).question, "Hola\n¿Abren?");
}

TEST(Turn, SaysWhatItWasAskedWith) {
    Given given;
    const auto first = given.says("Hola"), second = given.says("¿Abren?");
    const auto asked = the<ReplyRequested>(given.settle());
    EXPECT_EQ(asked.asks, (Ids{first, second}));
    EXPECT_EQ(asked.settings_version, 7);
    EXPECT_EQ(asked.history_upto, 3);
    EXPECT_EQ(asked.now, start);
    EXPECT_EQ(asked.provider, "deepseek");
    EXPECT_EQ(asked.model, "deepseek-flash");
    const auto ask = std::get<conv::Ask>(given.due().at(0));
    EXPECT_EQ(asked.prompt_sha256, sha256_of(prompt_for(given.state, ask, given.settings)));
    EXPECT_EQ(given.log.back().clear.correlation, asked.turn);
    EXPECT_EQ(given.wake_at(), std::nullopt) << "only an answer can change anything";
}

TEST(Turn, ShowsTheSamePromptWhateverComesWhileTheModelThinks) {
    Given given;
    given.says("Hola");
    const auto asked = the<ReplyRequested>(given.settle());
    given.says("¿Y los domingos?");
    given.happened(MessageReceived{.source = Source::history, .text = "old"}, start - 1h);
    const auto ask = std::get<conv::Ask>(given.due().at(0));
    EXPECT_EQ(asked.prompt_sha256, sha256_of(prompt_for(given.state, ask, given.settings)));
}

TEST(Turn, PreparedTooLateOpensNothing) {
    Given given;
    EXPECT_EQ(names(given.when(Prepared{})), "");
    given.says("Hola");
    given.settle();
    EXPECT_EQ(names(given.when(Prepared{})), "");
}

TEST(Turn, IsNotOpenedByAReactionThatIsLeftAlone) {
    Given given;
    given.says("👍", Kind::reaction);
    EXPECT_EQ(names(given.when(Prepared{})), "") << "its question was answered meanwhile";
}

TEST(Turn, AsksNothingAboutAReactionThatCameWhilePreparing) {
    Given given;
    const auto question = given.says("Hola");
    given.wake();
    ASSERT_TRUE(std::holds_alternative<Prepare>(given.last));
    given.says("👍", Kind::reaction);
    EXPECT_EQ(the<ReplyRequested>(given.when(Prepared{})).asks, Ids{question});
    EXPECT_EQ(names(given.settle()), "ReplySuppressed");
    EXPECT_TRUE(given.asks()) << "the reaction's silence must not cancel the question";
}

// ---- What came back ---------------------------------------------------------------------------

TEST(Turn, BecomesAnIntentThatAnswersWhatWasAsked) {
    Given given;
    const auto question = given.says("Hola");
    given.settle();
    const auto turn = given.state.asked->turn;
    const auto said = given.when(
        Generated{{}, turn, {"openai", "gpt", "¡Hola! ¿En qué puedo ayudar?", 10, 20, 30}});
    EXPECT_EQ(names(said), "ReplyGenerated SendRequested");
    EXPECT_EQ(the<ReplyGenerated>(said),
              (ReplyGenerated{turn, "openai", "gpt", "¡Hola! ¿En qué puedo ayudar?", 10, 20, 30}));
    const auto intent = the<SendRequested>(said);
    EXPECT_EQ(intent.turn, turn);
    EXPECT_EQ(intent.answers, Ids{question});
    EXPECT_EQ(intent.attempt, given.log.back().clear.id);
    EXPECT_EQ(intent.by, given.me);
    EXPECT_EQ(intent.author, "ai");
    EXPECT_EQ(intent.to, "5215551234567");
    EXPECT_TRUE(given.state.open.empty());
    EXPECT_EQ(given.due(),
              (std::vector<conv::Effect>{conv::Send{intent.attempt, "line", "5215551234567",
                                                    "¡Hola! ¿En qué puedo ayudar?"}}));
}

TEST(Turn, SendsToTheScopedIdWhereThereIsNoPhone) {
    Given given(ConversationOpened{"line", "", "bsuid-1", "", ""});
    given.says("Hola");
    given.settle();
    EXPECT_EQ(the<SendRequested>(given.answered("Hi")).to, "bsuid-1");
}

TEST(Turn, IsSilentAboutAnEmptyAnswer) {
    for (const auto* text : {"", " \n\t "}) {
        Given given;
        const auto question = given.says("Hola");
        given.settle();
        const auto said = given.answered(text);
        EXPECT_EQ(names(said), "ReplyGenerated ReplySuppressed");
        EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::empty_reply);
        EXPECT_EQ(the<ReplySuppressed>(said).answers, Ids{question});
        EXPECT_TRUE(given.state.open.empty());
        EXPECT_EQ(names(given.settle()), "");
    }
}

TEST(Turn, IsSilentAboutAFailureAndSaysWhatWasTried) {
    Given given;
    const auto question = given.says("Hola");
    given.settle();
    const std::vector<FailedCall> calls{{"deepseek", "m", "429", 12},
                                        {"openai", "n", "timeout", 9}};
    const auto said = given.when(NotGenerated{{}, given.state.asked->turn, calls});
    EXPECT_EQ(names(said), "GenerationFailed ReplySuppressed");
    EXPECT_EQ(the<GenerationFailed>(said).attempts, calls);
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::generation_failed);
    EXPECT_EQ(the<ReplySuppressed>(said).answers, Ids{question});
    EXPECT_FALSE(given.asks());
    EXPECT_EQ(given.wake_at(), std::nullopt);
}

TEST(Turn, PassesOverAnAnswerToAnotherTurn) {
    Given given;
    given.says("Hola");
    given.settle();
    EXPECT_EQ(names(given.when(Generated{{}, id(5), {"p", "m", "text"}})), "");
    EXPECT_EQ(names(given.when(NotGenerated{{}, id(5), {}})), "");
    given.answered("Hi");
    EXPECT_EQ(names(given.when(Generated{{}, given.state.sends.at(0).turn, {"p", "m", "again"}})),
              "");
}

TEST(Turn, LeavesWhatCameMeanwhileToTheNextOne) {
    Given given;
    given.settings.new_input = "wait";
    given.says("Hola");
    given.settle();
    const auto later = given.says("¿Y los domingos?");
    EXPECT_EQ(names(given.settle()), "") << "one question at a time";
    given.answered("Hi");
    EXPECT_EQ(names(given.settle()), "") << "the first reply goes out first";
    const auto said = given.outcome(Accepted{"out-1"});
    EXPECT_EQ(names(said), "SendAccepted ReplyRequested");
    EXPECT_EQ(the<ReplyRequested>(said).asks, Ids{later});
}

TEST(Turn, AsksLastWhatTheEarlierReplyDidNotAnswer) {
    Given given;
    given.settings.new_input = "wait";
    given.says("¿Abren hoy?");
    given.settle();
    given.says("¿Y los domingos?");
    given.answered("Sí, hoy abrimos.");
    given.outcome(Accepted{"out-1"});
    const auto prompt =
        prompt_for(given.state, std::get<conv::Ask>(given.due().at(0)), given.settings);
    ASSERT_EQ(prompt.lines.size(), 3u);
    EXPECT_EQ(prompt.lines[1].text, "Sí, hoy abrimos.");
    EXPECT_EQ(prompt.lines[2].text, "¿Y los domingos?");
    EXPECT_EQ(prompt.lines[2].speaker, domain::Speaker::customer);
}

TEST(Turn, AnswersUnsupportedKindsWithAText) {
    Given given;
    const auto one = given.says("[unsupported]", Kind::unsupported);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "SendRequested");
    EXPECT_EQ(the<SendRequested>(said).text, given.settings.unsupported_text);
    EXPECT_EQ(the<SendRequested>(said).author, "system");
    EXPECT_EQ(the<SendRequested>(said).answers, Ids{one});
}

TEST(Turn, IsSilentAboutUnsupportedKindsWhereTheTextIsBlank) {
    Given given;
    given.settings.unsupported_text = " \n";
    const auto one = given.says("[unsupported]", Kind::unsupported);
    const auto said = given.settle();
    EXPECT_EQ(names(said), "ReplySuppressed");
    EXPECT_EQ(the<ReplySuppressed>(said).reason, Silence::unsupported_kind);
    EXPECT_EQ(the<ReplySuppressed>(said).answers, Ids{one});
}

TEST(Turn, AsksTheModelWhereAnythingCanBeRead) {
    Given given;
    given.says("[unsupported]", Kind::unsupported);
    given.says("¿Lo ven?");
    EXPECT_EQ(the<ReplyRequested>(given.settle()).asks.size(), 2u);
}

TEST(Turn, AnswersEveryOtherKind) {
    for (int k = 0; k < 14; ++k) {
        const auto kind = static_cast<Kind>(k);
        if (kind == Kind::reaction || kind == Kind::system || kind == Kind::unsupported) continue;
        Given given;
        given.says("readable", kind);
        EXPECT_EQ(names(given.settle()), "ReplyRequested") << k;
    }
}

TEST(Turn, AsksWithEveryMessageThatItsAnswerCloses) {
    Given given;
    given.settings.history_limit = 1;
    given.settings.debounce_seconds = 2;
    const auto one = given.says("uno"), two = given.says("dos"), three = given.says("tres");
    given.pass(3s);
    ASSERT_TRUE(given.asks());
    EXPECT_EQ(given.state.asked->asks, (std::vector<EventId>{one, two, three}));
    const auto ask = std::get<conv::Ask>(given.due().front());
    const auto prompt = conv::prompt_for(given.state, ask, given.settings);
    EXPECT_EQ(prompt.lines.back().text, "uno\ndos\ntres");
}

TEST(Turn, WithoutAKeyForKapsoIsSilentBeforeAModelIsAsked) {
    Given given;
    given.can_send = false;
    given.says("Hola");
    EXPECT_EQ(the<ReplySuppressed>(given.settle()).reason, Silence::key_missing);
}

/// A part of an earlier reply is uncertain, and the customer writes again.
TEST(Turn, TakesThePlaceOfAReplyThatIsStoppedAndSaysSo) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(std::string(4'096, 'a') + " " + std::string(4'096, 'b'));
    const auto stopped = given.state.rest.value().turn;
    given.outcome(conv::Uncertain{"no answer"});
    ASSERT_TRUE(given.state.rest);
    given.says("¿Sigue ahí?");
    given.settle();
    const auto said = given.answered("Sí");
    const auto silence = the<ReplySuppressed>(said);
    EXPECT_EQ(silence.turn, stopped);
    EXPECT_EQ(silence.reason, Silence::superseded);
    EXPECT_TRUE(silence.answers.empty());
    EXPECT_EQ(given.sending().text, "Sí");
}

}  // namespace
