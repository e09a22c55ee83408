#include "kapso/turnstile.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace kapso {

struct Turnstile::Core : std::enable_shared_from_this<Turnstile::Core> {
    struct Waiting {
        Go go;
        Refuse refuse;
    };
    using Calls = std::vector<std::function<void()>>;

    /// What the pace has to say now; to be called without the lock, for it may come back here.
    Calls turn(Moment now) {
        Calls calls;
        auto step = pace.step(now);
        for (auto& [ticket, why] : step.refused) {
            auto& refuse = waiting.at(ticket).refuse;
            // A name of its own: clang 14 can't capture one of a structured binding.
            calls.emplace_back([refuse = std::move(refuse), refusal = why] { refuse(refusal); });
            waiting.erase(ticket);
            ++counts["paced"];
        }
        for (const auto ticket : step.go) {
            auto& go = waiting.at(ticket).go;
            calls.emplace_back(
                [go = std::move(go), pass = Pass(shared_from_this(), ticket)] { go(pass); });
            waiting.erase(ticket);
        }
        return calls;
    }
    void run();
    void close();
    void enter(const Pair& pair, std::size_t bytes, Go go, Refuse refuse);
    Span answered(Pace::Ticket ticket, const Heard& heard);

    std::mutex mutex;
    std::condition_variable changed;
    Pace pace;
    std::map<Pace::Ticket, Waiting> waiting;
    std::map<std::string, std::uint64_t> counts;
    bool closed = false;
    std::thread thread;
};

namespace {

/// In that time this process has ended (cli/decider.cpp), and the next one decides.
const Pace::Refusal shut_down{"shut down", std::chrono::seconds(10)};

void call(const std::vector<std::function<void()>>& calls) {
    for (const auto& one : calls) one();
}

/// What is worth counting; empty for the rest.
std::string_view name_of(Heard::Kind kind) {
    constexpr std::array<std::string_view, 6> names{"", "409", "131056", "130429", "429", ""};
    return names.at(static_cast<std::size_t>(kind));
}

}  // namespace

void Turnstile::Core::run() {
    std::unique_lock lock(mutex);
    while (!closed) {
        const auto calls = turn(Clock::now());
        if (!calls.empty()) {
            lock.unlock();
            call(calls);
            lock.lock();
            continue;
        }
        const auto next = pace.next(Clock::now());
        if (next == Moment::max()) {
            changed.wait(lock);
        } else {
            changed.wait_until(lock, next);
        }
    }
}

void Turnstile::Core::enter(const Pair& pair, std::size_t bytes, Go go, Refuse refuse) {
    Calls calls;
    {
        const std::lock_guard lock(mutex);
        const auto now = Clock::now();
        auto answer = closed ? shut_down : pace.enter(pair, bytes, now);
        if (const auto* refusal = std::get_if<Pace::Refusal>(&answer)) {
            if (!closed) ++counts["paced"];
            calls.emplace_back(
                [refuse = std::move(refuse), refusal = *refusal] { refuse(refusal); });
        } else {
            waiting[std::get<Pace::Ticket>(answer)] = {std::move(go), std::move(refuse)};
            calls = turn(now);
        }
    }
    changed.notify_one();
    call(calls);
}

Span Turnstile::Core::answered(Pace::Ticket ticket, const Heard& heard) {
    Calls calls;
    Span wait{};
    {
        const std::lock_guard lock(mutex);
        const auto now = Clock::now();
        if (const auto name = name_of(heard.kind); !name.empty()) ++counts[std::string(name)];
        wait = pace.answered(ticket, heard, now);
        if (!closed) calls = turn(now);
    }
    changed.notify_one();
    call(calls);
    return wait;
}

void Turnstile::Core::close() {
    Calls calls;
    {
        const std::lock_guard lock(mutex);
        closed = true;
        for (const auto ticket : pace.clear()) {
            calls.emplace_back(
                [refuse = std::move(waiting.at(ticket).refuse)] { refuse(shut_down); });
        }
        waiting.clear();
    }
    changed.notify_one();
    call(calls);
}

Turnstile::Turnstile() : core_(std::make_shared<Core>()) {
    core_->thread = std::thread([core = core_.get()] { core->run(); });
}

Turnstile::~Turnstile() {
    close();
    core_->thread.join();
}

void Turnstile::close() { core_->close(); }

void Turnstile::send(const Pair& pair, std::size_t bytes, Go go, Refuse refuse) {
    core_->enter(pair, bytes, std::move(go), std::move(refuse));
}

void Turnstile::share(int among) {
    {
        const std::lock_guard lock(core_->mutex);
        core_->pace.share(among);
    }
    core_->changed.notify_one();
}

std::variant<Turnstile::Pass, Moment> Turnstile::list() {
    const std::lock_guard lock(core_->mutex);
    const auto answer = core_->pace.list(Clock::now());
    if (const auto* when = std::get_if<Moment>(&answer)) return *when;
    return Pass(core_, std::get<Pace::Ticket>(answer));
}

Span Turnstile::Pass::answered(const net::Result& result) const {
    return core_->answered(ticket_, heard_in(result));
}

void Turnstile::Pass::give_back() const { core_->answered(ticket_, {}); }

Pace::Figures Turnstile::figures() const {
    const std::lock_guard lock(core_->mutex);
    return core_->pace.figures();
}

std::map<std::string, std::uint64_t> Turnstile::counts() const {
    const std::lock_guard lock(core_->mutex);
    return core_->counts;
}

}  // namespace kapso
