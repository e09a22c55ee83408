#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "events/envelope.hpp"

namespace events {

/// A person (or group) on one line, by the names that a delivery gave. The log keeps only keyed
/// hashes of them; phones are canonical (domain/identity), at most two.
struct Person {
    std::string line;
    std::string bsuid;
    std::vector<std::string> phones;
    std::string group;
    /// False for a status: it may only join a conversation that exists.
    bool may_open = true;
    bool operator==(const Person&) const = default;
};

/// What a decision requires to still hold; facts require nothing.
struct Expectation {
    std::int32_t gate = 0;                 // the gating version that the decision saw
    std::int64_t epoch = 0;                // the lease's fencing epoch; 0 = not fenced
    std::optional<std::int32_t> settings;  // the settings version that the decision used
    /// It met conflicts already: after one more the next try comes first, and facts wait for it for
    /// a moment, or no decision would land on a stream that takes them quicker than it is made.
    bool insists = false;
};

/// One atomic request: all its events land, or none.
struct Append {
    std::variant<StreamId, Person> to;
    std::vector<NewEvent> events;
    std::optional<Expectation> expect;
    /// How long its sender has waited already, of what a request may wait for the log.
    std::chrono::milliseconds waited{0};
};

enum class Outcome {
    appended,
    already_there,   // every event's id is in the log with the same content
    other_content,   // an id is in the log with another fingerprint; nothing was written
    conflict,        // `gate` is the gating version that stands now
    fenced,          // another process decides for this slice
    other_settings,  // the settings are no longer those that the decision used
    unroutable,      // no conversation has these aliases, and the request may not open one
    full,            // the queue is full, or the log was busy for longer than a request may wait
    in_doubt         // the store went away; read the event ids back, never append blindly
};

struct Appended {
    Outcome outcome = Outcome::in_doubt;
    StreamId stream;
    std::int64_t position = 0;  // of the request's last event
    std::int32_t gate = 0;
    /// Where the person's phone led to another stream than the BSUID did: they are one person.
    std::optional<StreamId> other;
    /// Where what is there already is in another stream than the request was for: the latter.
    std::optional<StreamId> passed_by;
};

/// An event that can't be read: it was tampered with, or a newer Hilo wrote it. Unlike a store that
/// is away, it will be so the next time too.
struct Unreadable : std::runtime_error {
    /// `event` without a body; its `defect` says why.
    explicit Unreadable(Recorded event);
    Recorded event;
};

/// The append-only log (DESIGN 3). Implementations: db/sqlite_log, db/pg_log; one contract suite.
class Log {
public:
    virtual ~Log() = default;

    /// Never blocks. `done` is called exactly once, on another thread.
    virtual void append(Append request, std::function<void(Appended)> done) = 0;

    /// What a page of events may weigh as they are stored, at most by one event more: bodies of
    /// 4 MiB are allowed, and hundreds of events are asked for.
    static constexpr std::int64_t page_bytes = std::int64_t{16} << 20;

    /// Events of a stream after a version, in order, at most `limit`, and fewer where those would
    /// weigh more than page_bytes. Blocks; throws where the store is away, and Unreadable where one
    /// of them can't be read, so that nobody decides by half of a stream.
    virtual std::vector<Recorded> read_stream(const StreamId& stream, std::int32_t after,
                                              std::size_t limit) = 0;
    /// The same over the whole log: `position > after` misses nothing (DESIGN 3, Order). An event
    /// that can't be read comes with its `defect`, so that it holds up nobody else.
    virtual std::vector<Recorded> read_all(std::int64_t after, std::size_t limit) = 0;
    /// What a follower needs to know whom to wake, without opening anything.
    struct Step {
        std::int64_t position = 0;
        StreamId stream;
        std::int16_t type = 0;
    };
    virtual std::vector<Step> read_steps(std::int64_t after, std::size_t limit) = 0;
    /// The position of the last event; 0 for an empty log.
    virtual std::int64_t head() = 0;
    /// The stream that holds it, where it is in the log.
    virtual std::optional<StreamId> stream_of(const EventId& id) = 0;
    /// The stream that a person's aliases lead to.
    virtual std::optional<StreamId> find(const Person& person) = 0;
    /// The stream and attempt that a message id was learnt with.
    struct Reference {
        StreamId stream;
        AttemptId attempt;
    };
    virtual std::optional<Reference> find_message(std::string_view wamid) = 0;
};

/// Blocks for the answer; for command-line tools and tests.
Appended append_now(Log& log, Append request);

/// The position of the last event that was recorded by a time; 0 where there is none. Blocks.
std::int64_t position_at(Log& log, Time time);

/// The same as Log::read_stream, but that an event that can't be read comes with its `defect`, as
/// the last one of a page that may be short: the end is a page without any event.
std::vector<Recorded> read_as_it_is(Log& log, const StreamId& stream, std::int32_t after,
                                    std::size_t limit);

}  // namespace events
