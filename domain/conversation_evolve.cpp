#include <algorithm>
#include <functional>

#include "domain/among.hpp"
#include "domain/conversation.hpp"
#include "domain/credible_retry.hpp"
#include "domain/gates.hpp"
#include "domain/next_step.hpp"
#include "domain/reply_text.hpp"
#include "events/codec.hpp"
#include "events/overloaded.hpp"

namespace domain::conversation {
namespace {

using namespace events;

template <class List, class Item>
void remember(List& list, Item item, std::size_t limit) {
    if (list.size() == limit) list.erase(list.begin());
    list.push_back(std::move(item));
}

/// Four bytes for each of the characters that a text of WhatsApp has at most; what else calls
/// itself one may have 4 MiB.
constexpr std::size_t said_bytes = std::size_t{4} * 4'096;

void say(State& s, Speaker speaker, std::string text, Time at) {
    const auto is_inside = [&](std::size_t end) {
        return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U;
    };
    auto end = said_bytes;
    while (end < text.size() && end > 0 && is_inside(end)) --end;
    if (end < text.size()) text.resize(end);
    remember(s.said, Line{speaker, std::move(text), at, s.version}, said_limit);
}

void learn(State& s, const std::string& wamid, std::optional<AttemptId> attempt) {
    if (wamid.empty()) return;
    std::erase_if(s.strangers, [&](const Stranger& one) { return one.wamid == wamid; });
    std::erase_if(s.untold, [&](const Untold& one) { return one.wamid == wamid; });
    const auto known = std::ranges::find(s.known, wamid, &Known::wamid);
    if (known == s.known.end()) {
        remember(s.known, Known{wamid, attempt}, known_limit);
    } else if (attempt && known->attempt != attempt && (!known->attempt || known->guess)) {
        // Taken for a person's, or another send's, until it was told whose it is.
        known->attempt = attempt;
        known->guess.reset();
    }
}

void close(State& s, const std::vector<EventId>& answers) {
    const Among closed(answers);
    const auto answered = [&](const Open& one) { return closed(one.id) && !silent_kind(one.kind); };
    if (std::ranges::any_of(s.open, answered)) s.superseded = 0;
    std::erase_if(s.open, [&](const Open& one) { return closed(one.id); });
    if (s.asked && std::ranges::any_of(s.asked->asks, std::cref(closed))) s.asked.reset();
}

void drop(State& s, const AttemptId& attempt) {
    const auto same = [&](const Attempt& one) { return one.id == attempt; };
    std::erase_if(s.sends, same);
    std::erase_if(s.uncertain, same);
}

/// One overload per event: a new event that has no rule doesn't compile.
struct Evolve {
    State& s;
    const Recorded& r;

    void operator()(const ConversationOpened& e) const {
        s.line = e.line, s.phone = e.phone, s.bsuid = e.bsuid, s.group = e.group;
    }
    void operator()(const AliasLearned& e) const {
        if (!e.phone.empty()) s.phone = e.phone;
        if (!e.bsuid.empty()) s.bsuid = e.bsuid;
    }
    void operator()(const ConversationLinked& e) const { s.linked = e.into; }

    void operator()(const MessageReceived& e) const {
        if (!e.phone.empty()) s.phone = e.phone;
        if (!e.bsuid.empty()) s.bsuid = e.bsuid;
        if (!silent_kind(e.kind)) say(s, Speaker::customer, e.text, credible_time(r));
        s.wrote_at = std::max(s.wrote_at, std::optional(credible_time(r)));
        // As it is told, for what is credible goes by our clock.
        if (r.clear.occurred > Time{}) s.heard = r.clear.occurred;
        if (e.source == Source::history) return;
        s.open.push_back({r.clear.id, e.kind, r.recorded, credible_time(r), s.version});
    }
    void operator()(const PersonWrote& e) const {
        // Told in another way before; what is known says already what follows from it.
        if (!e.wamid.empty() && knows(e.wamid)) return;
        learn(s, e.wamid, std::nullopt);
        if (!e.turn) say(s, Speaker::business, e.text, credible_time(r));
        // What is told late of one who wrote before shortens nothing.
        if (e.source != Source::history) {
            s.person_at = std::max(s.person_at, std::optional(credible_time(r)));
            // By the provider's clock, as what customers say is; ours may have been ahead.
            const bool told = !e.turn && !r.clear.correlation;
            if (told) s.person_told = std::max(s.person_told, std::optional(credible_time(r)));
            // What is said through Hilo comes after all that is in the log, whatever clocks say.
            mark_answered(told ? credible_time(r) : Time::max());
        }
    }

    void operator()(const HoldStarted& e) const {
        s.hold_until = e.until;
        s.person_at.reset();
    }
    void operator()(const HoldEnded&) const { s.hold_until.reset(); }

    void operator()(const ReplyRequested& e) const {
        s.asked = Asked{e.turn, e.asks, e.settings_version, e.history_upto, e.provider, e.model};
    }
    void operator()(const ReplyGenerated& e) const {
        if (!s.asked || s.asked->turn != e.turn) return;
        const auto about = said_at(s, s.asked->asks);
        s.rest = Rest{e.turn, std::move(s.asked->asks), 1, split_text(e.text), about};
        s.asked.reset();
    }
    void operator()(const GenerationFailed& e) const { end_turn(e.turn); }
    void operator()(const ReplySuppressed& e) const {
        const bool superseded = e.reason == Silence::superseded;
        const auto given_up = s.superseded + (superseded && gives_up_question(e.turn) ? 1 : 0);
        close(s, e.answers);
        if (superseded) s.superseded = given_up;  // what it closed was not answered
        end_turn(e.turn);
    }

    void operator()(const SendRequested& e) const {
        const auto said = said_at(s, e.answers);
        close(s, e.answers);
        auto about = said;
        if (s.rest && s.rest->turn == e.turn) {
            about = s.rest->about;
            s.rest->next_part = e.part + 1;
            if (e.part == e.parts) s.rest.reset();
        }
        Attempt attempt;
        attempt.turn = e.turn, attempt.id = e.attempt, attempt.by = e.by, attempt.part = e.part;
        attempt.parts = e.parts, attempt.try_number = e.try_number;
        attempt.to = e.to, attempt.text = e.text, attempt.author = e.author;
        attempt.version = s.version;
        // The earlier of its process's clock and the log's, for either may be ahead.
        attempt.at = std::min(r.clear.occurred, r.recorded);
        attempt.since = std::min(said.value_or(attempt.at), attempt.at);
        if (e.basis && e.basis->wall) attempt.since = std::min(attempt.since, *e.basis->wall);
        attempt.about = about.value_or(attempt.at);
        attempt.heard = s.heard;
        const auto before = std::ranges::find_if(
            s.sends, [&](const Attempt& one) { return one.turn == e.turn && one.part == e.part; });
        if (before != s.sends.end()) {
            attempt.version = before->version, attempt.since = before->since;
            attempt.about = before->about;
            attempt.unheard = before->unheard, attempt.held_back = before->held_back;
            attempt.doubted = std::move(before->doubted);
            *before = std::move(attempt);
            return;
        }
        say(s, Speaker::business, e.text, r.clear.occurred);
        s.sends.push_back(std::move(attempt));
    }
    void operator()(const SendAccepted& e) const {
        learn(s, e.wamid, e.attempt);
        drop(s, e.attempt);
    }
    void operator()(const SendRejected& e) const {
        const auto attempt = std::ranges::find(s.sends, e.attempt, &Attempt::id);
        if (attempt != s.sends.end() && e.retry_at) {
            attempt->retry_at = credible_retry(r, *e.retry_at);
            if (e.code == 0) ++attempt->unheard;
            if (e.code == held_back) ++attempt->held_back;
            return;
        }
        unsay(e.attempt);
        drop(s, e.attempt);
        if (s.rest && s.rest->turn == e.turn) s.rest.reset();
    }
    void operator()(const SendUncertain& e) const {
        const auto doubted = std::ranges::find(s.uncertain, e.attempt, &Attempt::id);
        if (doubted != s.uncertain.end()) doubted->settle_by = e.settle_by;
        const auto attempt = std::ranges::find(s.sends, e.attempt, &Attempt::id);
        if (attempt == s.sends.end()) return;
        attempt->settle_by = e.settle_by;
        s.uncertain.push_back(std::move(*attempt));
        s.sends.erase(attempt);
        if (s.uncertain.size() > known_limit) forget(s.uncertain.front().turn);
    }
    void operator()(const SendSettled& e) const {
        const bool by_person = e.evidence.starts_with(said_by);
        if (e.sent) learn(s, e.wamid, e.attempt);
        if (e.sent && by_person) guess(e);
        if (e.retry_at) {
            resume(e.attempt, credible_retry(r, *e.retry_at), by_person);
        } else {
            if (!e.sent) unsay(e.attempt);
            drop(s, e.attempt);
        }
        // What it stopped goes on behind the others: one of them may be out, and must stay the next
        // one until its outcome is there, or it would be due a second time.
        std::stable_partition(s.sends.begin(), s.sends.end(),
                              [&](const Attempt& one) { return one.turn != e.turn; });
        if (!e.sent && !e.retry_at && s.rest && s.rest->turn == e.turn) s.rest.reset();
    }

    void operator()(const MessageSent& e) const {
        if (e.attempt || e.text.empty()) return status(e);
        if (knows(e.wamid) || e.wamid.empty()) return;
        std::erase_if(s.strangers, [&](const Stranger& one) { return one.wamid == e.wamid; });
        std::erase_if(s.untold, [&](const Untold& one) { return one.wamid == e.wamid; });
        remember(s.strangers, Stranger{e.wamid, e.text, e.raw, credible_time(r)}, known_limit);
    }
    void operator()(const MessageDelivered& e) const { status(e); }
    void operator()(const MessageRead& e) const { status(e); }
    void operator()(const MessagePlayed& e) const { status(e); }
    void operator()(const MessageFailed& e) const { status(e); }

private:
    bool knows(const std::string& wamid) const {
        return std::ranges::find(s.known, wamid, &Known::wamid) != s.known.end();
    }
    /// A person has answered what was said by then.
    void mark_answered(Time by) const {
        for (auto* list : {&s.sends, &s.uncertain}) {
            for (auto& one : *list) {
                if (is_machine(one.author) && one.about <= by) one.answered = true;
            }
        }
        if (s.rest && s.rest->about && *s.rest->about <= by) s.rest->answered = true;
    }
    /// What surely never went out was not said.
    void unsay(const AttemptId& attempt) const {
        for (const auto* list : {&s.sends, &s.uncertain}) {
            const auto one = std::ranges::find(*list, attempt, &Attempt::id);
            if (one == list->end()) continue;
            std::erase_if(s.said, [&](const Line& line) { return line.version == one->version; });
        }
    }
    /// The message that a verdict gave to an attempt may be another one's that says the same.
    void guess(const SendSettled& e) const {
        const auto known = std::ranges::find(s.known, e.wamid, &Known::wamid);
        const auto doubted = std::ranges::find(s.uncertain, e.attempt, &Attempt::id);
        if (known == s.known.end() || doubted == s.uncertain.end()) return;
        if (known->attempt == e.attempt) known->guess = Guess{doubted->text, s.version};
    }
    /// An uncertain part that surely didn't go out comes again, before the later ones of its turn.
    void resume(const AttemptId& id, Time retry_at, bool by_person) const {
        const auto doubted = std::ranges::find(s.uncertain, id, &Attempt::id);
        if (doubted == s.uncertain.end()) return;
        s.sends.push_front(std::move(*doubted));
        s.uncertain.erase(doubted);
        auto& again = s.sends.front();
        again.retry_at = again.since = retry_at;
        remember(again.doubted, id, doubted_limit);
        if (!by_person) return;
        // Whoever had answered it asks for it all the same, and for what follows.
        again.about = retry_at;
        again.answered = false;
        if (s.rest && s.rest->turn == again.turn) {
            s.rest->about = retry_at;
            s.rest->answered = false;
        }
    }
    bool gives_up_question(const TurnId& turn) const {
        return (s.asked && s.asked->turn == turn) ||
               (s.rest && s.rest->turn == turn && s.rest->next_part == 1);
    }
    void status(const auto& e) const {
        if (e.attempt) return learn(s, e.wamid, e.attempt);
        const auto is_it = [&](const auto& one) { return one.wamid == e.wamid; };
        if (e.wamid.empty() || knows(e.wamid) || std::ranges::any_of(s.strangers, is_it) ||
            std::ranges::any_of(s.untold, is_it)) {
            return;
        }
        remember(s.untold, Untold{e.wamid, s.version}, known_limit);
    }
    /// The later parts of a turn that was uncertain for too long don't go out any more.
    void forget(TurnId turn) const {
        const auto same = [&](const Attempt& one) { return one.turn == turn; };
        std::erase_if(s.uncertain, same);
        std::erase_if(s.sends, same);
        if (s.rest && s.rest->turn == turn) s.rest.reset();
    }
    void end_turn(const TurnId& turn) const {
        if (s.asked && s.asked->turn == turn) s.asked.reset();
        if (s.rest && s.rest->turn == turn) s.rest.reset();
    }
};

}  // namespace

State evolve(State state, const Recorded& recorded) {
    state.version = recorded.version;
    state.gate = recorded.gate;
    const auto* event = std::get_if<ConversationEvent>(&recorded.body);
    if (event != nullptr) std::visit(Evolve{state, recorded}, *event);
    return state;
}

}  // namespace domain::conversation
