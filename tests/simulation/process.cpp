#include "tests/simulation/process.hpp"

#include <algorithm>

#include "projections/queries.hpp"

namespace simulation {
namespace {

using namespace std::chrono_literals;

// As in cli/decider.
constexpr Span renewal = 3s, after_failure = 1s, short_poll = 50ms;
constexpr Span sweep = 60s, ahead = 90s;
constexpr Span poll = 250ms, pause = 1s;  // as in actors/follower

}  // namespace

bool KeptBodies::keep(const crypto::Uuid& id, std::string_view, std::string_view body) {
    const auto fails = [&] {
        if (env_.database_is_away() || env_.strikes(env_.plan.commit_faults)) {
            throw std::runtime_error("a body is not kept, or nobody knows");
        }
    };
    fails();
    const bool fresh = bodies.emplace(id, body).second;
    fails();
    return fresh;
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

Life::~Life() {
    crew_.reset();
    log_.drop();
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
        .turn =
            [this](const actors::TurnWanted& wanted, std::function<void(kapso::Turn)> have) {
                around_.kapso.turn(host_, wanted.to, std::move(have));
            },
        .look_up = [this](actors::ListQuery query,
                          std::function<void(Listed)> done) { look_up(query, std::move(done)); },
        .now = [this] { return now(); },
        .new_id = [this, &env] { return env.random.timed(now()); },
        .providers_with_key = {"deepseek"},
        .default_line = "line",
        .reach = [this](events::Time recorded) { reach(recorded); },
        .wall = [&env] { return env.timeline.wall(); }};
}

events::Time Life::now() {
    const auto& timeline = around_.env.timeline;
    return clock_.at(timeline.wall(), timeline.now().time_since_epoch());
}

void Life::reach(events::Time recorded) {
    clock_.reach(recorded, around_.env.timeline.now().time_since_epoch());
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

void Life::look_up(const actors::ListQuery& query, std::function<void(Listed)> done) {
    auto& env = around_.env;
    const auto first = first_asked_.emplace(query.attempt, env.timeline.now()).first->second;
    host_.after(env.random.span(10ms, 2s), [=, this, &env, done = std::move(done)] {
        auto listed = Listed::early;
        log_.blocking([&] {
            if (env.timeline.now() - first >= domain::conversation::settling_time) {
                listed = Listed::unread;
            }
            const auto seen = backfill_of(query.names.front()).outbound(query.line, query.since);
            try {
                const bool complete = seen.is_complete(query.since, query.stream) &&
                                      intake::lead_to(log_, query.line, query.names, query.stream);
                if (complete && listed != Listed::early) listed = Listed::all;
            } catch (const std::exception&) {
                // Nobody knows.
            }
        });
        host_.after(env.random.span(1ms, 100ms), [=] { done(listed); });
    });
}

// ---- As cli/decider, whose thread this is -----------------------------------------------------

void Life::tend() {
    const auto now = around_.env.timeline.now();
    try {
        if (!crew_) start_crew();
        if (now >= renew_at_) renew();
        leave_surplus();
        sweep_when_folded();
    } catch (const std::exception&) {
        renew_at_ = std::max(renew_at_, now + after_failure);
        return host_.after(after_failure, [this] { tend(); });
    }
    const bool soon = fold_to_ || share_.leaves();
    const auto next = soon ? std::min(now + short_poll, renew_at_) : std::min(renew_at_, sweep_at_);
    host_.after(std::max(next - now, Span(1ms)), [this] { tend(); });
}

void Life::start_crew() {
    const auto head = log_.head();
    for (const auto& last : log_.read_all(head - 1, 1)) reach(last.recorded);
    crew_ = std::make_unique<Crew>(around_.env, ports(), settings_, leases_, head);
    sweep_at_ = around_.env.timeline.now() + sweep;
}

/// It may fail on its way there, or on its way back; the thread waits for it.
void Life::renew() {
    auto& env = around_.env;
    renew_at_ = env.timeline.now() + renewal;
    settings_.refresh();
    const auto asked = leases_.now();
    const auto way = env.random.span(1ms, 500ms);
    const auto given = share_.to_give_back();
    const auto answer = std::make_shared<std::optional<db::Leases>>();
    const bool lost = env.strikes(env.plan.commit_faults);
    env.timeline.after(way, [=, &env, &database = around_.database, number = number_] {
        if (!env.database_is_away()) *answer = database.renew(number, given);
    });
    host_.after(2 * way, [=, this] {
        if (*answer && !lost) return renewed(given, **answer, asked);
        crew_->leases_changed(false, {});
    });
}

void Life::renewed(const std::vector<int>& given_back, const db::Leases& leases,
                   std::chrono::nanoseconds asked) {
    const bool any_new = leases_.renewed(leases.held, asked);
    around_.env.tell([&] {
        return "life " + std::to_string(number_) + " holds " + std::to_string(leases.held.size()) +
               " slices of " + std::to_string(leases.deciders);
    });
    share_.renewed(given_back, leases_.slices(), leases.deciders);
    crew_->leases_changed(true, share_.closed());
    if (any_new) fold_to_ = around_.database.head();
}

void Life::leave_surplus() {
    const auto now = leases_.now();
    const auto leaving = share_.leave(leases_.slices(), now);
    if (leaving.empty()) return;
    if (share_.waited_enough(now)) return left(leaving);
    crew_->leave(leaving, [this](const std::vector<int>& slices) { left(slices); });
}

void Life::left(const std::vector<int>& slices) {
    const auto left = share_.left(slices);
    leases_.drop(left);
    if (!left.empty() && !share_.leaves()) renew_at_ = around_.env.timeline.now();
}

void Life::sweep_when_folded() {
    const auto* open_work = projections::projection_named("open_work");
    const auto folded = [&] {
        return around_.tables.checkpoint(*open_work, projections::Copy::live).position;
    };
    const auto now = around_.env.timeline.now();
    if (fold_to_ ? folded() < *fold_to_ : now < sweep_at_) return;
    const auto until = this->now() + ahead;
    for (const auto& one : projections::due_work(around_.tables, until, std::nullopt, 1'000)) {
        crew_->wake(one.stream);
    }
    fold_to_.reset();
    sweep_at_ = now + sweep;
}

// ---- What else it is asked --------------------------------------------------------------------

void Life::command(const events::StreamId& stream, domain::conversation::Command command) {
    if (crew_) crew_->reply(stream, std::move(command));
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
