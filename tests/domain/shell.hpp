#pragma once

#include "domain/next_step.hpp"
#include "domain/replay.hpp"
#include "tests/domain/driver.hpp"

namespace testing_domain {

/// The actor as it should be: catch up, decide, append, evolve, pursue, wake; and its world.
class Shell {
public:
    Record log;
    Provider provider;
    Time now = start;
    domain::Settings settings = talkative();
    bool has_key = true, can_send = true;
    std::chrono::minutes clock_behind{0};  // the machine's, which was ahead and is set right
    conv::State state;
    /// Effects that somebody is busy with: this life, or one before it.
    std::map<std::string, conv::Effect> busy;
    std::set<std::string> in_flight;  // keys that this life waits for

    Shell() { start_life(); }

    /// Everything is forgotten but the log.
    void start_life() {
        me_ = id(900'000'000 + ++lives_);
        state = {};
        in_flight.clear();
        catch_up();
    }

    void happens(ConversationEvent body, Time occurred) {
        log.append(log.fact(std::move(body), occurred), now);
    }

    /// `meddle` may append a fact between the decision and its append.
    void take(
        conv::Command command, const std::function<void()>& meddle = [] {}) {
        for (int tries = 0; tries < 8; ++tries) {
            catch_up();
            std::visit([&](auto& c) { c.here = here(); }, command);
            const auto decision = decide(state, command);
            check_determinism(command, decision);
            if (std::holds_alternative<conv::Prepare>(decision)) {
                prepared_ = true;
                return;
            }
            const auto* events = std::get_if<conv::Events>(&decision);
            if (events == nullptr || events->empty()) return;
            if (tries == 0) meddle();
            if (log.gate() != state.gate) continue;  // a conflict: decide again
            return append(*events);
        }
    }

    /// Wakes until nothing is left to do now, then pursues what is due.
    void settle(const std::function<void()>& meddle = [] {}) {
        catch_up();
        int steps = 0;
        for (auto at = wake_at(); at && *at <= now; at = wake_at()) {
            RC_ASSERT(++steps < 300);  // spinning
            const auto before = log.events.size();
            take(conv::Wake{}, meddle);
            if (prepared_) {
                prepared_ = false;
                take(conv::Prepared{}, meddle);
            }
            RC_ASSERT(log.events.size() > before);  // what is due by the clock has something to say
            catch_up();
        }
        check_quiet();
        check_bounds();
        pursue();
    }

    std::optional<Time> wake_at() const { return conv::wake_at(state, settings); }

    /// What was taken in as it was decided is what the log tells.
    void check_against_log() {
        catch_up();
        conv::State read;
        for (const auto& event : log.events) read = evolve(std::move(read), event);
        RC_ASSERT(read == state);
    }

    /// What was decided is decided again from the log alone, and is the same (P9).
    void check_replay() const {
        conv::Replay replay(
            [&](std::int32_t version) { return editions_.at(static_cast<std::size_t>(version)); },
            [](const conv::Replayed& step) {
                RC_ASSERT(step.not_known == "");
                for (const auto& one : step.differences) {
                    RC_FAIL(one.rule + ": " + one.field + " was " + one.logged + ", is " + one.now);
                }
            });
        for (const auto& event : log.events) replay.take(event);
        replay.end();
    }

    void catch_up() {
        while (std::cmp_less(state.version, log.events.size())) {
            state = evolve(std::move(state), log.events[static_cast<std::size_t>(state.version)]);
        }
    }

private:
    conv::Here clocks() const {
        conv::Here here;
        here.now = now;
        here.wall = now - clock_behind;
        here.settings = settings;
        return here;
    }
    conv::Here here() {
        auto here = clocks();
        if (editions_.back() != settings) editions_.push_back(settings);
        here.settings_version = static_cast<std::int32_t>(editions_.size()) - 1;
        if (has_key) here.providers_with_key = {settings.ai_provider};
        here.can_send = can_send;
        here.me = me_;
        constexpr std::uint64_t ids_of_one = 256;
        here.ids = conv::Ids(id(500'000'000 + ids_of_one * ++decisions_));
        return here;
    }

    void append(const conv::Events& events) {
        const bool alone = std::cmp_equal(state.version, log.events.size());
        for (const auto& event : events) {
            check_gates(std::get<ConversationEvent>(event.body));
            log.append(event, now, &event != &events.front());
            if (!alone) continue;
            // As the actor does where nobody wrote in between: it doesn't read its own back.
            const auto version = state.version + 1;
            state = evolve(std::move(state), recorded_of(event, version, version, now));
        }
        catch_up();
    }

    /// The machine commits nothing while it may not speak.
    void check_gates(const ConversationEvent& body) const {
        const auto* intent = std::get_if<SendRequested>(&body);
        if (intent == nullptr || intent->author == "Eva") return;
        RC_ASSERT(settings.chatbot_enabled && settings.ai_enabled && has_key && can_send);
        RC_ASSERT(!(state.hold_until && now < *state.hold_until));
        RC_ASSERT(!state.person_at || now >= conv::hold_end_of_last(state, clocks()));
        const auto read = conv::said_by_then(state, conv::person_wrote(state));
        for (const auto& id : intent->answers) {
            RC_ASSERT(std::ranges::find(read, id) == read.end());
        }
        RC_ASSERT(!state.wrote_at || now - clock_behind < *state.wrote_at + conv::service_window);
        RC_ASSERT(intent->by == me_);
    }

    static std::vector<std::string> shown(const conv::Decision& decision) {
        std::vector<std::string> out;
        if (const auto* events = std::get_if<conv::Events>(&decision)) {
            for (const auto& e : *events) {
                out.push_back(e.id.text() + iso8601(e.occurred) + encode(e.body));
            }
        }
        return out;
    }
    void check_determinism(const conv::Command& command, const conv::Decision& decision) const {
        const auto again = decide(state, command);
        RC_ASSERT(again.index() == decision.index());
        RC_ASSERT(shown(again) == shown(decision));
        std::set<EventId> ids;
        if (const auto* events = std::get_if<conv::Events>(&decision)) {
            for (const auto& e : *events) RC_ASSERT(ids.insert(e.id).second);
        }
    }

    /// No wake-up is lost: before the next one nothing would be decided, and without one never.
    void check_quiet() {
        const auto at = wake_at();
        conv::Wake wake{here()};
        RC_ASSERT(!at || *at > now);
        wake.here.now = at ? *at - std::chrono::microseconds(1) : now + hours(24 * 36'500);
        const auto decision = decide(state, wake);
        const auto* events = std::get_if<conv::Events>(&decision);
        RC_ASSERT(events != nullptr);
        RC_ASSERT(events->empty());
    }
    void check_bounds() const {
        RC_ASSERT(state.said.size() <= conv::said_limit);
        RC_ASSERT(state.known.size() <= conv::known_limit);
        RC_ASSERT(state.strangers.size() <= conv::known_limit);
        RC_ASSERT(state.uncertain.size() <= conv::known_limit);
        RC_ASSERT(state.sends.size() <= conv::sends_limit + 2);
    }

    void pursue() {
        std::set<std::string> still;
        for (const auto& effect : conv::due(state, me_)) {
            const auto key = key_of(effect);
            still.insert(key);
            if (in_flight.contains(key)) continue;
            if (const auto* ask = std::get_if<conv::Ask>(&effect)) check_prompt(*ask);
            if (const auto* send = std::get_if<conv::Send>(&effect)) {
                const auto& attempt = *conv::next_send(state);
                RC_ASSERT(attempt.id == send->attempt);
                RC_ASSERT(attempt.by == me_);
                provider.take(attempt);
            }
            busy[key] = effect;
        }
        in_flight = std::move(still);
    }

    /// A model is shown what the log's digest says, and the last word is a customer's.
    void check_prompt(const conv::Ask& ask) const {
        const auto prompt = prompt_for(state, ask, asked_with_);
        RC_ASSERT(!prompt.lines.empty());
        RC_ASSERT(prompt.lines.back().speaker == domain::Speaker::customer);
    }

    conv::LifeId me_;
    domain::Settings asked_with_ = talkative();
    std::vector<domain::Settings> editions_{talkative()};
    std::uint64_t lives_ = 0, decisions_ = 0;
    bool prepared_ = false;
};

}  // namespace testing_domain
