#pragma once

#include <string_view>

#include "domain/conversation.hpp"

/// Where a conversation stands between its steps; what decide, due and wake_at must agree on.
namespace domain::conversation {

using events::seconds;

/// Who says what no person said.
inline constexpr std::string_view by_model = "ai", by_system = "system";
inline bool is_machine(std::string_view author) {
    return author == by_model || author == by_system;
}

/// How the evidence of a person's verdict begins.
inline constexpr std::string_view said_by = "said by ";

/// A hold without an end.
inline constexpr Time never = Time::max();

/// When the hold ends, by the log's time, of a person of whom the provider tells that he wrote
/// then, for its clock isn't ahead where the log's is.
Time hold_end_of_told(Time wrote, const Here& here);
/// So of whoever wrote last, who has no hold yet.
Time hold_end_of_last(const State& state, const Here& here);
/// The one send that may be carried out or tried again: the first whose turn isn't uncertain.
const Attempt* next_send(const State& state);
/// That send, where it waits to be tried again, and isn't: it went out after all, or a person has
/// answered.
const Attempt* moot_retry(const State& state);
/// That send is out there, and its outcome isn't known yet.
bool awaits_outcome(const State& state);
/// A part of the reply is uncertain; its later parts wait until somebody settles it.
bool rest_is_stopped(const State& state);
/// Nothing is being asked or sent, so that a new turn may open.
bool may_open_turn(const State& state);
/// Outbound messages that Hilo can't have sent, by what they say: none while an outcome is awaited,
/// which may name them.
std::vector<Stranger> surely_persons(const State& state);
/// When a person wrote last, of whom the provider told, or who has no hold yet.
std::optional<Time> person_wrote(const State& state);
/// What had been said by then, of what is open and may be answered.
std::vector<EventId> said_by_then(const State& state, std::optional<Time> then);
/// What a turn is about: all that is open but for the kinds that nobody expects an answer to.
std::vector<EventId> to_be_asked(const State& state);
/// When the newest of these messages was said, of those that are open.
std::optional<Time> said_at(const State& state, const std::vector<EventId>& messages);
/// A model is being asked, and the customer wrote more meanwhile, so that its answer would be out
/// of date. At most `supersede_limit` times for one burst, for somebody who never stops writing
/// would never be answered.
bool is_superseded(const State& state, const Settings& settings);
/// What a model is shown for `asks`. They come last, though parts of an earlier reply may have gone
/// out after they came: a prompt that ends with our own words would be continued, not answered.
Prompt prompt_about(const State& state, const std::vector<EventId>& asks, int upto,
                    const Settings& settings);
/// When the customer's burst counts as over; std::nullopt where nothing awaits an answer.
std::optional<Time> turn_opens_at(const State& state, const Settings& settings);

}  // namespace domain::conversation
