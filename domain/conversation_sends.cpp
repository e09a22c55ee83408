#include <algorithm>

#include "domain/draft.hpp"
#include "domain/evidence.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "events/overloaded.hpp"

namespace domain::conversation {
namespace {

using namespace events;

/// That may have reached the provider, this one among them.
int heard_tries(const Attempt& attempt) {
    return attempt.try_number - attempt.unheard - attempt.held_back;
}

/// 1, 2, 4 ... s, up to a minute, after so many tries: a 409 of Kapso's is over in a moment
/// (reference: kapso.md 2.2).
seconds back_off(int tries) {
    constexpr int doublings = 6;  // more than a minute
    return std::min(seconds(1 << std::min(tries - 1, doublings)), longest_back_off);
}

/// What was held back has its turn when that comes, for as long as the gates let it. std::nullopt
/// where it isn't tried again.
std::optional<Time> retry_time(const Draft& draft, const Rejected& outcome,
                               const Attempt& attempt) {
    if (attempt.answered) return std::nullopt;
    const auto asked = outcome.retry_after.value_or(seconds(0));
    if (outcome.code == held_back) {
        const auto pause = std::min(back_off(attempt.held_back + 1), longest_held_back_off);
        return draft.here.now + std::min(std::max(asked, pause), retry_wait_limit);
    }
    // What is found out late, of a send that was doubted, is counted with those that were heard.
    if (!outcome.may_retry || heard_tries(attempt) > send_tries_limit) return std::nullopt;
    const bool unheard = outcome.code == 0;
    const auto tries = unheard ? attempt.unheard + 1 : heard_tries(attempt);
    if (tries >= (unheard ? unheard_tries_limit : send_tries_limit)) return std::nullopt;
    const auto wait = std::max(back_off(tries), asked);
    if (wait > retry_wait_limit) return std::nullopt;
    return draft.here.now + wait;
}

/// What was to follow a part that didn't go out isn't sent either.
void give_up_later_parts(Draft& draft, const Attempt& failed) {
    for (const auto& later : draft.state.sends) {
        if (later.turn != failed.turn || later.id == failed.id) continue;
        draft.add(SendRejected{later.turn, later.id, "an earlier part failed", 0, {}}, later.turn,
                  later.id);
    }
}

// ---- What the sender says ---------------------------------------------------------------------

void accepted(Draft& draft, const Attempt& attempt, const Accepted& outcome) {
    draft.add(SendAccepted{attempt.turn, attempt.id, outcome.wamid}, attempt.turn, attempt.id);
}

/// Unless its own key was seen meanwhile, which shows that it went out whatever the answer says.
void rejected(Draft& draft, const Attempt& attempt, const Rejected& outcome) {
    if (const auto* echo = echo_of(draft.state, attempt)) {
        return accepted(draft, attempt, {echo->wamid});
    }
    const auto retry_at = retry_time(draft, outcome, attempt);
    draft.add(SendRejected{attempt.turn, attempt.id, outcome.reason, outcome.code, retry_at},
              attempt.turn, attempt.id);
    if (!retry_at) give_up_later_parts(draft, attempt);
}

void doubt(Draft& draft, const Attempt& attempt, std::string reason, Time settle_by) {
    draft.add(SendUncertain{attempt.turn, attempt.id, std::move(reason), settle_by}, attempt.turn,
              attempt.id);
}

// ---- What settles it --------------------------------------------------------------------------

void settle_as_sent(Draft& draft, const Evidence& found) {
    draft.add(SendSettled{found.turn, found.attempt, true, found.wamid, std::string(found.kind)},
              found.turn, found.attempt);
}

constexpr std::string_view late_answer = "late answer";

void settle_as_not_sent(Draft& draft, const Attempt& attempt, std::string_view evidence,
                        std::optional<Time> retry_at) {
    draft.add(SendSettled{attempt.turn, attempt.id, false, "", std::string(evidence), retry_at},
              attempt.turn, attempt.id);
    if (!retry_at) give_up_later_parts(draft, attempt);
}

/// Its own key was seen, which shows that it went out whatever else is said.
bool settle_by_echo(Draft& draft, const Attempt& attempt) {
    const auto* echo = echo_of(draft.state, attempt);
    if (echo != nullptr) settle_as_sent(draft, {attempt.turn, attempt.id, echo->wamid, seen_key});
    return echo != nullptr;
}

/// The answer came after all, when the attempt had been given up as uncertain: that is evidence.
void settle_by_answer(Draft& draft, const Attempt& attempt, const SendOutcome& outcome) {
    if (settle_by_echo(draft, attempt)) return;
    if (const auto* sent = std::get_if<Accepted>(&outcome)) {
        settle_as_sent(draft, {attempt.turn, attempt.id, sent->wamid, late_answer});
    } else if (const auto* refused = std::get_if<Rejected>(&outcome)) {
        settle_as_not_sent(draft, attempt, late_answer, retry_time(draft, *refused, attempt));
    }
}

/// Nothing shows it, when something would have: what to do then is a setting.
void settle_by_absence(Draft& draft, const Attempt& attempt) {
    const auto& policy = draft.here.settings.uncertain_sends;
    const std::string evidence = "absent from the provider's list";
    if (policy == "review") return doubt(draft, attempt, evidence, never);
    const bool again =
        policy == "resend" && heard_tries(attempt) < send_tries_limit && !attempt.answered;
    settle_as_not_sent(draft, attempt, evidence,
                       again ? std::optional(draft.here.now) : std::nullopt);
}

const Attempt* uncertain_one(const State& state, const AttemptId& id) {
    const auto found = std::ranges::find(state.uncertain, id, &Attempt::id);
    return found == state.uncertain.end() ? nullptr : &*found;
}

void stop_retry(Draft& draft, const Attempt& attempt) {
    rejected(draft, attempt, {"stopped before it was tried again"});
}

}  // namespace

void try_again(Draft& draft) {
    const auto& here = draft.here;
    // A person's reply may wait behind it; what the gates say may change until its time comes.
    if (const auto* moot = moot_retry(draft.state)) return stop_retry(draft, *moot);
    const auto* last = next_send(draft.state);
    if (last == nullptr || !last->retry_at || here.now < *last->retry_at) return;
    if (is_machine(last->author) && closed_gate(draft.state, here, {last->since})) {
        return stop_retry(draft, *last);
    }
    SendRequested again{.turn = last->turn, .part = last->part, .parts = last->parts};
    again.try_number = last->try_number + 1;
    again.text = last->text;
    again.author = last->author;
    draft.intend(std::move(again));
}

void settle_by_evidence(Draft& draft) {
    for (const auto& found : evidence_in(draft.state)) {
        settle_as_sent(draft, found);
    }
    for (const auto& attempt : ambiguous_in(draft.state)) {
        doubt(draft, *uncertain_one(draft.state, attempt), "more than one message may be this one",
              never);
    }
}

/// An earlier try of a part was taken after all: that is the part, unless a later one is out.
void end_tries(Draft& draft, const AttemptId& earlier, const Accepted& outcome) {
    const auto is_its = [&](const Attempt& one) {
        return std::ranges::find(one.doubted, earlier) != one.doubted.end() && one.id != earlier;
    };
    for (const auto& one : draft.state.uncertain) {
        if (is_its(one)) settle_as_sent(draft, {one.turn, one.id, outcome.wamid, late_answer});
    }
    for (const auto& one : draft.state.sends) {
        if (is_its(one) && one.retry_at) accepted(draft, one, outcome);
    }
}

Decision decide(const State& state, const SendDone& command) {
    Draft draft(state, command.here);
    if (const auto* doubted = uncertain_one(state, command.attempt)) {
        settle_by_answer(draft, *doubted, command.outcome);
    }
    const auto* taken = std::get_if<Accepted>(&command.outcome);
    if (taken != nullptr) end_tries(draft, command.attempt, *taken);
    const auto attempt = std::ranges::find(state.sends, command.attempt, &Attempt::id);
    if (attempt == state.sends.end()) return draft.events;
    // Of what waits for another try, only that it went out after all is news.
    if (attempt->retry_at && taken == nullptr) return draft.events;
    std::visit(Overloaded{
                   [&](const Accepted& outcome) { accepted(draft, *attempt, outcome); },
                   [&](const Rejected& outcome) { rejected(draft, *attempt, outcome); },
                   [&](const Uncertain& outcome) {
                       doubt(draft, *attempt, outcome.reason, command.here.now + settling_time);
                   },
               },
               command.outcome);
    return draft.events;
}

Decision decide(const State& state, const LookedUp& command) {
    Draft draft(state, command.here);
    settle_by_evidence(draft);
    if (!draft.events.empty()) return draft.events;
    const auto* attempt = uncertain_one(state, command.attempt);
    if (attempt == nullptr || attempt->settle_by == never) return draft.events;
    // What was looked at too early, or may be it, says nothing about its absence.
    const bool untold = is_something_untold(state, *attempt);
    const bool shown =
        command.listed == Listed::all && command.began >= attempt->settle_by && !untold;
    if (shown && !may_be_out(state, *attempt)) {
        const auto why = doubt_of_absence(state, *attempt);
        if (!why.empty()) {
            doubt(draft, *attempt, std::string(why), never);
        } else {
            settle_by_absence(draft, *attempt);
        }
    } else if (command.listed != Listed::early &&
               command.here.now >= attempt->settle_by + look_up_limit) {
        doubt(draft, *attempt,
              untold ? "a status tells of a message that the provider's list doesn't show"
                     : "the provider's list could not be read",
              never);
    }
    return draft.events;
}

Decision decide(const State& state, const Judge& command) {
    Draft draft(state, command.here);
    const auto* attempt = uncertain_one(state, command.attempt);
    if (attempt == nullptr) return Rejection::not_uncertain;
    if (settle_by_echo(draft, *attempt)) return draft.events;
    const auto evidence =
        std::string(said_by) + (command.author.empty() ? "a person" : command.author);
    if (command.verdict == Verdict::sent) {
        settle_as_sent(draft, {attempt->turn, attempt->id, likeliest(state, *attempt), evidence});
    } else {
        const bool again = command.verdict == Verdict::send_again;
        settle_as_not_sent(draft, *attempt, evidence,
                           again ? std::optional(command.here.now) : std::nullopt);
    }
    return draft.events;
}

}  // namespace domain::conversation
