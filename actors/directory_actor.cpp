#include "actors/directory_actor.hpp"

#include <algorithm>

namespace actors {
namespace {

using Self = Directory::stateful_pointer<DirectoryShell>;
using namespace std::chrono_literals;

struct Book {
    Self self;
    std::shared_ptr<const Surroundings> around;

    /// The actor of a stream, started where there is none; one more message goes to it.
    Conversation& to(const events::StreamId& stream) const {
        auto& entry = self->state.entries[stream];
        if (!entry.actor) {
            entry.actor =
                self->spawn(conversation_actor, stream, caf::actor_cast<Directory>(self), around);
            self->monitor(entry.actor);
            self->state.streams[entry.actor.address()] = stream;
        }
        ++entry.sent;
        return entry.actor;
    }

    void forget(const events::StreamId& stream) const {
        const auto entry = self->state.entries.find(stream);
        if (entry == self->state.entries.end()) return;
        self->state.streams.erase(entry->second.actor.address());
        self->state.entries.erase(entry);
    }

    void let_go(const Sleep& request) const {
        const auto entry = self->state.entries.find(request.stream);
        const bool current = entry != self->state.entries.end() &&
                             entry->second.actor.address() == self->current_sender();
        if (!current || entry->second.sent != request.handled) return;
        self->demonitor(entry->second.actor.address());
        self->send_exit(entry->second.actor, caf::exit_reason::normal);
        self->state.failures.erase(request.stream);
        forget(request.stream);
        if (request.until) {
            const auto wait = *request.until - around->ports.now();
            self->delayed_send(self, std::max<std::chrono::nanoseconds>(wait, 0ns),
                               WakeUp{request.stream});
        }
    }

    void ended(const caf::down_msg& down) const {
        const auto found = self->state.streams.find(down.source);
        if (found == self->state.streams.end()) return;
        const auto stream = found->second;
        forget(stream);
        const int failures = std::min(++self->state.failures[stream], 6);
        self->delayed_send(self, 1s * (1 << failures), WakeUp{stream});
    }
};

}  // namespace

Directory::behavior_type directory_actor(Self self, std::shared_ptr<const Surroundings> around) {
    const Book book{self, std::move(around)};
    self->set_down_handler([=](const caf::down_msg& down) { book.ended(down); });
    return {
        [=](const WakeUp& wake) { self->send(book.to(wake.stream), wake); },
        [=](WakeAll) {
            for (auto& [stream, entry] : self->state.entries) {
                ++entry.sent;
                self->send(entry.actor, WakeUp{stream});
            }
        },
        [=](const Outcome& outcome) { self->send(book.to(outcome.stream), outcome); },
        [=](const Sleep& request) { book.let_go(request); },
        [=](const PersonReply& request) {
            return self->delegate(book.to(request.stream), request);
        },
    };
}

}  // namespace actors
