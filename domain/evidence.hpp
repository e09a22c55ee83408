#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.hpp"

/// What a conversation's facts say about sends whose outcome nobody saw (DESIGN 4, The send).
namespace domain::conversation {

/// What an attempt's own key is as evidence.
inline constexpr std::string_view seen_key = "a status with our key";

struct Evidence {
    TurnId turn;
    AttemptId attempt;
    std::string wamid;
    std::string_view kind;  // what it rests on, for SendSettled
};

/// What a status has shown with the attempt's own key, or that of an earlier try that was doubted;
/// nullptr where none has.
const Known* echo_of(const State& state, const Attempt& attempt);
/// Uncertain attempts that surely went out: a status echoed our own key, or exactly one message
/// that nobody owns says the same and isn't older. By text none while a send is out, which may own
/// the message.
std::vector<Evidence> evidence_in(const State& state);
/// Uncertain attempts, not yet left to a person, that a message may be, but so may another one.
std::vector<AttemptId> ambiguous_in(const State& state);
/// Whether any message that nobody owns may be this attempt.
bool may_be_out(const State& state, const Attempt& attempt);
/// Whether there is a message, not heard of before the attempt, of which only statuses told: the
/// provider's list may still tell whose it is.
bool is_something_untold(const State& state, const Attempt& attempt);
/// Why the provider's list, which has nothing that may be this attempt, doesn't show that it isn't
/// out: a message that nobody owns, or that a person's verdict gave to another send, says the same;
/// another stream is the same person; or our clock alone tells from when on it would be listed.
/// Empty where it does show it.
std::string_view doubt_of_absence(const State& state, const Attempt& attempt);

/// The message that nobody owns, says the same and is nearest in time: the one that a person means
/// who says that the attempt went out. Empty where there is none.
std::string likeliest(const State& state, const Attempt& attempt);

/// Messages that nobody owns, but for those that say the same as a send that is uncertain or out.
std::vector<Stranger> unlike_ours(const State& state);

/// The same words, however the spaces between them were written on the way.
bool same_text(std::string_view a, std::string_view b);

}  // namespace domain::conversation
