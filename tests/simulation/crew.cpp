#include "tests/simulation/crew.hpp"

#include "actors/log_actors.hpp"
#include "tests/support/forwarding_log.hpp"

namespace simulation {
namespace {

/// The clock's list of timers is its heirs' alone.
struct Peek : caf::detail::test_actor_clock {
    static const auto& timers_of(const caf::detail::test_actor_clock& clock) {
        return clock.*&Peek::schedule_;
    }
};

}  // namespace

class Crew::Line final : public support::ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;

    void append(events::Append request, std::function<void(events::Appended)> done) override {
        if (cut_) return done({});
        const auto number = ++numbered_;
        waiting_[number] = std::move(done);
        ForwardingLog::append(
            std::move(request),
            [this, number, alive = std::weak_ptr<bool>(alive_)](const events::Appended& appended) {
                if (!alive.expired()) answer(number, appended);
            });
    }
    /// What still waits is in doubt: whoever asked must not wait for ever.
    void cut() {
        cut_ = true;
        while (!waiting_.empty()) answer(waiting_.begin()->first, {});
    }

private:
    void answer(std::uint64_t number, const events::Appended& appended) {
        const auto done = waiting_.extract(number);
        if (!done.empty()) done.mapped()(appended);
    }

    bool cut_ = false;
    std::uint64_t numbered_ = 0;
    std::map<std::uint64_t, std::function<void(events::Appended)>> waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

Crew::Crew(Env& env, actors::Ports ports, actors::SettingsBook& settings, actors::Leases& leases,
           std::int64_t follow_from)
    : env_(env),
      started_(env.timeline.now()),
      line_(std::make_unique<Line>(ports.log)),
      system_(std::make_unique<caf::actor_system>(config_)),
      settings_(settings),
      following_(
          ports.log, follow_from, [this](const events::StreamId& stream) { wake(stream); },
          [this] {
              settings_.refresh();
              caf::anon_send(directory_, actors::WakeAll{});
          }) {
    const auto process = ports.new_id();
    auto around = std::make_shared<actors::Surroundings>(
        actors::Surroundings{.ports = cut_off(std::move(ports)),
                             .settings = &settings,
                             .readers = {},
                             .writer = {},
                             .postbox = postbox_,
                             .residents = residents_,
                             .leases = &leases,
                             .given_up = &given_up_,
                             .process = process});
    for (int i = 0; i < 2; ++i) {
        around->readers.push_back(
            system_->spawn(actors::reader_actor, &around->ports.log, &settings, &stopping_));
    }
    around->writer = system_->spawn(actors::writer_actor, &around->ports.log, pending_);
    readers_ = around->readers;
    writer_ = around->writer;
    directory_ = system_->spawn(actors::directory_actor,
                                std::shared_ptr<const actors::Surroundings>(around));
    postbox_->open(directory_);
}

/// The same ports over the line that can be cut.
actors::Ports Crew::cut_off(actors::Ports ports) {
    const auto only_connected = [this](auto port) {
        return [connected = connected_, port = std::move(port)](auto what, auto done) {
            if (*connected) port(std::move(what), std::move(done));
        };
    };
    return {.log = *line_,
            .keys = ports.keys,
            .ask = only_connected(ports.ask),
            .turn = only_connected(ports.turn),
            .look_up = only_connected(ports.look_up),
            .now = ports.now,
            .new_id = ports.new_id,
            .providers_with_key = ports.providers_with_key,
            .default_line = ports.default_line,
            .can_send = ports.can_send,
            .patience = ports.patience,
            .parked_limit = ports.parked_limit,
            .reach = ports.reach,
            .wall = ports.wall};
}

Crew::~Crew() {
    *connected_ = false;
    postbox_->close();
    line_->cut();
    caf::anon_send_exit(directory_, caf::exit_reason::user_shutdown);
    caf::anon_send(writer_, actors::Quit{});
    stopping_ = true;
    for (auto& reader : readers_) {
        caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
    }
    readers_.clear();
    writer_ = nullptr;
    directory_ = nullptr;
    while (coordinator().run() > 0 || coordinator().trigger_timeouts() > 0) {
    }
    system_.reset();
}

Crew::Coordinator& Crew::coordinator() const {
    return static_cast<Coordinator&>(system_->scheduler());
}

void Crew::wake(const events::StreamId& stream) {
    if (residents_->call(stream)) caf::anon_send(directory_, actors::WakeUp{stream});
}

void Crew::leases_changed(bool renewed, std::vector<int> closed) {
    caf::anon_send(directory_, actors::LeasesChanged{renewed, std::move(closed)});
}

void Crew::leave(const std::vector<int>& slices, std::function<void(std::vector<int>)> left) {
    system_->spawn([=, directory = directory_](caf::event_based_actor* self) {
        self->request(directory, std::chrono::seconds(1), actors::LeaveSlices{slices})
            .then([left](const actors::LeftSlices& answer) { left(answer.slices); },
                  [](const caf::error&) {});
    });
}

void Crew::reply(const events::StreamId& stream, domain::conversation::Command command) {
    const actors::PersonReply request{
        stream, std::make_shared<const domain::conversation::Command>(std::move(command))};
    system_->spawn([request, directory = directory_](caf::event_based_actor* self) {
        self->request(directory, std::chrono::seconds(10), request)
            .then([](const actors::ReplyResult&) {}, [](const caf::error&) {});
    });
}

void Crew::run(std::size_t index) {
    auto& jobs = coordinator().jobs;
    const auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(index);
    std::rotate(jobs.begin(), chosen, chosen + 1);
    coordinator().run_once();
}

std::optional<events::Time> Crew::next_timer() const {
    const auto& timers = Peek::timers_of(coordinator().clock());
    if (timers.empty()) return std::nullopt;
    const auto since = timers.begin()->first.time_since_epoch();
    return started_ + std::chrono::ceil<Span>(since);
}

void Crew::advance() {
    const auto passed = env_.timeline.now() - started_;
    const auto known = coordinator().clock().now().time_since_epoch();
    if (passed > known) coordinator().advance_time(passed - known);
}

}  // namespace simulation
