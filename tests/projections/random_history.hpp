#pragma once

#include <rapidcheck.h>

#include <utility>

#include "tests/projections/history.hpp"

namespace testing_projections {

/// A log that could have happened: several conversations in which anything comes at any time, told
/// by RapidCheck's choices.
class RandomHistory {
public:
    explicit RandomHistory(bool with_erasures, int least_steps = 0)
        : with_erasures_(with_erasures), least_steps_(least_steps) {}

    /// The same history for the same number, outside of a property.
    static History numbered(std::uint64_t number) {
        const auto any = rc::gen::exec([] { return RandomHistory(false, 150).make(); });
        return any(rc::Random(number), 100).value();
    }

    History make() {
        const int streams = chosen(1, 4);
        for (int i = 0; i < streams; ++i) {
            talks_.push_back({id(static_cast<std::uint64_t>(i) + 1), {}, {}, false});
            history_.open(talks_.back().stream);
        }
        const int steps = least_steps_ + chosen(0, 120);
        for (int i = 0; i < steps; ++i) {
            step(talks_[static_cast<std::size_t>(chosen(0, streams))]);
        }
        if (with_erasures_) {
            for (auto& one : history_.events) {
                if (chosen(0, 10) == 0) History::redact(one);
            }
        }
        return history_;
    }

private:
    struct Sent {
        TurnId turn;
        AttemptId attempt;
        std::string wamid;
        int part, parts, try_number;
        bool open;
    };
    struct Talk {
        StreamId stream;
        std::vector<EventId> unanswered;
        std::vector<Sent> sends;
        bool person = false;  // wrote, so that what was begun before isn't tried again
    };

    /// Any of them as likely from the first history on; what fails still shrinks towards `from`.
    static int chosen(int from, int to) {
        return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
    }

    void step(Talk& talk) {
        history_.now += std::chrono::minutes(chosen(0, 600));
        switch (chosen(0, 12)) {
            case 0:
            case 1:
                return receive(talk);
            case 2:
                return suppress(talk);
            case 3:
            case 4:
                return intend(talk);
            case 5:
            case 6:
                return outcome(talk);
            case 7:
            case 8:
                return status(talk);
            case 9:
                return person(talk);
            case 10:
                return hold(talk);
            default:
                return rest(talk);
        }
    }

    void receive(Talk& talk) {
        const auto source = static_cast<Source>(chosen(0, 3));
        const auto message =
            history_.received(talk.stream, "Hello?", source, static_cast<Kind>(chosen(0, 14)));
        if (source != Source::history) talk.unanswered.push_back(message);
    }
    /// One message, or all that are open.
    void suppress(Talk& talk) {
        if (talk.unanswered.empty()) return;
        const auto turn = fresh();
        auto answers = std::exchange(talk.unanswered, {});
        if (chosen(0, 2) == 0) {
            talk.unanswered.assign(answers.begin() + 1, answers.end());
            answers.resize(1);
        }
        history_.add(talk.stream, ReplySuppressed{turn, std::move(answers), Silence::ai_off},
                     {turn});
    }
    void intend(Talk& talk) {
        const auto turn = fresh();
        const int parts = chosen(1, 3);
        if (!talk.unanswered.empty() && chosen(0, 2) == 0) {
            history_.add(talk.stream, ReplyRequested{.turn = turn, .asks = talk.unanswered},
                         {turn});
            history_.add(talk.stream, ReplyGenerated{.turn = turn, .text = "Hi!"}, {turn});
        }
        const int last = chosen(0, 2) == 0 ? 1 : parts;  // the others when the first is accepted
        for (int part = 1; part <= last; ++part) {
            auto answers = part == 1 ? std::exchange(talk.unanswered, {}) : std::vector<EventId>{};
            const auto attempt =
                history_.intend(talk.stream, turn, std::move(answers), part, parts);
            talk.sends.push_back({turn, attempt, wamid(), part, parts, 1, true});
        }
    }
    void outcome(Talk& talk) {
        auto* sent = some(talk);
        if (sent == nullptr || !sent->open) return;
        const About about{sent->turn, sent->attempt};
        switch (chosen(0, 5)) {
            case 0:
                history_.add(talk.stream, SendRejected{sent->turn, sent->attempt, "no", 131047, {}},
                             about);
                break;
            case 1:
                return again(talk, *sent, about);
            case 2:
                history_.add(talk.stream,
                             SendUncertain{sent->turn, sent->attempt, "time-out",
                                           chosen(0, 3) == 0 ? Time::max() : history_.now + 80s},
                             about);
                return;
            case 3:
                settle(talk, *sent, about);
                break;
            default:
                history_.add(talk.stream, SendAccepted{sent->turn, sent->attempt, sent->wamid},
                             about);
        }
        sent->open = false;
    }
    void again(Talk& talk, Sent& sent, const About& about) {
        const auto wait = std::chrono::minutes(talk.person ? 0 : chosen(0, 15));
        history_.add(talk.stream,
                     SendRejected{sent.turn, sent.attempt, "busy", 429, history_.now + wait},
                     about);
        if (wait > 0min) return;
        sent.attempt =
            history_.intend(talk.stream, sent.turn, {}, sent.part, sent.parts, ++sent.try_number);
        sent.wamid = wamid();
    }
    void settle(Talk& talk, const Sent& sent, const About& about) {
        const bool was_sent = chosen(0, 2) == 0;
        history_.add(talk.stream,
                     SendSettled{sent.turn, sent.attempt, was_sent, was_sent ? sent.wamid : "", ""},
                     about);
    }
    void status(Talk& talk) {
        const auto* sent = some(talk);
        const auto about = sent == nullptr ? wamid() : sent->wamid;
        const auto attempt =
            sent != nullptr && chosen(0, 2) == 0 ? std::optional(sent->attempt) : std::nullopt;
        const auto when = history_.now - std::chrono::seconds(chosen(0, 100));
        switch (chosen(0, 5)) {
            case 0:
                return history_.report<MessageSent>(talk.stream, about, attempt, when);
            case 1:
                return history_.report<MessageDelivered>(talk.stream, about, attempt, when);
            case 2:
                return history_.report<MessageRead>(talk.stream, about, attempt, when);
            case 3:
                return history_.report<MessagePlayed>(talk.stream, about, attempt, when);
            default:
                return history_.report<MessageFailed>(talk.stream, about, attempt, when);
        }
    }
    /// Seen as a stranger's first, or told by the phone app; its statuses come like any others.
    void person(Talk& talk) {
        const auto about = wamid();
        if (chosen(0, 2) == 0) {
            history_.add(talk.stream, MessageSent{about, std::nullopt, "I am Eva", ""});
        }
        if (chosen(0, 3) == 0) history_.report<MessageDelivered>(talk.stream, about);
        if (chosen(0, 4) == 0) return;
        talk.person = true;
        history_.add(talk.stream,
                     PersonWrote{.via = Via::inbox, .wamid = about, .text = "I am Eva"});
        if (chosen(0, 3) == 0) history_.report<MessageRead>(talk.stream, about);
    }
    void hold(Talk& talk) {
        if (chosen(0, 2) == 0) {
            const auto until = chosen(0, 3) == 0 ? Time::max() : history_.now + 2h;
            history_.add(talk.stream, HoldStarted{until});
        } else {
            history_.add(talk.stream, HoldEnded{});
        }
    }
    void rest(Talk& talk) {
        switch (chosen(0, 8)) {
            case 0:
                history_.add(settings_stream, SettingsChanged{{{"aiEnabled", true}}, "Eva"});
                return;
            case 1:
                history_.add(talk.stream, AliasLearned{"", "bsuid-1"});
                return;
            case 2:
                history_.add(talk.stream, ConversationLinked{id(999)});
                return;
            default:
                return receive(talk);
        }
    }

    Sent* some(Talk& talk) {
        if (talk.sends.empty()) return nullptr;
        return &talk.sends[static_cast<std::size_t>(
            chosen(0, static_cast<int>(talk.sends.size())))];
    }
    TurnId fresh() { return id(5'000'000 + ++fresh_); }
    std::string wamid() { return "out-" + std::to_string(++fresh_); }

    const bool with_erasures_;
    const int least_steps_;
    History history_;
    std::vector<Talk> talks_;
    std::uint64_t fresh_ = 0;
};

}  // namespace testing_projections
