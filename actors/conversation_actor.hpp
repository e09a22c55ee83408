#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "actors/leases.hpp"
#include "actors/memory_share.hpp"
#include "actors/messages.hpp"
#include "actors/ports.hpp"
#include "actors/postbox.hpp"
#include "actors/residents.hpp"
#include "actors/settings_book.hpp"
#include "actors/turns.hpp"

namespace actors {

/// What every conversation is given when it starts.
struct Surroundings {
    Ports ports;
    SettingsBook* settings;
    std::vector<Reader> readers;  // one of them serves a stream
    Writer writer;
    std::shared_ptr<Postbox> postbox;
    std::shared_ptr<Residents> residents;
    Leases* leases;
    std::atomic<std::uint64_t>* given_up;  // how often deciding waited after too many conflicts
    /// What all conversations take.
    MemoryShare::Total memory = std::make_shared<std::atomic<std::size_t>>(0);
    /// This process; the ids of its lives end as this does.
    events::Uuid process{};
};

/// A life's id, of the process whose id it ends with.
inline domain::conversation::LifeId life_in(const events::Uuid& process, events::Uuid id) {
    std::copy(process.bytes.begin() + 10, process.bytes.end(), id.bytes.begin() + 10);
    return id;
}
inline bool is_life_in(const events::Uuid& process, const domain::conversation::LifeId& life) {
    return life == life_in(process, life);
}

/// Where a life is led: it decides for a stream under one epoch of its slice's lease.
struct Place {
    events::StreamId stream;
    std::int64_t epoch = 0;
    /// Events that a person had it go on without, by position; null where there are none.
    std::shared_ptr<const std::set<std::int64_t>> skipped{};
    /// A wake-up is on its way there and not taken yet; another one would say nothing new.
    std::shared_ptr<std::atomic<bool>> woken = std::make_shared<std::atomic<bool>>(false);
    /// What the life takes of all conversations' memory.
    std::shared_ptr<MemoryShare> memory{};
};

struct ConversationShell {
    static inline const char* name = "conversation";
    domain::conversation::State state;
    domain::conversation::LifeId me;
    std::int64_t position = 0;  // of the event that was taken last, or couldn't be
    std::int16_t type = 0;      // of that event
    /// Effects that this life waits for, by key, and until when.
    struct Waiting {
        domain::conversation::Effect effect;
        events::Time until;
    };
    std::map<std::string, Waiting> in_flight;
    Turns turns;
    std::optional<events::Time> tick_at;  // when the tick with the number `tick` comes
    std::uint64_t tick = 0;
    std::uint64_t handled = 0;  // messages of the directory
    bool leaving = false;       // nothing new is begun
    int conflicts = 0;          // in a row
    events::Time read{};        // when the last event that was read was recorded
    int to_try = 0;             // commands that come again
};

/// The shell round domain::conversation. Moves values only: catch up, decide, append, evolve,
/// pursue what is due, wake. One command is decided at a time; what comes meanwhile waits.
///
///   WakeUp, Tick  -> catch up, then Wake for as long as there is something to decide
///   Outcome       -> catch up, then what the outside said
///   TurnCame      -> what waited for it is decided again
///   PersonReply   -> catch up, then the reply; answered with ReplyResult
///   Leave         -> from now on only outcomes of sends; then Sleep
///
/// A failed read, an append without a verdict and a lost lease end this life; the directory starts
/// another one from the stream, and tells it the outcomes that are not in the log yet.
/// An event that can't be read, and whatever the rules throw, ends it too, and is told: the next
/// one would meet the same.
Conversation::behavior_type conversation_actor(
    Conversation::stateful_pointer<ConversationShell> self, const Place& place, Directory directory,
    std::shared_ptr<const Surroundings> around);

}  // namespace actors
