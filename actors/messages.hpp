#pragma once

#include <caf/all.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/system.hpp"
#include "domain/conversation.hpp"
#include "events/log.hpp"

/// Every handle and message of the actors: the map of what moves.
namespace actors {

/// The next events of a stream, and whether there may be more: whoever has a long one to read asks
/// again, behind others that asked meanwhile. The page is on its way until nobody holds `events`.
struct Tail {
    std::shared_ptr<const std::vector<events::Recorded>> events;
    bool more = false;
};
/// One page less is on its way.
struct PageTaken {};
using Request = std::shared_ptr<const events::Append>;

struct ReadStream {
    events::StreamId stream;
    std::int32_t after = 0;
};
/// Who asked for that has given up by then.
inline constexpr std::chrono::seconds read_patience{30};
/// Runs in the receiver's own time; how an answer from another thread comes in.
struct Run {
    std::function<void()> work;
};
/// See what the rules want now. Carries nothing, so that it may be lost, doubled or late.
struct WakeUp {
    events::StreamId stream;
};
/// The outcome of an effect, addressed to the stream: whoever lives there now takes it.
/// The directory numbers it, and keeps it until it hears that it is Settled.
struct Outcome {
    events::StreamId stream;
    std::shared_ptr<const domain::conversation::Command> command;
    std::uint64_t number = 0;
};
/// What the outcome says is in the log, or is of no more use.
struct Settled {
    events::StreamId stream;
    std::uint64_t number = 0;
};
/// The turn that a conversation waited for before it records that it sends; for whoever lives there
/// now. Given back where it isn't used.
struct TurnCame {
    events::StreamId stream;
    std::shared_ptr<const kapso::Turn> turn;
};
/// A Reply or a Judge, whose sender waits for what became of it.
struct PersonReply {
    events::StreamId stream;
    std::shared_ptr<const domain::conversation::Command> command;
};
/// Nothing is due or in flight here; wake me then, if ever. `handled` of the directory's messages
/// were taken: where it has sent more, this one has to stay.
struct Sleep {
    events::StreamId stream;
    std::uint64_t handled = 0;
    std::optional<events::Time> until;
};
struct WakeAll {};
/// This life ends, for it can't take an event, or make anything of what stands up to it. Unlike a
/// store that is away, the next life will meet the same.
struct Stuck {
    events::StreamId stream;
    std::int64_t position = 0;
    std::int16_t type = 0;
    std::string error;
};
/// What a person says about a conversation that is parked.
struct Acted {
    events::OperatorActed act;
};
struct ListParked {
    std::size_t limit = 0;
};
/// Other slices may be held now. `renewed` where the database has just said which; else leases may
/// have run out.
struct LeasesChanged {
    bool renewed = false;
    std::vector<int> closed;  // of them, where nothing is to be begun; all there are
};
/// Begin nothing more in these slices; answered with those where nothing is left to wait for.
struct LeaveSlices {
    std::vector<int> slices;
};
struct LeftSlices {
    std::vector<int> slices;
};
/// To a conversation of such a slice: end once the outcome of what is being sent is in the log.
struct Leave {};
/// The time came for which a conversation that sleeps had asked.
struct Alarm {
    events::StreamId stream;
    events::Time time;
};
struct RefreshSettings {};
/// End once everything before this has been handled.
struct Quit {
    bool answers_are_here = false;
};
/// Of a conversation's own clock; only the one with the last number counts.
struct Tick {
    std::uint64_t number = 0;
};

/// One command that a conversation decides, and who waits for it.
struct Task {
    domain::conversation::Command command;
    std::optional<caf::typed_response_promise<ReplyResult>> promise{};  // of a person's reply
    std::uint64_t number = 0;                                           // of an outcome
};
/// Decide it again: it met a conflict.
struct Again {
    Task task;
};

/// Blocking reads; spawned detached, several of them.
using Reader = caf::typed_actor<caf::replies_to<ReadStream>::with<Tail>, caf::reacts_to<PageTaken>,
                                caf::replies_to<RefreshSettings>::with<bool>>;
/// Hands requests to the log and its answers back to whoever asked.
using Writer = caf::typed_actor<caf::replies_to<Request>::with<events::Appended>,
                                caf::reacts_to<Run>, caf::reacts_to<Quit>>;
/// One conversation.
using Conversation =
    caf::typed_actor<caf::reacts_to<WakeUp>, caf::reacts_to<Tick>, caf::reacts_to<Again>,
                     caf::reacts_to<Outcome>, caf::reacts_to<TurnCame>, caf::reacts_to<Leave>,
                     caf::replies_to<PersonReply>::with<ReplyResult>>;
/// Which conversations are in memory; starts, wakes and forgets them.
using Directory =
    caf::typed_actor<caf::reacts_to<WakeUp>, caf::reacts_to<WakeAll>, caf::reacts_to<Alarm>,
                     caf::reacts_to<Outcome>, caf::reacts_to<TurnCame>, caf::reacts_to<Settled>,
                     caf::reacts_to<Sleep>, caf::reacts_to<LeasesChanged>,
                     caf::replies_to<LeaveSlices>::with<LeftSlices>, caf::reacts_to<Stuck>,
                     caf::reacts_to<Acted>, caf::replies_to<ListParked>::with<ParkedConversations>,
                     caf::replies_to<PersonReply>::with<ReplyResult>>;

}  // namespace actors

// Messages never leave this process, so they need no serialisation.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Tail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::ReadStream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Run)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::WakeUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::TurnCame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::PersonReply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::ReplyResult)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Again)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Alarm)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Sleep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::WakeAll)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::LeasesChanged)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::LeaveSlices)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::LeftSlices)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Stuck)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Acted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::ListParked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::ParkedConversations)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::RefreshSettings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Quit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::Tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(events::Appended)
