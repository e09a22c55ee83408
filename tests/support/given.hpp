#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "domain/conversation.hpp"
#include "events/codec.hpp"

/// A conversation in memory: Given{{...events}}.when(command), and what decide says is appended.
/// Times are absolute from `start`; ids are numbers.
namespace testing_support {

using namespace events;
using namespace std::chrono_literals;
namespace conv = domain::conversation;

inline const Time start = *parse_iso8601("2026-11-20T10:00:00Z");

inline Uuid id(std::uint64_t number) {
    Uuid uuid;
    for (std::size_t i = 0; i < 8; ++i) {
        uuid.bytes[14 - i] = static_cast<std::uint8_t>(number >> 8 * i);
    }
    uuid.bytes[0] = 0x77;
    return uuid;
}

/// Everything that the gates ask for, and no debounce.
inline domain::Settings talkative() {
    domain::Settings settings;
    settings.chatbot_enabled = settings.ai_enabled = true;
    settings.debounce_seconds = 0;
    return settings;
}

struct Given {
    conv::State state;
    Time now = start;
    Time wall = Time::max();
    domain::Settings settings = talkative();
    std::int32_t settings_version = 7;
    std::set<std::string> providers_with_key{"deepseek"};
    bool can_send = true;
    conv::LifeId me = id(900'001);
    std::vector<Recorded> log;
    StreamId stream = id(1);

    Given() { happened(ConversationOpened{"line", "5215551234567", "", "", "Ana"}); }
    explicit Given(ConversationOpened opened) { happened(std::move(opened)); }

    /// Appends a fact, at the provider's time `occurred` or now, as the log would.
    EventId happened(ConversationEvent body, std::optional<Time> occurred = {}) {
        return append({id(++ids_), std::move(body), occurred.value_or(now), {}, {}, When::always});
    }
    EventId says(const std::string& text, Kind kind = Kind::text) {
        return happened(MessageReceived{.kind = kind, .wamid = "in", .text = text});
    }
    EventId append(NewEvent event) {
        Recorded recorded;
        recorded.stream = stream;
        recorded.version = state.version + 1;
        recorded.gate = type_of(event.body).gating ? recorded.version : state.gate;
        recorded.position = recorded.version;
        recorded.recorded = now;
        recorded.clear.id = event.id;
        recorded.clear.type = type_of(event.body).code;
        recorded.clear.occurred = event.occurred;
        recorded.clear.correlation = event.correlation;
        recorded.clear.causation = event.causation;
        recorded.body = std::move(event.body);
        state = evolve(std::move(state), recorded);
        log.push_back(std::move(recorded));
        return log.back().clear.id;
    }

    conv::Here here() {
        conv::Here here;
        here.now = now;
        here.wall = wall;
        here.settings = settings;
        here.settings_version = settings_version;
        here.providers_with_key = providers_with_key;
        here.can_send = can_send;
        here.me = me;
        here.ids = conv::Ids(id(++ids_));
        return here;
    }

    /// What is decided, without appending it.
    conv::Decision deciding(conv::Command command) {
        std::visit([&](auto& c) { c.here = here(); }, command);
        return decide(state, command);
    }
    /// Decides and appends; the bodies of the new events, in order. A Prepare or a Rejection is
    /// kept in `last`.
    std::vector<ConversationEvent> when(conv::Command command) {
        last = deciding(std::move(command));
        std::vector<ConversationEvent> bodies;
        if (const auto* events = std::get_if<conv::Events>(&last)) {
            for (const auto& event : *events) {
                bodies.push_back(std::get<ConversationEvent>(event.body));
                append(event);
            }
        }
        return bodies;
    }
    std::vector<ConversationEvent> wake() { return when(conv::Wake{}); }
    /// Wakes until the rules are quiet, preparing where they ask for it; everything that was said.
    std::vector<ConversationEvent> settle() {
        std::vector<ConversationEvent> all;
        for (int i = 0; i < 100; ++i) {
            auto some = wake();
            if (std::holds_alternative<conv::Prepare>(last)) some = when(conv::Prepared{});
            if (some.empty()) return all;
            all.insert(all.end(), some.begin(), some.end());
        }
        throw std::logic_error("the rules never come to rest");
    }
    /// As the shell does after a fact: it wakes once, and then whenever it is time to.
    std::vector<ConversationEvent> heed() {
        auto all = wake();
        while (wake_at() && *wake_at() <= now) {
            const auto some = wake();
            if (some.empty()) throw std::logic_error("it is time for something, and nothing comes");
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }
    std::vector<ConversationEvent> pass(std::chrono::microseconds time) {
        now += time;
        return settle();
    }
    std::vector<ConversationEvent> answered(const std::string& text) {
        const auto turn = state.asked.value().turn;
        return when(conv::Generated{{}, turn, {"deepseek", "deepseek-flash", text}});
    }
    /// What became of the send that is out there, and everything that follows from it.
    std::vector<ConversationEvent> outcome(conv::SendOutcome outcome) {
        const auto attempt = sending().attempt;
        auto all = when(conv::SendDone{{}, attempt, std::move(outcome)});
        const auto more = settle();
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::vector<ConversationEvent> reply(const std::string& text, EventId request = id(800'000),
                                         const std::string& author = "Eva") {
        return when(conv::Reply{{}, request, Via::api, text, author});
    }

    std::vector<conv::Effect> due() const { return conv::due(state, me); }
    std::optional<Time> wake_at() const { return conv::wake_at(state, settings); }
    /// The one Send that is due.
    conv::Send sending() const {
        for (const auto& effect : due()) {
            if (const auto* send = std::get_if<conv::Send>(&effect)) return *send;
        }
        throw std::logic_error("nothing is to be sent");
    }
    bool sends() const {
        return std::ranges::any_of(
            due(), [](const auto& effect) { return std::holds_alternative<conv::Send>(effect); });
    }
    bool asks() const { return state.asked.has_value(); }

    conv::Decision last;

private:
    std::uint64_t ids_ = 1'000;
};

/// A model's reply whose first part is out.
inline Given replying(const std::string& text) {
    Given given;
    given.says("Hola");
    given.settle();
    given.answered(text);
    return given;
}

/// The names of events, in order: "ReplyRequested ReplyGenerated".
inline std::string names(const std::vector<ConversationEvent>& events) {
    std::string out;
    for (const auto& event : events) {
        out += (out.empty() ? "" : " ") + std::string(type_of(Event(event)).name);
    }
    return out;
}

/// The first event of a type; throws where there is none.
template <class E>
E the(const std::vector<ConversationEvent>& events) {
    for (const auto& event : events) {
        if (const auto* found = std::get_if<E>(&event)) return *found;
    }
    throw std::logic_error("no such event among: " + names(events));
}

}  // namespace testing_support
