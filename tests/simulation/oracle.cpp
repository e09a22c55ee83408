#include "tests/simulation/oracle.hpp"

#include <tuple>

#include "domain/credible_retry.hpp"
#include "domain/replay.hpp"
#include "events/codec.hpp"
#include "projections/message.hpp"

namespace simulation {
namespace {

using namespace events;
using Complaints = std::vector<std::string>;
using Part = std::tuple<StreamId, TurnId, int>;

enum class End { requested, to_retry, rejected, accepted, uncertain, sent, not_sent };

std::string shown(const Part& part) {
    return "part " + std::to_string(std::get<2>(part)) + " of turn " + std::get<1>(part).text();
}

/// What the log says, gathered once.
struct Told {
    std::map<std::string, std::vector<StreamId>> received;  // by wamid
    std::map<EventId, int> closings;                        // of each customer's message
    std::map<std::pair<std::string, std::string>, int> ticks;
    std::map<AttemptId, Part> attempts;
    std::map<Part, End> ends;
    std::map<std::string, std::set<StreamId>> streams;  // by phone
    std::map<EventId, const Recorded*> messages;
    std::map<EventId, Time> closed_at;
    Complaints spoke_though_silent;
    std::set<std::string> persons;  // wamids of what people of the business wrote

    explicit Told(const std::vector<Recorded>& log) {
        for (const auto& one : log) {
            recorded = &one;
            if (const auto* event = std::get_if<ConversationEvent>(&one.body)) {
                std::visit(*this, *event);
            } else if (const auto* change = changed_in(one.body)) {
                settings = domain::evolve(std::move(settings), *change);
            }
            auto& state = states[one.stream];
            state = domain::conversation::evolve(std::move(state), one);
        }
    }
    static const SettingsChanged* changed_in(const Event& event) {
        return std::get_if<SettingsChanged>(&std::get<SystemEvent>(event));
    }

    void operator()(const MessageReceived& e) {
        received[e.wamid].push_back(recorded->stream);
        closings.try_emplace(recorded->clear.id, 0);
        streams[e.phone].insert(recorded->stream);
        messages[recorded->clear.id] = recorded;
    }
    void operator()(const PersonWrote& e) {
        persons.insert(e.wamid);
        const auto& known = states[recorded->stream].known;
        const bool again =
            !e.wamid.empty() &&
            std::ranges::count(known, e.wamid, &domain::conversation::Known::wamid) > 0;
        if (e.source == Source::history || again) return;
        const bool told = !e.turn;
        const auto by = told ? credible_time(*recorded) : Time::max();
        answers[recorded->stream].push_back({recorded->version, by, told});
        for (auto& [turn, begun] : turns) {
            if (begun.stream == recorded->stream && begun.said <= by) begun.answered = true;
        }
    }
    void operator()(const ReplySuppressed& e) { close(e.answers); }
    void operator()(const SendRequested& e) {
        close(e.answers);
        const Part part{recorded->stream, e.turn, e.part};
        const auto begun = turns.try_emplace(e.turn, begun_with(e.answers));
        attempts.emplace(e.attempt, part);
        ends[part] = End::requested;
        const auto& state = states[recorded->stream];
        const auto at = recorded->clear.occurred;
        const auto held_for = std::chrono::minutes(settings.hold_minutes);
        const bool begins =
            state.person_at && (settings.hold_minutes == 0 || at < *state.person_at + held_for ||
                                begun.first->second.said <= *state.person_at);
        const bool held = begins || (state.hold_until && at < *state.hold_until);
        const bool off = !settings.chatbot_enabled || !settings.ai_enabled;
        const bool machine = e.author == "ai" || e.author == "system";
        const bool answered = begun.first->second.answered || any_read(e.answers);
        if (machine && (held || off || answered)) spoke_though_silent.push_back(shown(part));
    }
    void operator()(const SendAccepted& e) { end(e, End::accepted); }
    void operator()(const SendRejected& e) { end(e, e.retry_at ? End::to_retry : End::rejected); }
    void operator()(const SendUncertain& e) { end(e, End::uncertain); }
    void operator()(const SendSettled& e) {
        if (e.evidence.starts_with("said by") && e.retry_at) {
            turns[e.turn] = {recorded->stream, domain::credible_retry(*recorded, *e.retry_at)};
        }
        const bool again = recorded->clear.counts.front() == 2;
        end(e, e.sent ? End::sent : again ? End::to_retry : End::not_sent);
    }
    void operator()(const MessageSent& e) { ++ticks[{e.wamid, "sent"}]; }
    void operator()(const MessageDelivered& e) { ++ticks[{e.wamid, "delivered"}]; }
    void operator()(const MessageRead& e) { ++ticks[{e.wamid, "read"}]; }
    void operator()(const MessageFailed& e) { ++ticks[{e.wamid, "failed"}]; }
    void operator()(const auto&) {}

private:
    struct Begun {  // a turn whose first part was committed
        StreamId stream;
        Time said;              // the newest of what it answers
        bool answered = false;  // by a person, since
    };
    struct Answered {  // by a person
        std::int32_t version;
        Time by;    // what was said until then
        bool told;  // by the provider, by whose clock that is
    };
    Begun begun_with(const std::vector<EventId>& asks) {
        Begun begun{recorded->stream, Time::min()};
        std::int32_t version = 0;
        for (const auto& id : asks) {
            const auto message = messages.find(id);
            if (message == messages.end()) continue;
            begun.said = std::max(begun.said, credible_time(*message->second));
            version = std::max(version, message->second->version);
        }
        if (begun.said == Time::min()) begun.said = recorded->recorded;
        begun.answered = std::ranges::any_of(answers[begun.stream], [&](const Answered& one) {
            return version > 0 && one.version > version && begun.said <= one.by;
        });
        return begun;
    }
    /// By a person of whom the provider told, whenever it told of what he had read.
    bool any_read(const std::vector<EventId>& asks) const {
        const auto persons = answers.find(recorded->stream);
        return persons != answers.end() && std::ranges::any_of(asks, [&](const EventId& id) {
                   const auto message = messages.find(id);
                   return message != messages.end() &&
                          std::ranges::any_of(persons->second, [&](const Answered& one) {
                              return one.told && credible_time(*message->second) <= one.by;
                          });
               });
    }
    void close(const std::vector<EventId>& answers) {
        for (const auto& id : answers) {
            ++closings[id];
            closed_at[id] = recorded->recorded;
        }
    }
    void end(const auto& e, End how) {
        const auto part = attempts.find(e.attempt);
        if (part != attempts.end()) ends[part->second] = how;
    }

    const Recorded* recorded = nullptr;
    domain::Settings settings;
    std::map<TurnId, Begun> turns;
    std::map<StreamId, std::vector<Answered>> answers;
    std::map<StreamId, domain::conversation::State> states;
};

// ---- One function a promise -------------------------------------------------------------------

void p1_durable(World& world, const Told& told, Complaints& out) {
    for (const auto& [wamid, acknowledged] : world.kapso().customers()) {
        if (acknowledged && !told.received.contains(wamid)) {
            out.push_back("P1 durable: " + wamid + " was answered 200 and is not in the log");
        }
    }
    const auto is_kept = [&](const std::string& wamid) {
        return std::ranges::any_of(world.kept().bodies, [&](const auto& one) {
            return one.second.find('"' + wamid + '"') != std::string::npos;
        });
    };
    for (const auto& tick : world.kapso().told_ticks()) {
        if (!told.ticks.contains(tick) && !is_kept(tick.first)) {
            out.push_back("P1 durable: " + tick.second + " of " + tick.first +
                          " was answered 200 and is nowhere");
        }
    }
}

void p2_once_in(World& world, const Told& told, Complaints& out) {
    for (const auto& [wamid, streams] : told.received) {
        if (streams.size() > 1) out.push_back("P2 once in: " + wamid + " is several events");
    }
    for (const auto& [tick, times] : told.ticks) {
        if (times < 2) continue;
        out.push_back("P2 once in: " + tick.second + " of " + tick.first + " is several events");
    }
    for (const auto& [phone, streams] : told.streams) {
        if (streams.size() > 1) out.push_back("P2 once in: " + phone + " has several streams");
    }
    for (const auto& [wamid, acknowledged] : world.kapso().customers()) {
        if (!told.received.contains(wamid)) {
            out.push_back("P2 once in: " + wamid + " was never taken in, not by the backfill");
        }
    }
}

bool must_be_accepted(End end) { return end == End::accepted || end == End::sent; }
bool must_not_be_accepted(End end) { return end == End::rejected || end == End::not_sent; }

void p3_once_out(World& world, const Told& told, Complaints& out) {
    std::map<Part, int> accepted;
    for (const auto& [part, end] : told.ends) accepted[part] = 0;
    for (const auto& sent : world.kapso().accepted()) {
        const auto mark = PlainKeys().read_send_mark(sent.mark);
        const auto part = mark ? told.attempts.find(mark->attempt) : told.attempts.end();
        if (part == told.attempts.end()) {
            out.push_back("P3 once out: " + sent.wamid + " was sent without an intent");
        } else {
            ++accepted[part->second];
        }
        if (told.persons.contains(sent.wamid)) {
            out.push_back("P3 once out: " + sent.wamid + ", our own, is taken for a person's");
        }
    }
    for (const auto& [part, times] : accepted) {
        const auto end = told.ends.at(part);
        const auto count = " (accepted " + std::to_string(times) + " times)";
        if (times > 1) out.push_back("P3 once out: " + shown(part) + " went out twice" + count);
        if (must_be_accepted(end) && times != 1) {
            out.push_back("P3 once out: " + shown(part) + " counts as sent" + count);
        }
        if (must_not_be_accepted(end) && times != 0) {
            out.push_back("P3 once out: " + shown(part) + " counts as not sent" + count);
        }
        if (end == End::requested || end == End::to_retry) {
            out.push_back("P3 once out: nothing came of " + shown(part) + count);
        }
    }
}

/// The longest debounce, the slowest answer, and a little.
constexpr auto in_time = std::chrono::seconds(35);

void p4_accounted(World& world, const Told& told, Complaints& out) {
    for (const auto& [id, closed] : told.closed_at) {
        const auto* message = told.messages.at(id);
        if (message->position <= world.quiet_position()) continue;
        if (closed - message->recorded <= in_time) continue;
        out.push_back("P4 accounted: message " + id.text() + " was left lying, for nobody woke");
    }
    for (const auto& [id, times] : told.closings) {
        if (times == 1) continue;
        out.push_back("P4 accounted: message " + id.text() + " was closed " +
                      std::to_string(times) + " times");
    }
}

void p5_in_order(World& world, const Told& told, Complaints& out) {
    std::map<std::pair<StreamId, TurnId>, int> last;
    for (const auto& sent : world.kapso().accepted()) {
        const auto mark = PlainKeys().read_send_mark(sent.mark);
        const auto part = mark ? told.attempts.find(mark->attempt) : told.attempts.end();
        if (part == told.attempts.end()) continue;
        const auto& [stream, turn, number] = part->second;
        auto& before = last[{stream, turn}];
        if (number != before + 1) {
            out.push_back("P5 in order: " + shown(part->second) + " came after part " +
                          std::to_string(before));
        }
        before = std::max(before, number);
    }
    for (const auto& one : world.tables().went_back) out.push_back("P5 in order: " + one);
}

/// What is shown is the furthest that the provider told.
void p5_shown(World& world, const Told& told, Complaints& out) {
    for (const auto& row : world.tables().stored.all<projections::Message>()) {
        if (!row.status || !row.message_id || !row.attempt) continue;
        for (const auto& [name, status] : {std::pair("sent", domain::Delivery::sent),
                                           std::pair("delivered", domain::Delivery::delivered),
                                           std::pair("read", domain::Delivery::read),
                                           std::pair("failed", domain::Delivery::failed)}) {
            if (*row.status >= status || !told.ticks.contains({*row.message_id, name})) continue;
            out.push_back("P5 in order: " + *row.message_id + " was " + name + " and shows less");
        }
    }
}

/// The machine commits no intent while a person holds, or while it is switched off.
void gates(const Told& told, Complaints& out) {
    for (const auto& part : told.spoke_though_silent) {
        out.push_back("gates: " + part + " was committed though the machine had to be silent");
    }
}

void p7_rebuild(World& world, Complaints& out) {
    for (const auto& projection : projections::all_projections()) {
        const std::string name(projection.name);
        auto& live = world.tables().stored;
        const auto at = live.checkpoint(projection, projections::Copy::live).position;
        if (at != world.database().head()) {
            out.push_back("P7 rebuild: " + name + " stopped following at " + std::to_string(at));
        }
        for (const auto& parked : live.parked(projection, projections::Copy::live)) {
            out.push_back("P7 rebuild: " + name + " parked a stream: " + parked.error);
        }
        testing_projections::MemoryViews rebuilt;
        testing_projections::follow(world.database().all(), rebuilt, projection, 37);
        if (rebuilt.content(projection) != live.content(projection)) {
            out.push_back("P7 rebuild: " + name + " differs from the live tables");
        }
    }
}

/// Every decision about a reply is made again from the log alone, and is the one that was logged.
void p9_again(World& world, Complaints& out) {
    using domain::conversation::Replay;
    const auto log = world.database().all();
    std::map<std::int32_t, domain::Settings> editions{{0, {}}};
    std::map<StreamId, Replay> replays;
    const auto settings = [&](std::int32_t version) { return editions.at(version); };
    const auto compare = [&](const domain::conversation::Replayed& step) {
        const auto where =
            "P9 replayed: position " + std::to_string(step.decided.front().position) + ": ";
        if (!step.not_known.empty()) out.push_back(where + step.not_known);
        for (const auto& one : step.differences) {
            out.push_back(where + one.rule + ", " + one.field + " was " + one.logged + ", is " +
                          one.now);
        }
    };
    for (const auto& one : log) {
        if (const auto* system = std::get_if<SystemEvent>(&one.body)) {
            if (const auto* change = std::get_if<SettingsChanged>(system)) {
                editions[one.version] = domain::evolve(editions.rbegin()->second, *change);
            }
            continue;
        }
        replays.try_emplace(one.stream, settings, compare).first->second.take(one);
    }
    for (auto& [stream, replay] : replays) replay.end();
}

/// Reading the log once more, by tables and by fresh processes, does nothing to the world.
void p6_silent(World& world, Complaints& out) {
    const auto sent = world.kapso().requests(), asked = world.model().asked();
    const auto head = world.database().head();
    world.restart_all();
    if (world.kapso().requests() != sent) out.push_back("P6 silent: a restart sent something");
    if (world.model().asked() != asked) out.push_back("P6 silent: a restart asked a model");
    if (world.database().head() != head) out.push_back("P6 silent: a restart decided something");
}

}  // namespace

Complaints broken_promises(World& world) {
    const Told told(world.database().all());
    Complaints out;
    p1_durable(world, told, out);
    p2_once_in(world, told, out);
    p3_once_out(world, told, out);
    p4_accounted(world, told, out);
    p5_in_order(world, told, out);
    p5_shown(world, told, out);
    gates(told, out);
    p7_rebuild(world, out);
    p9_again(world, out);
    p6_silent(world, out);
    return out;
}

Complaints run_history(std::uint64_t seed) {
    World world(seed);
    world.run();
    return broken_promises(world);
}

std::string told_history(std::uint64_t seed) {
    World world(seed, true);
    std::string out;
    Complaints broken;
    try {
        world.run();
        broken = broken_promises(world);
    } catch (const std::exception& error) {
        broken.push_back(error.what());
    }
    for (const auto& line : world.env().trace.lines) out += line + "\n";
    out += "---- the log ----\n";
    for (const auto& one : world.database().all()) {
        out += std::to_string(one.position) + " " + iso8601(one.recorded).substr(11, 12) + " " +
               one.stream.text().substr(0, 8) + " " + std::to_string(one.version) + " " +
               std::string(type_of(one.body).name) + " " + one.clear.id.text() + " " +
               encode(one.body).substr(0, 400) + "\n";
    }
    for (const auto& one : broken) out += "BROKEN  " + one + "\n";
    return out;
}

}  // namespace simulation
