#pragma once

#include <unordered_map>
#include <unordered_set>

#include "actors/conversation_actor.hpp"

namespace actors {

struct DirectoryShell {
    static inline const char* name = "directory";
    struct Entry {
        Conversation actor;
        std::int64_t epoch = 0;
        std::uint64_t sent = 0;
        std::shared_ptr<std::atomic<bool>> woken;  // see Place
        std::shared_ptr<MemoryShare> memory;       // the same
        bool leaves = false;                       // it was told to
    };
    std::unordered_map<events::StreamId, Entry> entries;
    std::unordered_map<caf::actor_addr, events::StreamId> streams;
    /// What the outside said, until it is settled: a life that ends leaves it to the next one.
    std::unordered_map<events::StreamId, std::vector<Outcome>> outcomes;
    std::uint64_t outcomes_numbered = 0;
    std::size_t homeless = 0;  // kept while their stream was not decided here
    /// When conversations that sleep are to be woken.
    std::unordered_map<events::StreamId, events::Time> alarms;
    /// Lives of a stream that ended badly in a row; each doubles the wait before the next.
    struct Failing {
        int ends = 0;
        int stuck = 0;            // of them, such as the next one will meet too
        events::Time not_before;  // of the next life
    };
    std::unordered_map<events::StreamId, Failing> failures;
    /// Streams that get no life until a person acts, or the process starts anew.
    std::unordered_map<events::StreamId, ParkedConversation> parked;
    std::uint64_t parked_beyond = 0;
    /// Positions that persons had conversations go on without.
    std::unordered_map<events::StreamId, std::shared_ptr<const std::set<std::int64_t>>> skipped;
    /// Slices in which nothing more is begun, for they are to be given up.
    std::unordered_set<int> leaving;
};

/// Which conversations are in memory: only such whose slice this process holds. Starts one on its
/// first message, starts it again with a growing pause where it ended badly, leaves it alone where
/// it got stuck five times in a row (docs/decisions/0010), and forgets it once it has nothing to
/// do. What the outside says of a stream that isn't held is kept, for the slice may come back,
/// until it is known that it is another's: who decides there settles it by evidence.
Directory::behavior_type directory_actor(Directory::stateful_pointer<DirectoryShell> self,
                                         std::shared_ptr<const Surroundings> around);

}  // namespace actors
