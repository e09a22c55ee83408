#include "tests/simulation/world.hpp"

#include <algorithm>

namespace simulation {
namespace {

using namespace std::chrono_literals;

/// Longer than any hold, retry, look and settling of the settings that are chosen here.
constexpr Span quiet_time = 45min;
constexpr Span restart_time = 5min;
constexpr Span judgement = 30min, last_words = 40min;  // by then all that was slow is over
constexpr int most_steps = 300'000;

std::string phone_of(std::int64_t person) { return "521555000000" + std::to_string(person); }

}  // namespace

Plan World::plan_of(Random& random) {
    const auto rate = [&](int most) {
        return random.chance(50) ? 0 : static_cast<int>(random.between(1, most));
    };
    Plan plan;
    plan.processes = static_cast<int>(random.between(1, 3));
    plan.persons = static_cast<int>(random.between(1, 3));
    plan.actions = static_cast<int>(random.between(3, 25));
    plan.echo = random.chance(50);
    plan.clocks_step = random.chance(20);
    plan.commit_faults = rate(30), plan.read_faults = rate(20), plan.view_faults = rate(15);
    plan.send_faults = rate(60), plan.model_faults = rate(40), plan.webhook_faults = rate(40);
    plan.process_faults = rate(30);
    return plan;
}

World::World(std::uint64_t seed, bool traced)
    : env_(seed), kapso_(env_, [this](const Webhook& webhook, std::function<void(bool)> answered) {
          post(webhook, answered);
      }) {
    env_.trace.on = traced;
    env_.plan = plan_of(env_.random);
    lives_.resize(static_cast<std::size_t>(env_.plan.processes));
    change_settings(true);
    for (std::size_t i = 0; i < lives_.size(); ++i) start(i);
}

void World::run() {
    env_.timeline.after(1s, [this] { act(); });
    while (actions_ < env_.plan.actions && step(events::Time::max())) {
    }
    calm_down();
    run_until(env_.timeline.now() + quiet_time);
}

void World::restart_all() {
    env_.tell([] { return "everything starts again"; });
    for (std::size_t i = 0; i < lives_.size(); ++i) start(i);
    run_until(env_.timeline.now() + restart_time);
}

// ---- The story --------------------------------------------------------------------------------

void World::act() {
    if (++actions_ > env_.plan.actions) return;
    act_once();
    const auto soon = env_.random.chance(60);
    env_.timeline.after(env_.random.span(10ms, soon ? 5s : 60s), [this] { act(); });
}

void World::act_once() {
    auto& random = env_.random;
    const auto phone = phone_of(random.between(1, env_.plan.persons));
    if (random.chance(env_.plan.process_faults)) return strike_process();
    switch (random.between(0, 12)) {
        case 0:
            return kapso_.person_writes(phone, "person " + std::to_string(++said_));
        case 1:
            return change_settings(false);
        case 2:
            env_.away_until = env_.timeline.now() + random.span(100ms, 30s);
            return env_.tell([] { return "the database goes away"; });
        case 3:
            if (env_.plan.clocks_step) step_clocks();
            return;
        case 4:
            return reply_through_hilo();
        case 5:
            if (kapso_.accepted().empty()) return;
            return kapso_.somebody_forges(phone, kapso_.accepted().back().mark);
        default:
            return kapso_.customer_writes(
                phone, random.pick(std::vector<std::string>{"text", "text", "text", "text", "text",
                                                            "image", "reaction", "unsupported"}));
    }
}

void World::step_clocks() {
    auto& timeline = env_.timeline;
    const auto wrong = env_.random.pick(std::vector<std::chrono::hours>{1h, -1h, 3h, -3h});
    timeline.set_clocks_wrong(timeline.clocks_are_right() ? wrong : 0h);
    env_.tell([&] { return "the clocks show " + events::iso8601(timeline.wall()); });
}

void World::reply_through_hilo() {
    domain::conversation::Reply reply;
    reply.id = env_.random.timed(env_.timeline.wall());
    reply.text = "reply " + std::to_string(++said_);
    reply.author = "Eva";
    const auto& all = database_.all();
    const auto& stream = all[env_.random.below(all.size())].stream;
    if (stream == events::settings_stream || stream == events::deliveries_stream) return;
    if (auto& life = lives_[env_.random.below(lives_.size())]) life->command(stream, reply);
}

/// People say of every send that was left to them what became of it, as the provider knows it.
void World::judge_what_is_unknown() {
    std::map<events::AttemptId, events::StreamId> unknown;
    for (const auto& one : database_.all()) {
        const auto* event = std::get_if<events::ConversationEvent>(&one.body);
        if (event == nullptr) continue;
        if (const auto* doubt = std::get_if<events::SendUncertain>(event)) {
            unknown[doubt->attempt] = one.stream;
        } else if (const auto* settled = std::get_if<events::SendSettled>(event)) {
            unknown.erase(settled->attempt);
        }
    }
    for (const auto& [attempt, stream] : unknown) {
        const auto mark = PlainKeys().send_mark(stream, attempt);
        const bool sent = std::ranges::find(kapso_.accepted(), mark, &Kapso::Sent::mark) !=
                          kapso_.accepted().end();
        domain::conversation::Judge judge;
        judge.attempt = attempt;
        judge.verdict =
            sent ? domain::conversation::Verdict::sent
                 : env_.random.pick(std::vector{domain::conversation::Verdict::not_sent,
                                                domain::conversation::Verdict::send_again});
        for (auto& life : lives_) life->command(stream, judge);
    }
}

void World::strike_process() {
    const auto slot = env_.random.below(lives_.size());
    auto& life = lives_[slot];
    if (!life) return;
    const auto name = std::to_string(slot);
    if (env_.random.chance(50)) {
        env_.tell([&] { return "process " + name + " is killed"; });
        life.reset();
        env_.timeline.after(env_.random.span(100ms, 60s), [this, slot] {
            if (!lives_[slot]) start(slot);
        });
    } else if (!life->host().stopped()) {
        env_.tell([&] { return "process " + name + " is stopped"; });
        life->host().stop();
        // Now and then for so long that another one settles what this one was about to send.
        env_.timeline.after(env_.random.span(100ms, 400s), [this, slot, stopped = life.get()] {
            if (lives_[slot].get() == stopped) stopped->host().go_on();
        });
    }
}

void World::start(std::size_t slot) {
    lives_[slot].reset();
    env_.tell([&] {
        return "process " + std::to_string(slot) + " starts life " +
               std::to_string(lives_started_ + 1);
    });
    lives_[slot] = std::make_unique<Life>(
        Surround{env_, database_, tables_, kept_, kapso_, model_, [this] { news(); }},
        ++lives_started_);
    lives_[slot]->news();
}

void World::calm_down() {
    env_.quiet = true;
    env_.tell([] { return "faults stop"; });
    for (std::size_t i = 0; i < lives_.size(); ++i) {
        if (!lives_[i]) start(i);
        if (lives_[i]->host().stopped()) lives_[i]->host().go_on();
    }
    // By then the webhooks that nobody took are lost.
    env_.timeline.after(5min, [this] { lives_.front()->backfill(); });
    env_.timeline.after(judgement, [this] { judge_what_is_unknown(); });
    env_.timeline.after(last_words, [this] {
        quiet_position_ = database_.head();
        for (int i = 1; i <= env_.plan.persons; ++i) kapso_.customer_writes(phone_of(i), "text");
    });
}

void World::change_settings(bool at_first) {
    auto& random = env_.random;
    events::SettingsChanged change;
    change.by = "simulation";
    change.changed["chatbotEnabled"] = at_first || random.chance(80);
    change.changed["aiEnabled"] = at_first || random.chance(80);
    change.changed["debounceSeconds"] = random.between(0, 4);
    change.changed["debounceMaxSeconds"] = random.between(0, 8);
    change.changed["holdMinutes"] = random.between(1, 3);
    for (const auto& field : domain::setting_fields()) {
        if (field.one_of.empty() || field.name == "aiProvider") continue;
        change.changed[std::string(field.name)] =
            std::string(field.one_of[random.below(field.one_of.size())]);
    }
    const events::NewEvent fact{random.timed(env_.timeline.wall()),
                                events::SystemEvent(change),
                                env_.timeline.wall(),
                                {},
                                {},
                                events::When::always};
    const auto request =
        request_of({events::settings_stream, {fact}, {}}, database_.bodies, random);
    database_.append({&request});
    env_.tell([] { return "the settings change"; });
    news();
}

void World::post(const Webhook& webhook, const std::function<void(bool)>& answered) {
    auto& life = lives_[env_.random.below(lives_.size())];
    if (!life) return env_.timeline.after(1ms, [answered] { answered(false); });
    auto& host = life->host();
    host.after(0s, [life = life.get(), webhook, answered] { life->take(webhook, answered); });
}

void World::news() {
    for (auto& life : lives_) {
        if (life) life->news();
    }
}

// ---- The scheduler ----------------------------------------------------------------------------

void World::run_until(events::Time end) {
    for (int i = 0; step(end); ++i) {
        if (i > most_steps) throw std::runtime_error("it never comes to rest");
    }
    env_.timeline.advance(end);
}

std::optional<events::Time> World::next_moment() const {
    auto next = env_.timeline.next();
    for (const auto& life : lives_) {
        if (!life || life->host().stopped() || life->crew() == nullptr) continue;
        const auto timer = life->crew()->next_timer();
        if (timer && (!next || *timer < *next)) next = timer;
    }
    return next;
}

bool World::run_a_job() {
    std::vector<Crew*> busy;
    for (const auto& life : lives_) {
        if (!life || life->host().stopped() || life->crew() == nullptr) continue;
        if (life->crew()->jobs() > 0) busy.push_back(life->crew());
    }
    if (busy.empty()) return false;
    auto& crew = *env_.random.pick(busy);
    crew.run(env_.random.below(crew.jobs()));
    return true;
}

/// Actors are quick against all else, but not always.
bool World::step(events::Time end) {
    const auto next = next_moment();
    const bool due = next && *next <= env_.timeline.now();
    const bool time_first = next && *next <= end && env_.random.chance(due ? 50 : 3);
    if (!time_first && run_a_job()) return true;
    if (!next || *next > end) return false;
    if (env_.timeline.next() == next) {
        env_.timeline.run_next();
    } else {
        env_.timeline.advance(*next);
    }
    for (const auto& life : lives_) {
        if (life && !life->host().stopped() && life->crew() != nullptr) life->crew()->advance();
    }
    return true;
}

}  // namespace simulation
