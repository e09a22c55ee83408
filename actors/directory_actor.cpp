#include "actors/directory_actor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "events/names.hpp"

namespace actors {
namespace {

using Self = Directory::stateful_pointer<DirectoryShell>;
using namespace std::chrono_literals;

constexpr std::size_t homeless_limit = 10'000;  // outcomes kept for streams that aren't held
constexpr int stuck_limit = 5;                  // lives in a row, before a stream is parked
constexpr int longest_doubling = 6;             // of a rest: 64 s
constexpr std::size_t error_limit = 300;        // bytes of what is remembered of an error
constexpr auto alarm_step = 1h;                 // of what the clock waits for at a time
constexpr std::size_t unread = 50'000;          // bytes that a life counts for before it has read

struct Book {
    Self self;
    std::shared_ptr<const Surroundings> around;

    using Entry = DirectoryShell::Entry;

    bool lives(const events::StreamId& stream) const {
        return self->state.entries.contains(stream);
    }

    bool is_leaving(const events::StreamId& stream) const {
        return self->state.leaving.contains(events::slice_of(stream));
    }

    bool is_full() const {
        return self->state.entries.size() >= around->ports.conversations_limit ||
               *around->memory >= around->ports.memory_limit;
    }

    bool is_parked(const events::StreamId& stream) const {
        return self->state.parked.contains(stream);
    }
    std::shared_ptr<const std::set<std::int64_t>> skipped_in(const events::StreamId& stream) const {
        const auto known = self->state.skipped.find(stream);
        return known == self->state.skipped.end() ? nullptr : known->second;
    }
    /// When the last life ended badly a moment ago, the next one begins later, by the alarm.
    bool rests(const events::StreamId& stream) const {
        const auto failing = self->state.failures.find(stream);
        if (lives(stream) || failing == self->state.failures.end()) return false;
        if (failing->second.not_before <= around->ports.now()) return false;
        set_alarm(stream, failing->second.not_before);
        return true;
    }

    /// The actor of a stream; where there is none, one is started and told what is not settled.
    /// Null where the stream isn't for this process to decide, or is parked, or there is no room.
    Entry* entry_of(const events::StreamId& stream) const {
        const auto known = self->state.entries.find(stream);
        if (known != self->state.entries.end()) return &known->second;
        const auto epoch = around->leases->epoch(stream);
        if (!epoch || is_leaving(stream) || is_parked(stream) || is_full()) return nullptr;
        auto& entry = self->state.entries[stream];
        Place place{stream, *epoch, skipped_in(stream)};
        place.memory = std::make_shared<MemoryShare>(around->memory);
        place.memory->is(unread);
        entry.epoch = place.epoch;
        entry.woken = place.woken;
        entry.memory = place.memory;
        entry.actor =
            self->spawn(conversation_actor, place, caf::actor_cast<Directory>(self), around);
        self->monitor(entry.actor);
        self->state.streams[entry.actor.address()] = stream;
        around->residents->add(stream);
        const auto kept = self->state.outcomes.find(stream);
        if (kept != self->state.outcomes.end()) {
            for (const auto& outcome : kept->second) tell(entry, outcome);
        }
        return &entry;
    }
    void tell(Entry& entry, const auto& message) const {
        ++entry.sent;
        self->send(entry.actor, message);
    }
    void wake(const events::StreamId& stream) const {
        if (is_leaving(stream) || rests(stream)) return;
        if (auto* entry = entry_of(stream)) tell_to_wake(stream, *entry);
    }
    /// However quickly facts come, one wake-up waits in front of a life and no more.
    void tell_to_wake(const events::StreamId& stream, Entry& entry) const {
        if (!entry.woken->exchange(true)) tell(entry, WakeUp{stream});
    }

    void keep(Outcome outcome) const {
        if (!around->leases->epoch(outcome.stream) && !has_room()) return;
        if (is_parked(outcome.stream) && !is_of_send(outcome)) return;
        outcome.number = ++self->state.outcomes_numbered;
        const bool alive = lives(outcome.stream);
        self->state.outcomes[outcome.stream].push_back(outcome);
        if (rests(outcome.stream)) return;
        auto* entry = entry_of(outcome.stream);
        if (alive) tell(*entry, outcome);
    }
    /// Nothing else says what became of a send; a question is asked again.
    static bool is_of_send(const Outcome& outcome) {
        return std::holds_alternative<domain::conversation::SendDone>(*outcome.command);
    }
    /// For one more outcome of a stream that isn't held.
    bool has_room() const {
        if (++self->state.homeless <= homeless_limit) return true;
        spdlog::error(
            "an outcome is dropped, for {} wait already; its conversation is settled by evidence",
            homeless_limit);
        return false;
    }
    void pass_on(const TurnCame& turn) const {
        const auto entry = self->state.entries.find(turn.stream);
        if (entry != self->state.entries.end()) tell(entry->second, turn);
    }
    void settled(const Settled& what) const {
        const auto kept = self->state.outcomes.find(what.stream);
        if (kept == self->state.outcomes.end()) return;
        std::erase_if(kept->second, [&](const Outcome& one) { return one.number == what.number; });
        if (kept->second.empty()) self->state.outcomes.erase(kept);
    }

    /// One alarm a stream, the soonest that was asked for.
    void set_alarm(const events::StreamId& stream, events::Time time) const {
        auto& alarms = self->state.alarms;
        if (alarms.size() >= around->ports.alarms_limit && !alarms.contains(stream)) return;
        const auto [known, fresh] = alarms.emplace(stream, time);
        if (!fresh && known->second <= time) return;
        known->second = time;
        come_back({stream, time});
    }
    /// In several steps where that is long, for one that a sooner one replaces stays in the clock
    /// until its step is over.
    void come_back(const Alarm& alarm) const {
        const auto wait = alarm.time - around->ports.now();
        self->delayed_send(self, std::clamp<events::Time::duration>(wait, 0us, alarm_step), alarm);
    }
    void ring(const Alarm& alarm) const {
        const auto known = self->state.alarms.find(alarm.stream);
        if (known == self->state.alarms.end() || known->second != alarm.time) return;
        if (around->ports.now() < alarm.time) return come_back(alarm);
        self->state.alarms.erase(known);
        wake(alarm.stream);
    }

    void forget(const events::StreamId& stream) const {
        const auto entry = self->state.entries.find(stream);
        if (entry == self->state.entries.end()) return;
        self->state.streams.erase(entry->second.actor.address());
        entry->second.memory->is(0);  // timers may keep what is left of the actor for a while
        self->state.entries.erase(entry);
        around->residents->remove(stream);
    }

    bool is_held(const events::StreamId& stream) const {
        return around->leases->epoch(stream).has_value();
    }

    void look_at_leases(const LeasesChanged& change) const {
        auto& state = self->state;
        // All of them and not what has changed: a request to leave may have come late.
        if (change.renewed) state.leaving = {change.closed.begin(), change.closed.end()};
        std::vector<events::StreamId> ended;
        for (const auto& [stream, entry] : state.entries) {
            if (around->leases->epoch(stream) != entry.epoch) ended.push_back(stream);
        }
        for (const auto& stream : ended) {
            end(stream);
            wake(stream);  // where it is held again, under another epoch
        }
        const auto elsewhere = [&](const auto& of) { return !is_held(of.first); };
        std::erase_if(state.alarms, elsewhere);
        std::erase_if(state.failures, elsewhere);
        std::erase_if(state.parked, elsewhere);  // who decides there finds out by itself
        if (change.renewed) drop_homeless();
    }
    /// Who decides there now settles by evidence what these would have told.
    void drop_homeless() const {
        std::size_t dropped = 0;
        for (const auto& [stream, outcomes] : self->state.outcomes) {
            if (!is_held(stream)) dropped += outcomes.size();
        }
        std::erase_if(self->state.outcomes, [&](const auto& of) { return !is_held(of.first); });
        self->state.homeless = 0;
        if (dropped == 0) return;
        spdlog::warn("{} outcomes of conversations that other processes decide now are dropped",
                     dropped);
    }

    /// Those of the slices in which no conversation is left; the others' are told to leave.
    LeftSlices leave(const std::vector<int>& slices) const {
        const std::unordered_set<int> leaving(slices.begin(), slices.end());
        auto left = leaving;
        for (auto& [stream, entry] : self->state.entries) {
            const auto slice = events::slice_of(stream);
            left.erase(slice);
            if (!leaving.contains(slice) || std::exchange(entry.leaves, true)) continue;
            tell(entry, Leave{});
        }
        self->state.leaving.insert(leaving.begin(), leaving.end());
        return {{left.begin(), left.end()}};
    }

    /// Ends the actor of a stream for good.
    void end(const events::StreamId& stream) const {
        const auto& actor = self->state.entries.at(stream).actor;
        self->demonitor(actor.address());
        // An exit for a normal reason is ignored by whoever gets it.
        self->send_exit(actor, caf::exit_reason::user_shutdown);
        forget(stream);
    }

    void let_go(const Sleep& request) const {
        const auto entry = self->state.entries.find(request.stream);
        const bool current = entry != self->state.entries.end() &&
                             entry->second.actor.address() == self->current_sender();
        if (!current || entry->second.sent != request.handled) return;
        self->state.failures.erase(request.stream);
        end(request.stream);
        if (request.until) set_alarm(request.stream, *request.until);
    }

    void ended(const caf::down_msg& down) const {
        const auto found = self->state.streams.find(down.source);
        if (found == self->state.streams.end()) return;
        const auto stream = found->second;
        forget(stream);
        const auto now = around->ports.now();
        auto& failing = self->state.failures[stream];
        failing.not_before = now + around->ports.patience.rest;
        set_alarm(stream, now + pause_after(++failing.ends));
    }
    std::chrono::milliseconds pause_after(int ends) const {
        return around->ports.patience.rest * (1 << std::min(ends, longest_doubling));
    }

    // ---- Streams that no life can take --------------------------------------------------------

    void stuck(const Stuck& how) const {
        const auto entry = self->state.entries.find(how.stream);
        const bool current = entry != self->state.entries.end() &&
                             entry->second.actor.address() == self->current_sender();
        if (!current) return;
        self->demonitor(entry->second.actor.address());
        forget(how.stream);
        auto& failing = self->state.failures[how.stream];
        ++failing.ends;
        if (++failing.stuck >= stuck_limit) return park(how);
        failing.not_before = around->ports.now() + pause_after(failing.stuck);
        set_alarm(how.stream, failing.not_before);
        spdlog::warn("conversation {} starts again: position {}: {}", how.stream.text(),
                     how.position, how.error);
    }

    void park(const Stuck& how) const {
        auto& state = self->state;
        state.failures.erase(how.stream);
        state.alarms.erase(how.stream);
        if (state.parked.size() >= around->ports.parked_limit) {
            if (state.parked_beyond++ == 0) {
                spdlog::error(
                    "more than {} conversations are parked; others are tried again and "
                    "again",
                    around->ports.parked_limit);
            }
            return;
        }
        state.parked[how.stream] = {how.stream, how.position, how.type,
                                    how.error.substr(0, error_limit), around->ports.now()};
        const auto kept = state.outcomes.find(how.stream);
        if (kept != state.outcomes.end()) {
            std::erase_if(kept->second, [](const Outcome& one) { return !is_of_send(one); });
        }
        spdlog::error(
            "conversation {} is parked, and nobody is answered there: position {}: {} "
            "(hilo parked)",
            how.stream.text(), how.position, how.error);
    }

    void acted(const events::OperatorActed& act) const {
        if (act.act == events::Act::skip) {
            const auto before = skipped_in(act.stream);
            auto now = before ? *before : std::set<std::int64_t>();
            now.insert(act.position);
            self->state.skipped[act.stream] = std::make_shared<const std::set<std::int64_t>>(now);
        }
        const auto parked = self->state.parked.find(act.stream);
        if (parked == self->state.parked.end() || parked->second.position != act.position) return;
        self->state.parked.erase(parked);
        spdlog::info("conversation {} goes on, by a person's {} of position {}", act.stream.text(),
                     events::name_of(act.act), act.position);
        wake(act.stream);
    }

    ParkedConversations list(std::size_t limit) const {
        const auto& parked = self->state.parked;
        ParkedConversations list{{}, parked.size(), self->state.parked_beyond};
        for (const auto& [stream, one] : parked) list.some.push_back(one);
        std::ranges::sort(list.some, {}, &ParkedConversation::position);
        if (list.some.size() > limit) list.some.resize(limit);
        return list;
    }
};

}  // namespace

Directory::behavior_type directory_actor(Self self, std::shared_ptr<const Surroundings> around) {
    const Book book{self, std::move(around)};
    self->set_down_handler([=](const caf::down_msg& down) { book.ended(down); });
    // Out of memory, say. Without it nothing is decided, while the leases are renewed: then rather
    // a new process, or another one.
    self->set_exception_handler([](std::exception_ptr&) -> caf::error {
        spdlog::critical("the directory of conversations failed");
        std::terminate();
    });
    return {
        [=](const WakeUp& wake) {
            book.around->residents->heard(wake.stream);
            book.wake(wake.stream);
        },
        [=](WakeAll) {
            for (auto& [stream, entry] : self->state.entries) book.tell_to_wake(stream, entry);
        },
        [=](const Alarm& alarm) { book.ring(alarm); },
        [=](const Outcome& outcome) { book.keep(outcome); },
        [=](const TurnCame& turn) { book.pass_on(turn); },
        [=](const Settled& what) { book.settled(what); },
        [=](const Sleep& request) { book.let_go(request); },
        [=](const LeasesChanged& change) { book.look_at_leases(change); },
        [=](const LeaveSlices& request) { return book.leave(request.slices); },
        [=](const Stuck& how) { book.stuck(how); },
        [=](const Acted& what) { book.acted(what.act); },
        [=](const ListParked& what) { return book.list(what.limit); },
        [=](const PersonReply& request) -> caf::result<ReplyResult> {
            if (book.is_parked(request.stream)) return ReplyResult{ReplyResult::What::parked};
            auto* entry = book.entry_of(request.stream);
            if (entry == nullptr) {
                const bool here = book.is_held(request.stream) && book.is_full();
                return ReplyResult{here ? ReplyResult::What::unavailable
                                        : ReplyResult::What::elsewhere};
            }
            ++entry->sent;
            return self->delegate(entry->actor, request);
        },
    };
}

}  // namespace actors
