#include "tests/simulation/log.hpp"

#include "tests/simulation/requests.hpp"

namespace simulation {
namespace {

using namespace std::chrono_literals;
using events::Outcome;

constexpr Span longest_pause = 250ms;

events::Appended only(Outcome outcome) {
    events::Appended appended;
    appended.outcome = outcome;
    return appended;
}

}  // namespace

/// Small ones now and then, so that batches are full and the queue overflows.
db::Batcher::Limits ProcessLog::limits_of(Env& env) {
    db::Batcher::Limits limits;
    if (env.random.chance(30)) limits.batch_events = 3;
    if (env.random.chance(20)) limits.queue_requests = 4;
    return limits;
}

ProcessLog::ProcessLog(Env& env, Host& host, Database& database, std::function<void()> committed)
    : env_(env),
      host_(host),
      database_(database),
      committed_(std::move(committed)),
      batcher_(limits_of(env)) {}

db::Batcher::Time ProcessLog::steady() const {
    return db::Batcher::Time(env_.timeline.now().time_since_epoch());
}

void ProcessLog::append(events::Append request, std::function<void(events::Appended)> done) {
    auto made = request_of(request, database_.bodies, env_.random);
    if (blocking_) {
        const auto fate = next_fate();
        if (fate == Fate::refused || fate == Fate::lost_before) return done(only(Outcome::full));
        const auto written = database_.append({&made});
        committed_();
        return done(fate == Fate::written ? written.answers.front() : only(Outcome::in_doubt));
    }
    db::Waiting waiting{std::move(made), std::move(done), steady()};
    if (!batcher_.offer(waiting)) {
        return host_.after(0ms, [done = std::move(waiting.done)] { done(only(Outcome::full)); });
    }
    host_.after(batcher_.limits().patience, [this] { expire(); });
    host_.after(batcher_.limits().patience + batcher_.limits().grace, [this] { expire(); });
    pump();
}

void ProcessLog::drop() {
    for (auto& waiting : batcher_.drain()) waiting.done(only(Outcome::in_doubt));
    if (!in_hand_) return;
    for (auto& one : in_hand_->waiting) {
        if (one.done) std::exchange(one.done, nullptr)(only(Outcome::in_doubt));
    }
}

void ProcessLog::blocking(const Work& work) {
    blocking_ = true;
    work();
    blocking_ = false;
}

ProcessLog::Fate ProcessLog::next_fate() {
    if (env_.database_is_away()) return env_.random.chance(50) ? Fate::refused : Fate::lost_before;
    if (!env_.strikes(env_.plan.commit_faults)) return Fate::written;
    return env_.random.pick(
        std::vector{Fate::refused, Fate::lost_before, Fate::lost_after, Fate::lost_after});
}

void ProcessLog::pump() {
    if (in_hand_ || batcher_.empty()) return;
    in_hand_ = std::make_shared<Batch>();
    in_hand_->waiting = batcher_.take();
    try_once(in_hand_);
}

/// What was given to the database happens there, whatever becomes of the process meanwhile.
void ProcessLog::try_once(const Shared& batch) {
    const auto way = env_.random.span(100us, 20ms);
    const auto fate = next_fate();
    auto requests = std::make_shared<std::vector<db::Request>>();
    for (const auto& one : batch->waiting) requests->push_back(one.request);
    auto answered = std::make_shared<std::optional<Written>>();
    env_.timeline.after(way, [&env = env_, &database = database_, requests, fate, answered] {
        if (fate == Fate::refused || fate == Fate::lost_before) return;
        db::BatchWriter::Batch all;
        for (const auto& one : *requests) all.push_back(&one);
        *answered = database.append(all);
        env.tell([&] { return "commit, head " + std::to_string((*answered)->head); });
    });
    host_.after(way + env_.random.span(100us, 20ms), [this, batch, fate, answered] {
        if (fate == Fate::written) return answer(batch, **answered);
        fail(batch, fate != Fate::refused);
    });
}

void ProcessLog::answer(const Shared& batch, const Written& written) {
    in_hand_.reset();
    for (std::size_t i = 0; i < batch->waiting.size(); ++i) {
        auto appended = written.answers[i];
        // What was there already had been appended by a try whose answer was lost.
        if (batch->doubtful && appended.outcome == Outcome::already_there) {
            appended.outcome = Outcome::appended;
        }
        if (batch->waiting[i].done) batch->waiting[i].done(appended);
    }
    committed_();
    pump();
}

void ProcessLog::fail(const Shared& batch, bool doubtful) {
    batch->doubtful = batch->doubtful || doubtful;
    const auto oldest = steady() - batcher_.limits().patience;
    const auto outcome = batch->doubtful ? Outcome::in_doubt : Outcome::full;
    for (auto& one : batch->waiting) {
        if (one.done && one.since <= oldest) std::exchange(one.done, nullptr)(only(outcome));
    }
    std::erase_if(batch->waiting, [](const db::Waiting& one) { return !one.done; });
    if (batch->waiting.empty()) {
        in_hand_.reset();
        return pump();
    }
    host_.after(batch->pause, [this, batch] { try_once(batch); });
    batch->pause = std::min(batch->pause * 2, longest_pause);
}

void ProcessLog::expire() {
    for (auto& waiting : batcher_.expired(steady())) waiting.done(only(Outcome::full));
    if (!in_hand_) return;
    const auto oldest = steady() - batcher_.limits().patience - batcher_.limits().grace;
    for (auto& one : in_hand_->waiting) {
        if (!one.done || one.since > oldest) continue;
        std::exchange(one.done, nullptr)(only(Outcome::in_doubt));
    }
}

void ProcessLog::check_reachable() {
    if (env_.database_is_away() || env_.strikes(env_.plan.read_faults)) {
        throw std::runtime_error("the database can't be reached, as the seed has it");
    }
}

std::vector<events::Recorded> ProcessLog::read_stream(const events::StreamId& stream,
                                                      std::int32_t after, std::size_t limit) {
    check_reachable();
    return database_.stream(stream, after, limit);
}

std::vector<events::Recorded> ProcessLog::read_all(std::int64_t after, std::size_t limit) {
    check_reachable();
    const auto& all = database_.all();
    const auto from = std::min(static_cast<std::size_t>(after), all.size());
    const auto to = std::min(from + limit, all.size());
    return {all.begin() + static_cast<std::ptrdiff_t>(from),
            all.begin() + static_cast<std::ptrdiff_t>(to)};
}

std::vector<events::Log::Step> ProcessLog::read_steps(std::int64_t after, std::size_t limit) {
    check_reachable();
    std::vector<Step> steps;
    for (auto i = static_cast<std::size_t>(after); i < database_.all().size(); ++i) {
        if (steps.size() == limit) break;
        const auto& one = database_.all()[i];
        steps.push_back({one.position, one.stream, one.clear.type});
    }
    return steps;
}

std::int64_t ProcessLog::head() {
    check_reachable();
    return database_.head();
}

std::optional<events::StreamId> ProcessLog::stream_of(const events::EventId& id) {
    check_reachable();
    return database_.stream_of(id);
}

std::optional<events::StreamId> ProcessLog::find(const events::Person& person) {
    check_reachable();
    return database_.find(person);
}

std::optional<events::Log::Reference> ProcessLog::find_message(std::string_view wamid) {
    check_reachable();
    return database_.find_message(wamid);
}

}  // namespace simulation
