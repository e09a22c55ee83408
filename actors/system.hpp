#pragma once

#include <functional>
#include <memory>

#include "actors/ports.hpp"
#include "actors/settings_book.hpp"

/// The only public face of the actors: plain values and callbacks, no CAF.
namespace actors {

/// What became of a person's reply.
struct ReplyResult {
    enum class What { accepted, repeated, other_content, rejected, unavailable };
    What what = What::unavailable;
    domain::conversation::Rejection why{};  // where it was rejected
    std::int64_t position = 0;
};

/// All conversations of this process: their actors, and the follower that wakes them.
class System {
public:
    /// `epoch` fences every decision (DESIGN 3, Several processes). `settings` and what `ports`
    /// refers to must outlive this.
    System(Ports ports, SettingsBook& settings, std::int64_t epoch);
    /// Takes no new work, waits a bounded time for appends in flight, and ends every actor. What
    /// the outside answers afterwards is dropped.
    ~System();

    /// Follows the log behind `position`, waking each conversation that something happened to, and
    /// refreshing the settings when they change. Called once.
    void follow(std::int64_t position);
    /// There is more to follow. Cheap; from any thread.
    void committed();

    /// See what this conversation wants now. From any thread.
    void wake(const events::StreamId& stream);
    /// A person's reply; `done` comes once, on another thread.
    void reply(const events::StreamId& stream, domain::conversation::Reply reply,
               std::function<void(ReplyResult)> done);

    /// The position up to which conversations have been woken.
    std::int64_t followed() const;
    /// True once an append was refused because another process decides now.
    bool fenced() const;
    /// How often a decision met so many conflicts that it was put off.
    std::uint64_t given_up() const;
    /// How many actors live: a few that serve all, and one for each conversation in memory.
    std::size_t actors() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace actors
