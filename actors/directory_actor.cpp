#include "actors/directory_actor.hpp"

#include <algorithm>

namespace actors {
namespace {

using Self = Directory::stateful_pointer<DirectoryShell>;
using namespace std::chrono_literals;

struct Book {
    Self self;
    std::shared_ptr<const Surroundings> around;

    using Entry = DirectoryShell::Entry;

    bool lives(const events::StreamId& stream) const {
        return self->state.entries.contains(stream);
    }

    /// The actor of a stream; where there is none, one is started and told what is not settled.
    Entry& entry_of(const events::StreamId& stream) const {
        auto& entry = self->state.entries[stream];
        if (entry.actor) return entry;
        entry.actor =
            self->spawn(conversation_actor, stream, caf::actor_cast<Directory>(self), around);
        self->monitor(entry.actor);
        self->state.streams[entry.actor.address()] = stream;
        const auto kept = self->state.outcomes.find(stream);
        if (kept != self->state.outcomes.end()) {
            for (const auto& outcome : kept->second) tell(entry, outcome);
        }
        return entry;
    }
    void tell(Entry& entry, const auto& message) const {
        ++entry.sent;
        self->send(entry.actor, message);
    }
    void wake(const events::StreamId& stream) const { tell(entry_of(stream), WakeUp{stream}); }

    void keep(Outcome outcome) const {
        outcome.number = ++self->state.outcomes_numbered;
        const bool alive = lives(outcome.stream);
        self->state.outcomes[outcome.stream].push_back(outcome);
        auto& entry = entry_of(outcome.stream);
        if (alive) tell(entry, outcome);
    }
    void settled(const Settled& what) const {
        const auto kept = self->state.outcomes.find(what.stream);
        if (kept == self->state.outcomes.end()) return;
        std::erase_if(kept->second, [&](const Outcome& one) { return one.number == what.number; });
        if (kept->second.empty()) self->state.outcomes.erase(kept);
    }

    /// One alarm a stream, the soonest that was asked for.
    void set_alarm(const events::StreamId& stream, events::Time time) const {
        const auto [known, fresh] = self->state.alarms.emplace(stream, time);
        if (!fresh && known->second <= time) return;
        known->second = time;
        const auto wait = time - around->ports.now();
        self->delayed_send(self, std::max<std::chrono::nanoseconds>(wait, 0ns),
                           Alarm{stream, time});
    }
    void ring(const Alarm& alarm) const {
        const auto known = self->state.alarms.find(alarm.stream);
        if (known == self->state.alarms.end() || known->second != alarm.time) return;
        self->state.alarms.erase(known);
        wake(alarm.stream);
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
        // An exit for a normal reason is ignored by whoever gets it.
        self->send_exit(entry->second.actor, caf::exit_reason::user_shutdown);
        self->state.failures.erase(request.stream);
        forget(request.stream);
        if (request.until) set_alarm(request.stream, *request.until);
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
        [=](const WakeUp& wake) { book.wake(wake.stream); },
        [=](WakeAll) {
            for (auto& [stream, entry] : self->state.entries) book.tell(entry, WakeUp{stream});
        },
        [=](const Alarm& alarm) { book.ring(alarm); },
        [=](const Outcome& outcome) { book.keep(outcome); },
        [=](const Settled& what) { book.settled(what); },
        [=](const Sleep& request) { book.let_go(request); },
        [=](const PersonReply& request) {
            auto& entry = book.entry_of(request.stream);
            ++entry.sent;
            return self->delegate(entry.actor, request);
        },
    };
}

}  // namespace actors
