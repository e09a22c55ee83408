#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ai/models.hpp"
#include "domain/conversation.hpp"
#include "events/keys.hpp"
#include "events/log.hpp"
#include "kapso/sender.hpp"

namespace actors {

/// How long things may take; the tests' are shorter.
struct Patience {
    using milliseconds = std::chrono::milliseconds;
    /// An idle conversation stays in memory for so long.
    milliseconds linger{30'000};
    /// For the answers of the outside, which have deadlines of their own: only a callback that was
    /// lost is given up. A question may wait for its turn before it is asked (ai/models.hpp).
    milliseconds ask = ai::Models::longest_wait + domain::conversation::ask_deadline + grace;
    /// A send, too, waits for its turn before its deadline begins (kapso/pace.hpp).
    milliseconds send = kapso::Pace::longest_wait + domain::conversation::send_deadline + grace;
    /// Between two looks at the provider's list, at first; later ones come further apart.
    milliseconds look_again{15'000};
    /// Before what couldn't be decided is tried again.
    milliseconds breather{1'000};
    /// Between a life that ended badly and the next one, at least; by itself it comes after twice
    /// as long, doubled with each such end in a row, up to 64 times.
    milliseconds rest{1'000};
    static constexpr milliseconds grace{5'000};
};

/// The machine's clock, which may be set back.
events::Time wall_now();

/// What a conversation wants to know of the provider's list.
struct ListQuery {
    std::string line;                // as in kapso::Outgoing
    std::vector<std::string> names;  // of the person: whom the send went to, and what else is known
    events::Time since;
    events::StreamId stream;      // whose question it is
    events::AttemptId attempt{};  // and about which send
};

/// What a turn is wanted for.
struct TurnWanted {
    std::string line, to;   // as in kapso::Outgoing
    std::size_t bytes = 0;  // of the text
};

/// Everything that a conversation needs of the world, as values and callbacks: the composition
/// root fills in the real ones, a simulation its own.
struct Ports {
    events::Log& log;
    const events::Keys& keys;
    /// Never blocks; the callback comes exactly once, on any thread.
    std::function<void(ai::Call, std::function<void(ai::Result)>)> ask;
    /// The turn of a send to a person; as kapso::Sender::turn.
    std::function<void(TurnWanted, std::function<void(kapso::Turn)>)> turn;
    /// Takes in, as facts, what the provider lists as sent to a person, and says whether that is
    /// all of what names the person, in the stream that asks. Never blocks; the callback comes
    /// exactly once, on any thread.
    std::function<void(ListQuery, std::function<void(domain::conversation::Listed)>)> look_up;
    /// Never goes back.
    std::function<events::Time()> now;
    std::function<events::Uuid()> new_id;
    std::set<std::string> providers_with_key;
    /// The line that sends where a conversation's own is unknown.
    std::string default_line;
    /// There is a key for Kapso.
    bool can_send = true;
    Patience patience{};
    /// Parked conversations that are remembered, some 500 bytes each. One more is tried again
    /// whenever it is woken, with the same pauses.
    std::size_t parked_limit = 10'000;
    /// Conversations in memory, and alarms of such as sleep, at most. What goes beyond is left to
    /// the next sweep of open work (cli/open_work), which wakes it, if late.
    std::size_t conversations_limit = 10'000, alarms_limit = 50'000;
    /// One more begins only while all that are in memory take fewer bytes than that.
    std::size_t memory_limit = 512 << 20;
    /// Something was recorded at that time already; `now` is not to stay behind it.
    std::function<void(events::Time recorded)> reach = [](events::Time) {};
    /// The machine's clock as it is, which `now` may be ahead of.
    std::function<events::Time()> wall = wall_now;
};

/// The time by which a process decides: the wall clock's, but that it never goes back. Where that
/// is set ahead, or the machine has slept, it follows at once, and where that is set back it goes
/// on by itself: what is recorded does the same (DESIGN 3, Ids), and a time that stayed behind it
/// would let every customer wait until it had caught up. Safe to use from any thread.
class Clock {
public:
    using nanoseconds = std::chrono::nanoseconds;
    /// Both as they are at this moment; `steady` never goes back.
    events::Time at(events::Time wall, nanoseconds steady);
    /// As if the wall had shown `time` at this moment.
    void reach(events::Time time, nanoseconds steady) { at(time, steady); }

private:
    std::mutex mutex_;
    std::optional<events::Time> start_;  // the latest that steady time 0 has ever seemed to be
};

/// This process's own clock.
events::Time steady_now();
/// Sets it ahead to what is recorded already.
void steady_reach(events::Time recorded);

}  // namespace actors
