#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "kapso/pace.hpp"

namespace kapso {

/// The pace with a clock and a thread: every call to Kapso passes here, sends and lists alike.
class Turnstile {
    struct Core;

public:
    using Clock = std::chrono::steady_clock;

    Turnstile();
    ~Turnstile();  // closed
    Turnstile(const Turnstile&) = delete;
    Turnstile& operator=(const Turnstile&) = delete;

    /// The right to one call. Its end is to be told; may outlive the turnstile.
    class Pass {
    public:
        /// Returns how long this person has to wait before another try makes sense.
        Span answered(const net::Result& result) const;
        /// Nothing was called with it.
        void give_back() const;

    private:
        friend class Turnstile;
        Pass(std::shared_ptr<Core> core, Pace::Ticket ticket)
            : core_(std::move(core)), ticket_(ticket) {}
        std::shared_ptr<Core> core_;
        Pace::Ticket ticket_;
    };
    using Go = std::function<void(Pass)>;
    using Refuse = std::function<void(Pace::Refusal)>;

    /// Never blocks. One of both is called, once, from any thread: `go` when the send may leave,
    /// `refuse` where it never will. They must not block or throw.
    void send(const Pair& pair, std::size_t bytes, Go go, Refuse refuse);
    /// Sends that wait, and that come from now on, are refused, for a try after a restart: so their
    /// outcome is known before the process ends. What has left goes on.
    void close();
    /// As Pace::share.
    void share(int among);
    /// For a list: the right to read one page now, or when to ask again.
    std::variant<Pass, Moment> list();

    Pace::Figures figures() const;
    /// How often something was heard, by name ("409", "131056", ...), and sends refused ("paced").
    std::map<std::string, std::uint64_t> counts() const;

private:
    std::shared_ptr<Core> core_;
};

}  // namespace kapso
