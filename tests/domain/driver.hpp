#pragma once

#include <rapidcheck.h>

#include <map>
#include <set>

#include "tests/support/given.hpp"

/// Plays everything round one conversation by RapidCheck's choices: customers, persons, the
/// provider, the settings, the clock, the log with its conflicts, and the actor with its lives. The
/// rules must keep their promises whatever happens; each step checks them.
namespace testing_domain {

using namespace testing_support;

using std::chrono::microseconds;

/// Evenly, whatever RapidCheck's size is at the moment.
inline int chosen(int from, int to) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}
inline bool by_chance(int percent) { return chosen(0, 100) < percent; }

inline Recorded recorded_of(const NewEvent& event, std::int32_t version, std::int32_t gate,
                            Time recorded) {
    Recorded out;
    out.stream = id(1);
    out.position = out.version = version;
    out.gate = type_of(event.body).gating ? version : gate;
    out.recorded = recorded;
    out.clear.id = event.id;
    out.clear.occurred = event.occurred;
    out.clear.correlation = event.correlation;
    out.clear.causation = event.causation;
    out.body = event.body;
    return out;
}

/// The log of one stream, which holds what the promises say about messages and parts.
class Record {
public:
    Record() { append(fact(ConversationOpened{"line", "5215551234567", "", "", ""}), start); }

    std::vector<Recorded> events;

    NewEvent fact(ConversationEvent body, Time occurred = start) {
        return {id(++facts_), std::move(body), occurred, {}, {}, When::always};
    }
    std::int32_t gate() const { return events.empty() ? 0 : events.back().gate; }

    /// A batch of its own, or one more event of the last one.
    void append(const NewEvent& event, Time now, bool same_batch = false) {
        const auto version = static_cast<std::int32_t>(events.size()) + 1;
        // The log's clock is not the shell's, and never goes back.
        if (!same_batch) head_ = std::max(head_, now + microseconds(chosen(0, 1'000)));
        events.push_back(recorded_of(event, version, gate(), head_));
        std::visit([&](const auto& e) { check(e); }, std::get<ConversationEvent>(event.body));
        if (const auto* e =
                std::get_if<MessageReceived>(&std::get<ConversationEvent>(event.body))) {
            if (e->source != Source::history) unclosed.insert(event.id);
        }
    }

    std::set<EventId> unclosed;

private:
    void close(const std::vector<EventId>& answers) {
        for (const auto& one : answers) RC_ASSERT(unclosed.erase(one) == 1u);  // P4: open, and once
    }
    void check(const ReplySuppressed& e) {
        close(e.answers);
        RC_ASSERT(suppressed_.insert(e.turn).second);
    }
    void check(const SendRequested& e) {
        close(e.answers);
        RC_ASSERT(e.answers.empty() || (e.part == 1 && e.try_number == 1));
        RC_ASSERT(attempts_.insert(e.attempt).second);
        auto& tries = tries_[e.turn];
        if (e.try_number == 1) {
            RC_ASSERT(std::cmp_equal(e.part, tries.size() + 1));
            tries.push_back(1);
        } else {
            RC_ASSERT(std::cmp_equal(e.part, tries.size()) || e.author == "Eva");
            RC_ASSERT(e.try_number == ++tries.at(static_cast<std::size_t>(e.part - 1)));
        }
        RC_ASSERT(e.part <= e.parts);
        RC_ASSERT(e.try_number <= domain::conversation::send_tries_limit +
                                      domain::conversation::unheard_tries_limit + held_[e.turn]);
        RC_ASSERT(!e.to.empty() && !e.text.empty());
    }
    void check(const SendRejected& e) {
        if (e.code == held_back) ++held_[e.turn];
    }
    void check(const ReplyRequested& e) {
        RC_ASSERT(!e.asks.empty());
        for (const auto& one : e.asks) RC_ASSERT(unclosed.contains(one));
    }
    void check(const auto&) {}

    std::uint64_t facts_ = 1'000;
    Time head_ = start;
    std::set<TurnId> suppressed_;
    std::set<AttemptId> attempts_;
    std::map<TurnId, std::vector<int>> tries_;
    std::map<TurnId, int> held_;  // tries that never left
};

/// What the provider really did with what it was sent.
class Provider {
public:
    enum class Did { nothing_yet, sent, refused };

    /// P3: a part may go out again only where every earlier try of it surely sent nothing.
    void take(const conv::Attempt& attempt) {
        RC_ASSERT(!did_.contains(attempt.id));
        auto& tries = tries_[{attempt.turn, attempt.part}];
        for (const auto& before : tries) RC_ASSERT(did_.at(before) == Did::refused);
        tries.push_back(attempt.id);
        did_[attempt.id] = Did::nothing_yet;
    }
    bool has(const AttemptId& attempt) const { return did_.contains(attempt); }

    /// What is told of it: the truth, or that nobody knows.
    conv::SendOutcome outcome_of(const AttemptId& attempt) {
        auto& did = did_.at(attempt);
        if (did == Did::nothing_yet) did = by_chance(60) ? Did::sent : Did::refused;
        if (by_chance(20)) return conv::Uncertain{"reset"};
        if (did == Did::sent) return conv::Accepted{wamid_of(attempt)};
        const auto code = by_chance(30) ? held_back : by_chance(50) ? 429 : 0;
        conv::Rejected rejected{"refused", code, code == held_back || by_chance(70), {}};
        if (by_chance(30)) rejected.retry_after = seconds(chosen(0, 2'000));
        return rejected;
    }
    /// What it has of an attempt by now; what hasn't come in time never does.
    bool lists(const AttemptId& attempt, bool in_time) {
        auto& did = did_.at(attempt);
        if (did == Did::nothing_yet && !in_time) did = Did::refused;
        return did == Did::sent;
    }
    /// A report of it makes it true.
    bool reports(const AttemptId& attempt) {
        auto& did = did_.at(attempt);
        if (did == Did::nothing_yet) did = Did::sent;
        return did == Did::sent;
    }
    static std::string wamid_of(const AttemptId& attempt) { return "out-" + attempt.text(); }

private:
    std::map<AttemptId, Did> did_;
    std::map<std::pair<TurnId, int>, std::vector<AttemptId>> tries_;
};

}  // namespace testing_domain
