#include "actors/effects.hpp"

#include <algorithm>

#include "events/codec.hpp"
#include "events/overloaded.hpp"
#include "intake/talk.hpp"

namespace actors {
namespace {

using namespace domain::conversation;
using namespace std::chrono_literals;

/// Hands a command to whoever lives at the stream when it comes.
auto to_stream(const std::shared_ptr<Postbox>& postbox, const events::StreamId& stream) {
    return [=](Command command) {
        postbox->post(Outcome{stream, std::make_shared<const Command>(std::move(command))});
    };
}

void ask(const Ask& effect, const State& state, const Surroundings& around,
         std::function<void(Command)> say) {
    const auto settings = around.settings->at(effect.settings_version).settings;
    const auto turn = effect.turn;
    ai::Call call{effect.provider, effect.model, prompt_for(state, effect, settings),
                  settings.max_output_tokens};
    intake::talk::generating(effect.provider);
    around.ports.ask(std::move(call),
                     [say = std::move(say), turn, provider = effect.provider](ai::Result result) {
                         if (auto* failed = std::get_if<ai::Failed>(&result)) {
                             intake::talk::no_answer(provider, failed->attempts.size());
                             return say(NotGenerated{{}, turn, std::move(failed->attempts)});
                         }
                         auto& answer = std::get<Answer>(result);
                         intake::talk::stored_reply(answer.text);
                         say(Generated{{}, turn, std::move(answer)});
                     });
}

const std::string& line_of(const std::string& line, const Surroundings& around) {
    return line.empty() ? around.ports.default_line : line;
}

/// Nobody can take the slice over for so long, which is much longer than it takes from the question
/// to the first byte (docs/decisions/0006).
constexpr auto lease_margin = 2s;

void send(const Send& effect, const Place& place, const Surroundings& around,
          const kapso::Turn& turn, std::function<void(Command)> say) {
    const auto attempt = effect.attempt;
    const auto& line = line_of(effect.line, around);
    auto may_start = [leases = around.leases, place] {
        return leases->remaining(place.stream, place.epoch) >= lease_margin;
    };
    kapso::Outgoing message{line, effect.to, effect.text,
                            around.ports.keys.send_mark(place.stream, attempt),
                            std::move(may_start)};
    auto leave = [message = std::move(message), say = std::move(say),
                  attempt](const kapso::Turn& now) {
        intake::talk::sending(message.to);
        now(message, [say, attempt, to = message.to](SendOutcome outcome) {
            std::visit(
                events::Overloaded{
                    [](const Accepted& e) { intake::talk::sent(e.wamid); },
                    [&](const Rejected& e) { intake::talk::not_sent(to, e.code, e.may_retry); },
                    [&](const Uncertain&) { intake::talk::may_be_sent(to); },
                },
                outcome);
            say(SendDone{{}, attempt, std::move(outcome)});
        });
    };
    if (turn) return leave(turn);
    around.ports.turn({line, effect.to, effect.text.size()}, std::move(leave));
}

void look_up(const LookUp& effect, const Place& place, const State& state,
             const Surroundings& around, std::function<void(Command)> say) {
    std::vector<std::string> names{effect.to};
    for (const auto& name : {state.phone, state.bsuid}) {
        if (!name.empty() && name != effect.to) names.push_back(name);
    }
    around.ports.look_up({line_of(effect.line, around), std::move(names), effect.since,
                          place.stream, effect.attempt},
                         [say = std::move(say), attempt = effect.attempt,
                          began = around.ports.now()](Listed listed) {
                             say(LookedUp{{}, attempt, began, listed});
                         });
}

}  // namespace

void ask_turn(const events::SendRequested& intent, const events::StreamId& stream,
              const State& state, const Surroundings& around) {
    around.ports.turn(
        {line_of(state.line, around), intent.to, intent.text.size()},
        [postbox = around.postbox, stream](kapso::Turn turn) {
            postbox->post(TurnCame{stream, std::make_shared<const kapso::Turn>(std::move(turn))});
        });
}

void carry_out(const Effect& effect, const Place& place, const State& state,
               const Surroundings& around, const kapso::Turn& turn) {
    const auto say = to_stream(around.postbox, place.stream);
    std::visit(events::Overloaded{[&](const Ask& e) { ask(e, state, around, say); },
                                  [&](const Send& e) { send(e, place, around, turn, say); },
                                  // Whoever sent it may still report; else patience runs out.
                                  [&](const Settle&) {},
                                  [&](const LookUp& e) { look_up(e, place, state, around, say); }},
               effect);
}

events::Time patience_until(const Effect& effect, const Surroundings& around) {
    const auto& patience = around.ports.patience;
    const auto now = around.ports.now();
    if (std::holds_alternative<Ask>(effect)) return now + patience.ask;
    const auto* settle = std::get_if<Settle>(&effect);
    if (settle != nullptr && !is_life_in(around.process, settle->by)) return now;
    const auto* look = std::get_if<LookUp>(&effect);
    if (look == nullptr) return now + patience.send;
    constexpr std::chrono::milliseconds longest = 10min;
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - look->at);
    // Until it may be settled, and for as long again, as often as may be.
    if (age < 2 * settling_time) return now + patience.look_again;
    return now + std::clamp(age / 2, patience.look_again, std::max(longest, patience.look_again));
}

bool may_be_repeated(const Effect& effect) {
    return std::holds_alternative<Ask>(effect) || std::holds_alternative<LookUp>(effect);
}

Command giving_up(const Effect& effect) {
    return std::visit(
        events::Overloaded{
            [](const Ask&) -> Command { return Wake{}; },
            [](const LookUp&) -> Command { return Wake{}; },
            [](const Send& e) -> Command {
                return SendDone{{}, e.attempt, Uncertain{"no outcome in time"}};
            },
            [](const Settle& e) -> Command {
                return SendDone{{}, e.attempt, Uncertain{"its sender ended before the outcome"}};
            }},
        effect);
}

events::Recorded as_recorded(const events::NewEvent& event, const events::StreamId& stream,
                             std::int64_t position, std::int32_t version) {
    events::Recorded recorded;
    recorded.position = position;
    recorded.stream = stream;
    recorded.version = recorded.gate = version;
    recorded.recorded = recorded.clear.occurred = event.occurred;
    recorded.clear.id = event.id;
    recorded.clear.type = events::type_of(event.body).code;
    recorded.body = event.body;
    return recorded;
}

bool time_is_sure(const domain::conversation::Events& events, events::Time recorded) {
    return std::ranges::all_of(events, [&](const events::NewEvent& event) {
        auto told = as_recorded(event, {}, 0, 0);
        told.recorded = recorded;
        return credible_time(told) == event.occurred;
    });
}

}  // namespace actors
