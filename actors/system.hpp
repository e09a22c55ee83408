#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/leases.hpp"
#include "actors/ports.hpp"
#include "actors/settings_book.hpp"

/// The only public face of the actors: plain values and callbacks, no CAF.
namespace actors {

/// What became of a person's reply.
struct ReplyResult {
    /// `elsewhere`: this process doesn't decide for that conversation now. `parked`: nobody does,
    /// until a person acts.
    enum class What { accepted, repeated, other_content, rejected, unavailable, elsewhere, parked };
    What what = What::unavailable;
    domain::conversation::Rejection why{};  // where it was rejected
    std::int64_t position = 0;
};

/// The name under which persons act on parked conversations, beside the projections'.
inline constexpr std::string_view conversations_consumer = "conversations";

/// A conversation that is left alone, for its lives ended badly five times in a row.
struct ParkedConversation {
    events::StreamId stream;
    std::int64_t position = 0;  // of the event that it can't take, or of the last one that it took
    std::int16_t type = 0;      // of that event
    std::string error;
    events::Time since;
};
struct ParkedConversations {
    std::vector<ParkedConversation> some;
    std::size_t count = 0;     // of all that are remembered
    std::uint64_t beyond = 0;  // how often one more wasn't, which is tried again when it is woken
};

/// All conversations of this process: their actors, and the follower that wakes them.
class System {
public:
    /// `leases` say for which streams actors are started, and fence every decision (DESIGN 3,
    /// Several processes). They, `settings` and what `ports` refers to must outlive this.
    System(Ports ports, SettingsBook& settings, Leases& leases);
    /// Takes no new work, waits a bounded time for appends in flight, and ends every actor. What
    /// the outside answers afterwards is dropped.
    ~System();

    /// Follows the log behind `position`, waking each conversation that something happened to,
    /// refreshing the settings when they change, and heeding what persons say about parked
    /// conversations, also what they said before. Throws where the store is away: then it is to be
    /// called again.
    void follow(std::int64_t position);
    /// There is more to follow. Cheap; from any thread.
    void committed();

    /// Other leases may be held now: conversations of slices that were lost end. `renewed` where
    /// the database has just said which: then nothing is begun in those that are `closed`, and
    /// something again in all others that were left (`leave`).
    void leases_changed(bool renewed, std::vector<int> closed = {});
    /// Begins nothing more in these slices, and waits there for nothing but what became of what is
    /// being sent. Returns those in which nothing is left; the others may be asked about again.
    std::vector<int> leave(const std::vector<int>& slices);

    /// See what this conversation wants now. From any thread; nothing comes of it where the slice
    /// isn't held. Waits, for 50 ms at most, while too many are in memory.
    void wake(const events::StreamId& stream);
    /// A person's Reply or Judge; `done` comes once, on another thread.
    void reply(const events::StreamId& stream, domain::conversation::Command command,
               std::function<void(ReplyResult)> done);

    /// The conversations that this process has parked, at most `limit` of them. Waits for a second
    /// at most; throws std::runtime_error where no answer comes.
    ParkedConversations parked(std::size_t limit) const;

    /// The position up to which conversations have been woken.
    std::int64_t followed() const;
    /// How often a decision met so many conflicts that it was put off.
    std::uint64_t given_up() const;
    /// How many actors live: a few that serve all, and one for each conversation in memory.
    std::size_t actors() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace actors
