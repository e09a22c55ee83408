#include "tests/simulation/process.hpp"

#include "projections/queries.hpp"

namespace simulation {
namespace {

using namespace std::chrono_literals;

constexpr Span look_again = 3s;           // as in cli/decider
constexpr Span sweep = 60s, ahead = 90s;  // as in cli/decider
constexpr Span poll = 250ms, pause = 1s;  // as in actors/follower

}  // namespace

bool KeptBodies::keep(const crypto::Uuid& id, std::string_view, std::string_view body) {
    return bodies.emplace(id, body).second;
}

std::optional<std::string> KeptBodies::read(const crypto::Uuid& id) {
    const auto found = bodies.find(id);
    return found == bodies.end() ? std::nullopt : std::optional(found->second);
}

Life::Life(Surround around, int number)
    : around_(around),
      number_(number),
      host_(around.env),
      log_(around.env, host_, around.database, around.committed),
      settings_(log_),
      intake_(log_, keys_, around.kept,
              {"line", events::Source::webhook, false,
               [this](std::function<void()> job) {
                   host_.after(1ms, [this, job] { log_.blocking(job); });
                   return true;
               }}),
      leases_([&env = around.env] { return env.timeline.now().time_since_epoch(); }) {
    host_.after(10ms, [this] { tend(); });
}

actors::Ports Life::ports() {
    auto& env = around_.env;
    return {
        .log = log_,
        .keys = keys_,
        .ask =
            [this](ai::Call call, std::function<void(ai::Result)> done) {
                around_.model.ask(host_, call, std::move(done));
            },
        .send = [this](kapso::Outgoing message,
                       Kapso::Done done) { around_.kapso.send(host_, message, std::move(done)); },
        .look_up = [this](actors::ListQuery query,
                          std::function<void(bool)> done) { look_up(query, std::move(done)); },
        .now = [this] { return now(); },
        .new_id = [this, &env] { return env.random.timed(now()); },
        .providers_with_key = {"deepseek"},
        .default_line = "line"};
}

events::Time Life::now() {
    const auto& timeline = around_.env.timeline;
    return clock_.at(timeline.wall(), timeline.now().time_since_epoch());
}

void Life::take(const Webhook& webhook, std::function<void(bool)> answer) {
    intake_.take(webhook.body, webhook.headers,
                 [this, answer = std::move(answer)](const auto& got) {
                     const bool stored = got.stored;
                     host_.after(around_.env.random.span(1ms, 3s), [=] { answer(stored); });
                 });
}

/// One page holds all, for what pages break is not simulated.
intake::Backfill Life::backfill_of(const std::string& phone) {
    return {intake_, [this, phone](const kapso::Listing& listing, const std::string&) {
                auto& env = around_.env;
                if (env.strikes(env.plan.send_faults)) {
                    return kapso::History::Page(kapso::History::Failed{"503"});
                }
                return kapso::History::Page(kapso::read_message_list(
                    around_.kapso.list(phone, listing.since), listing.line));
            }};
}

void Life::backfill() {
    log_.blocking([this] { backfill_of("").take("line", {}, around_.env.timeline.wall()); });
}

void Life::look_up(const actors::ListQuery& query, std::function<void(bool)> done) {
    auto& env = around_.env;
    host_.after(env.random.span(10ms, 2s), [=, this, &env, done = std::move(done)] {
        std::optional<events::Time> back_to;
        log_.blocking([&] { back_to = backfill_of(query.to).outbound(query.line, query.since); });
        const bool complete = back_to && *back_to <= query.since;
        host_.after(env.random.span(1ms, 100ms), [=] { done(complete); });
    });
}

void Life::tend() {
    host_.after(look_again, [this] { tend(); });
    if (crew_ && around_.env.timeline.now() >= next_sweep_) wake_open_work();
    try {
        settings_.refresh();
        if (!crew_) start_crew();
        renew();
    } catch (const std::exception&) {
        if (crew_) crew_->leases_changed(false, {});
    }
}

/// It may fail on its way there, or on its way back.
void Life::renew() {
    auto& env = around_.env;
    const auto asked = leases_.now();
    const auto way = env.random.span(1ms, 500ms);
    const auto answer = std::make_shared<std::optional<db::Leases>>();
    const bool lost = env.strikes(env.plan.commit_faults);
    env.timeline.after(
        way, [=, &env, &database = around_.database, number = number_, given = give_back_] {
            if (!env.database_is_away()) *answer = database.renew(number, given);
        });
    host_.after(2 * way, [=, this] {
        if (*answer && !lost) return renewed(**answer, asked);
        crew_->leases_changed(false, {});
    });
}

void Life::renewed(const db::Leases& leases, std::chrono::nanoseconds asked) {
    const auto given = std::exchange(give_back_, {});
    const bool any_new = leases_.renewed(leases.held, asked);
    around_.env.tell([&] {
        return "life " + std::to_string(number_) + " holds " + std::to_string(leases.held.size()) +
               " slices of " + std::to_string(leases.deciders);
    });
    crew_->leases_changed(true, given);
    if (any_new) take_up(around_.database.head());
    const auto share = (Database::slices + leases.deciders - 1) / leases.deciders;
    std::vector<int> surplus;
    for (const auto& one : leases.held) {
        if (std::cmp_greater_equal(&one - leases.held.data(), share)) surplus.push_back(one.slice);
    }
    if (surplus.empty()) return;
    crew_->leave(surplus, [this](std::vector<int> left) {
        leases_.drop(left);
        give_back_ = std::move(left);
    });
}

void Life::start_crew() {
    const auto head = log_.head();
    for (const auto& last : log_.read_all(head - 1, 1)) {
        clock_.reach(last.recorded, around_.env.timeline.now().time_since_epoch());
    }
    crew_ = std::make_unique<Crew>(around_.env, ports(), settings_, leases_, head);
}

void Life::take_up(std::int64_t head) {
    const auto* open_work = projections::projection_named("open_work");
    const auto at = around_.tables.stored.checkpoint(*open_work, projections::Copy::live).position;
    if (at >= head) return wake_open_work();
    host_.after(20ms, [this, head] { take_up(head); });
}

void Life::wake_open_work() {
    const auto until = now() + ahead;
    try {
        for (const auto& one : projections::due_work(around_.tables, until, std::nullopt, 1'000)) {
            crew_->wake(one.stream);
        }
        next_sweep_ = around_.env.timeline.now() + sweep;
    } catch (const std::exception&) {
        next_sweep_ = around_.env.timeline.now() + look_again;
    }
}

void Life::reply(domain::conversation::Reply reply) {
    const auto& all = around_.database.all();
    if (!crew_ || all.empty()) return;
    const auto& stream = all[around_.env.random.below(all.size())].stream;
    if (stream.bytes[6] != 0) crew_->reply(stream, std::move(reply));
}

/// The follower of the actors and those of the tables, each at its own time. What one commit tells
/// is told by the next one too, so that one at a time is enough.
void Life::news() {
    if (std::exchange(following_, true)) return;
    host_.after(around_.env.random.span(1ms, poll), [this] { follow(); });
}

void Life::follow() {
    following_ = false;
    try {
        bool more = crew_ && crew_->follow();
        for (const auto& projection : projections::all_projections()) {
            projections::Follower follower(log_, around_.tables, projection,
                                           projections::Copy::live,
                                           around_.env.random.chance(30) ? 1 : 100);
            more = follower.step() != projections::Follower::Step::nothing || more;
        }
        if (more) news();
    } catch (const std::exception&) {
        following_ = true;
        host_.after(pause, [this] { follow(); });
    }
}

}  // namespace simulation
