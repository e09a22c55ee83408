#include "actors/system.hpp"

#include <optional>

#include "actors/directory_actor.hpp"
#include "actors/follower.hpp"
#include "actors/log_actors.hpp"
#include "events/acts.hpp"

namespace actors {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t reader_count = 2;
constexpr auto stop_patience = 15s;  // twice what a request may wait for the log
constexpr auto ask_patience = 1s;    // for the directory, which never blocks
constexpr auto longest_way = 50ms;   // while many conversations are in memory

struct Config : caf::actor_system_config {
    Config() {
        // One worker is enough beside the store's threads, and sharing costs nothing when idle.
        set("scheduler.policy", caf::atom("sharing"));
        set("scheduler.max-threads", std::size_t{1});
    }
};

}  // namespace

struct System::Parts {
    Parts(Ports ports, SettingsBook& book, Leases& held)
        : settings(book), leases(held), log(ports.log) {
        const auto process = ports.new_id();
        many = ports.conversations_limit / 2;
        auto around = std::make_shared<Surroundings>(Surroundings{.ports = std::move(ports),
                                                                  .settings = &settings,
                                                                  .readers = {},
                                                                  .writer = {},
                                                                  .postbox = postbox,
                                                                  .residents = residents,
                                                                  .leases = &leases,
                                                                  .given_up = &given_up,
                                                                  .process = process});
        for (std::size_t i = 0; i < reader_count; ++i) {
            around->readers.push_back(
                actors.spawn<caf::detached>(reader_actor, &log, &settings, &stopping));
        }
        around->writer = actors.spawn(writer_actor, &log, pending);
        readers = around->readers;
        writer = around->writer;
        directory = actors.spawn(directory_actor, std::shared_ptr<const Surroundings>(around));
        postbox->open(directory);
    }

    /// What persons said about parked conversations, as far as the directory hasn't heard it.
    void tell_acts() {
        constexpr std::size_t page = 500;
        for (;;) {
            const auto acts = events::read_as_it_is(log, events::operators_stream, acts_told, page);
            if (acts.empty()) return;
            for (const auto& one : acts) {
                const auto* act = events::act_for(one, conversations_consumer);
                if (act != nullptr) caf::anon_send(directory, Acted{*act});
            }
            acts_told = acts.back().version;
        }
    }

    /// Where many are in memory, waits until there are fewer, or has waited so long that they grow
    /// by twenty a second at most: who wakes others must come to the last of them.
    void make_way() {
        const auto until = std::chrono::steady_clock::now() + longest_way;
        while (actors.registry().running() > many && !closing &&
               std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(1ms);
        }
    }

    Config config;
    // Before the actors, which look at them until they end.
    std::atomic<bool> closing = false, stopping = false;
    std::atomic<std::uint64_t> given_up = 0;
    caf::actor_system actors{config};
    SettingsBook& settings;
    Leases& leases;
    events::Log& log;
    std::shared_ptr<std::atomic<int>> pending = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<Postbox> postbox = std::make_shared<Postbox>();
    std::shared_ptr<Residents> residents = std::make_shared<Residents>();
    std::vector<Reader> readers;
    Writer writer;
    Directory directory;
    std::size_t many = 0;         // conversations: half of what may be in memory
    std::int32_t acts_told = 0;   // of the follower's thread, once that runs
    std::mutex follower_is_made;  // which others ask for from the start
    std::optional<Follower> follower;
};

System::System(Ports ports, SettingsBook& settings, Leases& leases)
    : parts_(std::make_unique<Parts>(std::move(ports), settings, leases)) {}

System::~System() {
    parts_->closing = true;
    parts_->follower.reset();
    parts_->postbox->close();
    // Conversations watch the directory and end with it, but not before an append is answered.
    caf::anon_send_exit(parts_->directory, caf::exit_reason::user_shutdown);
    const auto patience = std::chrono::steady_clock::now() + stop_patience;
    while (*parts_->pending > 0 && std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(1ms);
    }
    caf::anon_send(parts_->writer, Quit{});
    parts_->stopping = true;
    for (auto& reader : parts_->readers) {
        caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
    }
    parts_->readers.clear();
    parts_->writer = nullptr;
    parts_->directory = nullptr;
}

void System::follow(std::int64_t position) {
    parts_->tell_acts();
    const std::lock_guard lock(parts_->follower_is_made);
    parts_->follower.emplace(
        parts_->log, position, [this](const events::StreamId& stream) { wake(stream); },
        [this] {
            parts_->settings.refresh();
            caf::anon_send(parts_->directory, WakeAll{});
        },
        [this] { parts_->tell_acts(); });
}

void System::committed() {
    const std::lock_guard lock(parts_->follower_is_made);
    if (parts_->follower) parts_->follower->committed();
}

void System::leases_changed(bool renewed, std::vector<int> closed) {
    caf::anon_send(parts_->directory, LeasesChanged{renewed, std::move(closed)});
}

std::vector<int> System::leave(const std::vector<int>& slices) {
    std::vector<int> left;
    const caf::scoped_actor self(parts_->actors);
    self->request(parts_->directory, ask_patience, LeaveSlices{slices})
        .receive([&](LeftSlices& answer) { left = std::move(answer.slices); },
                 [](const caf::error&) {});  // none is known to be left
    return left;
}

void System::wake(const events::StreamId& stream) {
    auto& residents = *parts_->residents;
    if (!parts_->leases.epoch(stream) || !residents.call(stream)) return;
    try {
        if (!residents.contain(stream)) parts_->make_way();
        caf::anon_send(parts_->directory, WakeUp{stream});
    } catch (...) {
        residents.heard(stream);  // or nobody would call it again
        throw;
    }
}

void System::reply(const events::StreamId& stream, domain::conversation::Command command,
                   std::function<void(ReplyResult)> done) {
    const auto request = PersonReply{
        stream, std::make_shared<const domain::conversation::Command>(std::move(command))};
    parts_->actors.spawn([request, done = std::move(done),
                          directory = parts_->directory](caf::event_based_actor* self) {
        self->request(directory, 10s, request)
            .then([done](const ReplyResult& result) { done(result); },
                  [done](const caf::error&) { done(ReplyResult{}); });
    });
}

ParkedConversations System::parked(std::size_t limit) const {
    ParkedConversations parked;
    const caf::scoped_actor self(parts_->actors);
    self->request(parts_->directory, ask_patience, ListParked{limit})
        .receive([&](ParkedConversations& answer) { parked = std::move(answer); },
                 [](const caf::error&) {
                     throw std::runtime_error("which conversations are parked isn't known now");
                 });
    return parked;
}

std::int64_t System::followed() const {
    const std::lock_guard lock(parts_->follower_is_made);
    return parts_->follower ? parts_->follower->position() : 0;
}

std::uint64_t System::given_up() const { return parts_->given_up; }

std::size_t System::actors() const { return parts_->actors.registry().running(); }

}  // namespace actors
