#include "actors/conversation_actor.hpp"

#include <spdlog/spdlog.h>

#include "actors/effects.hpp"
#include "events/overloaded.hpp"

namespace actors {
namespace {

using namespace domain::conversation;
using namespace std::chrono_literals;
using Self = Conversation::stateful_pointer<ConversationShell>;
using Promise = std::optional<caf::typed_response_promise<ReplyResult>>;

constexpr auto read_timeout = 30s, append_timeout = 30s;
constexpr auto linger = 30s;       // an idle conversation stays in memory for so long
constexpr auto breather = 1s;      // before what couldn't be decided is tried again
constexpr int conflict_limit = 8;  // tries to decide one command before a breather

/// One life of one conversation. Every path ends in settle_down, or in the end of this life.
struct Life {
    Self self;
    events::StreamId stream;
    Directory directory;
    std::shared_ptr<const Surroundings> around;

    ConversationShell& shell() const { return self->state; }
    const Reader& reader() const {
        return around->readers[std::hash<events::Uuid>{}(stream) % around->readers.size()];
    }

    Here here() const {
        const auto edition = around->settings->now();
        Here here;
        here.now = around->ports.now();
        here.settings = edition.settings;
        here.settings_version = edition.version;
        here.providers_with_key = around->ports.providers_with_key;
        here.me = shell().me;
        here.ids = Ids(around->ports.new_id());
        return here;
    }

    void end(const std::string& why) const {
        spdlog::warn("conversation {} starts again: {}", stream.text(), why);
        self->quit(caf::make_error(caf::sec::runtime_error, why));
    }

    /// `await` holds back every other message, so one command is decided at a time.
    template <class Then>
    void catch_up(Then then, const Command& command) const {
        self->request(reader(), read_timeout, ReadStream{stream, shell().state.version})
            .await(
                [=, *this](const Tail& tail) {
                    for (const auto& recorded : *tail) apply(recorded);
                    then();
                },
                [=, *this](const caf::error& error) {
                    hand_back(command);
                    end("read: " + to_string(error));
                });
    }

    void apply(const events::Recorded& recorded) const {
        shell().state = evolve(std::move(shell().state), recorded);
    }

    void take(const Command& command, const Promise& promise = {}) const {
        catch_up([=, *this] { execute(command, promise); }, command);
    }
    void wake() const { take(Wake{}); }

    // ---- Decide and append --------------------------------------------------------------------

    void execute(Command command, const Promise& promise) const {
        std::visit([&](auto& c) { c.here = here(); }, command);
        std::visit(events::Overloaded{
                       [&](Rejection why) {
                           answer(promise, {ReplyResult::What::rejected, why, 0});
                           settle_down(false);
                       },
                       // Nothing is looked up yet, so the answer is prepared at once.
                       [&](const Prepare&) { execute(Prepared{}, promise); },
                       [&](const Events& events) {
                           if (events.empty()) return settle_down(false);
                           append(command, events, promise);
                       },
                   },
                   decide(shell().state, command));
    }

    static void answer(Promise promise, const ReplyResult& replied) {
        if (promise) promise->deliver(replied);
    }

    void append(const Command& command, const Events& events, const Promise& promise) const {
        events::Append request{stream, events, {}};
        const auto settings =
            std::visit([](const auto& c) { return c.here.settings_version; }, command);
        request.expect = events::Expectation{shell().state.gate, around->epoch, settings};
        self->request(around->writer, append_timeout,
                      std::make_shared<const events::Append>(std::move(request)))
            .await(
                [=, *this](const events::Appended& appended) {
                    on_appended(command, events, appended, promise);
                },
                [=, *this](const caf::error& error) {
                    answer(promise, {});
                    hand_back(command);
                    end("append: " + to_string(error));
                });
    }

    void on_appended(const Command& command, const Events& events, const events::Appended& appended,
                     const Promise& promise) const {
        switch (appended.outcome) {
            case events::Outcome::appended:
                answer(promise, {ReplyResult::What::accepted, {}, appended.position});
                return take_in(events, appended);
            case events::Outcome::already_there:
                answer(promise, {ReplyResult::What::repeated, {}, appended.position});
                return wake();
            case events::Outcome::other_content:
                answer(promise, {ReplyResult::What::other_content, {}, appended.position});
                return wake();
            case events::Outcome::conflict:
            case events::Outcome::other_settings:
                return decide_again(command, appended.outcome, promise);
            case events::Outcome::fenced:
                around->fenced->store(true);
                [[fallthrough]];
            default:
                answer(promise, {});
                hand_back(command);
                return end("an append was not taken (" +
                           std::to_string(static_cast<int>(appended.outcome)) + ")");
        }
    }

    /// Where nobody wrote in between, our own events needn't be read back.
    void take_in(const Events& events, const events::Appended& appended) const {
        shell().conflicts = 0;
        const auto version = shell().state.version;
        if (appended.gate != version + static_cast<std::int32_t>(events.size())) return wake();
        for (const auto& event : events)
            apply(as_recorded(event, stream, shell().state.version + 1));
        settle_down(true);
    }

    void decide_again(const Command& command, events::Outcome why, const Promise& promise) const {
        if (++shell().conflicts > conflict_limit) {
            shell().conflicts = 0;
            answer(promise, {});
            hand_back(command);
            return tick_at(around->ports.now() + breather);
        }
        if (why == events::Outcome::conflict) return take(command, promise);
        self->request(reader(), read_timeout, RefreshSettings{})
            .await([=, *this](bool) { take(command, promise); },
                   [=, *this](const caf::error& error) {
                       answer(promise, {});
                       hand_back(command);
                       end("settings: " + to_string(error));
                   });
    }

    /// What the outside said must not get lost with this life; the rest is seen again on waking.
    void hand_back(const Command& command) const {
        const bool outcome = std::holds_alternative<Generated>(command) ||
                             std::holds_alternative<NotGenerated>(command) ||
                             std::holds_alternative<SendDone>(command);
        if (!outcome) return;
        self->delayed_send(directory, breather,
                           Outcome{stream, std::make_shared<const Command>(command)});
    }

    // ---- Pursue and wait ----------------------------------------------------------------------

    void settle_down(bool progressed) const {
        pursue();
        const auto now = around->ports.now();
        const auto next = wake_at(shell().state, around->settings->now().settings);
        if (progressed && next && *next <= now) return execute(Wake{}, {});
        auto until = now + linger;
        if (next) until = std::min(until, std::max(*next, now));
        for (const auto& [key, waiting] : shell().in_flight) until = std::min(until, waiting.until);
        tick_at(until);
    }

    /// One tick is awaited at a time, the soonest that was asked for: however often a conversation
    /// is woken, it doesn't tick more often for it.
    void tick_at(events::Time time) const {
        auto& awaited = shell().tick_at;
        if (awaited && *awaited <= time) return;
        awaited = time;
        const auto wait = time - around->ports.now();
        self->delayed_send(self, std::max<std::chrono::nanoseconds>(wait, 1ms),
                           Tick{++shell().tick});
    }

    /// Asks for everything that is due and not asked for yet, and forgets what no longer is.
    void pursue() const {
        auto& in_flight = shell().in_flight;
        std::map<std::string, ConversationShell::Waiting> still;
        for (const auto& effect : due(shell().state, shell().me)) {
            const auto key = key_of(effect);
            if (const auto found = in_flight.find(key); found != in_flight.end()) {
                still.insert(*found);
                continue;
            }
            still.emplace(key, ConversationShell::Waiting{
                                   effect, around->ports.now() + patience_for(effect)});
            carry_out(effect, stream, shell().state, *around);
        }
        in_flight = std::move(still);
    }

    void tick() const {
        const auto now = around->ports.now();
        std::optional<Command> given_up;
        for (auto one = shell().in_flight.begin(); one != shell().in_flight.end(); ++one) {
            if (one->second.until > now) continue;
            given_up = giving_up(one->second.effect);
            shell().in_flight.erase(one);
            break;
        }
        if (given_up) return take(*given_up);
        const auto next = wake_at(shell().state, around->settings->now().settings);
        const bool idle = shell().in_flight.empty() && shell().state.version > 0;
        if (idle && (!next || *next > now + linger)) {
            self->send(directory, Sleep{stream, shell().handled, next});
        }
        wake();
    }
};

}  // namespace

Conversation::behavior_type conversation_actor(Self self, events::StreamId stream,
                                               Directory directory,
                                               std::shared_ptr<const Surroundings> around) {
    self->state.me = around->ports.new_id();
    self->monitor(directory);
    self->set_down_handler([=](const caf::down_msg&) { self->quit(); });
    const Life life{self, stream, std::move(directory), std::move(around)};
    return {
        [=](const WakeUp&) {
            ++self->state.handled;
            life.wake();
        },
        [=](Tick tick) {
            if (tick.number != self->state.tick) return;  // a sooner one has taken its place
            self->state.tick_at.reset();
            life.tick();
        },
        [=](const Outcome& outcome) {
            ++self->state.handled;
            life.take(*outcome.command);
        },
        [=](const PersonReply& request) {
            ++self->state.handled;
            auto promise = self->make_response_promise<caf::typed_response_promise<ReplyResult>>();
            life.take(*request.reply, promise);
            return promise;
        },
    };
}

}  // namespace actors
