#include "actors/conversation_actor.hpp"

#include <spdlog/spdlog.h>

#include "actors/effects.hpp"
#include "domain/pass_over.hpp"
#include "events/overloaded.hpp"

namespace actors {
namespace {

using namespace domain::conversation;
using namespace std::chrono_literals;
using Self = Conversation::stateful_pointer<ConversationShell>;

constexpr auto append_timeout = 30s;
constexpr int conflict_limit = 8;  // tries to decide one command before a breather
constexpr int insist_after = 6;

/// One life of one conversation. Every path ends in settle_down, or in the end of this life.
struct Life {
    Self self;
    Place place;
    Directory directory;
    std::shared_ptr<const Surroundings> around;

    const events::StreamId& stream() const { return place.stream; }
    ConversationShell& shell() const { return self->state; }
    const Reader& reader() const {
        return around->readers[std::hash<events::Uuid>{}(stream()) % around->readers.size()];
    }

    Here here() const {
        const auto edition = around->settings->now();
        Here here;
        here.now = around->ports.now();
        here.wall = around->ports.wall();
        here.settings = edition.settings;
        here.settings_version = edition.version;
        here.providers_with_key = around->ports.providers_with_key;
        here.can_send = around->ports.can_send;
        here.me = shell().me;
        here.ids = Ids(around->ports.new_id());
        return here;
    }

    void end(const std::string& why) const {
        spdlog::warn("conversation {} starts again: {}", stream().text(), why);
        self->quit(caf::make_error(caf::sec::runtime_error, why));
    }

    /// What a handler threw ends this life. A shortage of memory is nobody's fault.
    caf::error broken(const std::exception_ptr& thrown) const {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::bad_alloc& shortage) {
            return caf::make_error(caf::sec::runtime_error, std::string(shortage.what()));
        } catch (const std::exception& error) {
            return stuck(error.what());
        } catch (...) {
            return stuck("an exception of no known kind");
        }
    }
    caf::error stuck(const std::string& why) const {
        self->send(directory, Stuck{stream(), shell().position, shell().type, why});
        return caf::make_error(caf::sec::runtime_error, why);
    }

    /// `await` holds back every other message, so one command is decided at a time.
    void catch_up(const Task& task) const {
        self->request(reader(), read_patience, ReadStream{stream(), shell().state.version})
            .await(
                [=, *this](const Tail& tail) {
                    try {
                        for (const auto& recorded : *tail.events) {
                            around->ports.reach(shell().read = recorded.recorded);
                            apply(recorded);
                        }
                        tail.more ? catch_up(task) : execute(task);
                    } catch (...) {
                        answer(task, {});
                        throw;
                    }
                },
                [=, *this](const caf::error& error) {
                    answer(task, {});
                    end("read: " + to_string(error));
                });
    }

    void apply(const events::Recorded& recorded) const {
        auto& state = shell().state;
        shell().position = recorded.position;
        shell().type = recorded.clear.type;
        if (place.skipped && place.skipped->contains(recorded.position)) {
            state = pass_over(std::move(state), recorded);
        } else if (recorded.defect.empty()) {
            state = evolve(std::move(state), recorded);
        } else {
            throw std::runtime_error(recorded.defect);
        }
    }

    void take(const Task& task) const {
        if (shell().leaving && !std::holds_alternative<SendDone>(task.command)) {
            answer(task, {});
            return settle_down(false);
        }
        catch_up(task);
    }
    void wake() const { take({Wake{}}); }

    // ---- Decide and append --------------------------------------------------------------------

    void execute(Task task) const {
        std::visit([&](auto& c) { c.here = here(); }, task.command);
        std::visit(events::Overloaded{
                       [&](Rejection why) {
                           answer(task, {ReplyResult::What::rejected, why, 0});
                           settle_down(false);
                       },
                       // Nothing is looked up yet, so the answer is prepared at once.
                       [&](const Prepare&) { execute({Prepared{}}); },
                       [&](const Events& events) {
                           if (const auto* intent = wants_turn(task, events)) {
                               return await_turn(task, *intent);
                           }
                           if (!events.empty()) return append(task, events);
                           settled(task);
                           settle_down(false);
                       },
                   },
                   decide(shell().state, task.command));
    }

    /// The intent that may not be recorded yet. A person's reply is on record at once, for its
    /// sender waits; its turn comes afterwards.
    const events::SendRequested* wants_turn(const Task& task, const Events& events) const {
        const bool exempt = shell().turns.here() || std::holds_alternative<Reply>(task.command);
        return exempt ? nullptr : Turns::intent_in(events);
    }
    /// Meanwhile the conversation goes on; what it decides then may be something else.
    void await_turn(const Task& task, const events::SendRequested& intent) const {
        if (shell().turns.await(task)) ask_turn(intent, stream(), shell().state, *around);
        settle_down(false);
    }
    void turn_came(const kapso::Turn& turn) const {
        for (const auto& task : shell().turns.came(turn)) {
            ++shell().to_try;
            self->send(self, Again{task});
        }
    }

    static void answer(const Task& task, const ReplyResult& replied) {
        if (auto promise = task.promise) promise->deliver(replied);
    }
    /// The directory keeps an outcome until it hears this, for a life may end before.
    void settled(const Task& task) const {
        if (task.number > 0) self->send(directory, Settled{stream(), task.number});
    }

    void append(const Task& task, const Events& events) const {
        events::Append request{stream(), events, {}};
        const auto settings =
            std::visit([](const auto& c) { return c.here.settings_version; }, task.command);
        request.expect = events::Expectation{shell().state.gate, place.epoch, settings,
                                             shell().conflicts >= insist_after};
        self->request(around->writer, append_timeout,
                      std::make_shared<const events::Append>(std::move(request)))
            .await([=, *this](
                       const events::Appended& appended) { on_appended(task, events, appended); },
                   [=, *this](const caf::error& error) {
                       answer(task, {});
                       end("append: " + to_string(error));
                   });
    }

    void on_appended(const Task& task, const Events& events,
                     const events::Appended& appended) const {
        switch (appended.outcome) {
            case events::Outcome::appended:
                answer(task, {ReplyResult::What::accepted, {}, appended.position});
                settled(task);
                return take_in(events, appended);
            case events::Outcome::already_there:
                answer(task, {ReplyResult::What::repeated, {}, appended.position});
                return look_again(task);
            case events::Outcome::other_content:
                answer(task, {ReplyResult::What::other_content, {}, appended.position});
                return look_again(task);
            case events::Outcome::conflict:
            case events::Outcome::other_settings:
                return decide_again(task, appended.outcome);
            case events::Outcome::fenced:
                around->leases->lost(stream(), place.epoch);
                [[fallthrough]];
            default:
                answer(task, {});
                return end("an append was not taken (" +
                           std::to_string(static_cast<int>(appended.outcome)) + ")");
        }
    }

    /// Where nobody wrote in between, and its time is sure, our own needn't be read back.
    void take_in(const Events& events, const events::Appended& appended) const {
        shell().conflicts = 0;
        const auto version = shell().state.version;
        const bool alone = appended.gate == version + static_cast<std::int32_t>(events.size());
        if (!alone || !time_is_sure(events, shell().read)) return wake();
        auto position = appended.position - static_cast<std::int64_t>(events.size());
        for (const auto& event : events) {
            apply(as_recorded(event, stream(), ++position, shell().state.version + 1));
        }
        settle_down(true);
    }

    /// What was decided is in the log already, so that nothing is left of the command.
    void look_again(const Task& task) const {
        settled(task);
        if (!out_of_tries()) wake();
    }

    void decide_again(const Task& task, events::Outcome why) const {
        if (out_of_tries()) {
            answer(task, {});
            if (task.number > 0) try_after(around->ports.patience.breather, task);
        } else if (why == events::Outcome::conflict) {
            // The first time at once; then those that met each other come apart, or are waited for.
            if (shell().conflicts == 1 || shell().conflicts > insist_after) return take(task);
            try_after(jitter(), task);
        } else {
            self->request(reader(), read_patience, RefreshSettings{})
                .await([=, *this](bool) { take(task); },
                       [=, *this](const caf::error& error) {
                           answer(task, {});
                           end("settings: " + to_string(error));
                       });
        }
    }

    /// Counts one more; after eight in a row it is looked at again later.
    bool out_of_tries() const {
        if (++shell().conflicts <= conflict_limit) return false;
        shell().conflicts = 0;
        ++*around->given_up;
        spdlog::warn("conversation {} could not decide {} times in a row; it waits",
                     stream().text(), conflict_limit);
        tick_at(around->ports.now() + around->ports.patience.breather);
        return true;
    }
    std::chrono::milliseconds jitter() const {
        return 1ms * (1 + around->ports.new_id().bytes[15] % (1 << shell().conflicts));
    }
    void try_after(std::chrono::milliseconds wait, const Task& task) const {
        ++shell().to_try;
        self->delayed_send(self, wait, Again{task});
    }

    // ---- Pursue and wait ----------------------------------------------------------------------

    void settle_down(bool progressed) const {
        place.memory->is(bytes_of(shell().state));
        pursue();
        if (shell().to_try == 0) shell().turns.take();  // given back
        if (shell().leaving && shell().in_flight.empty()) return sleep({});
        const auto now = around->ports.now();
        const auto next = next_wake();
        const bool more = progressed && next && *next <= now;
        if (more && !shell().leaving) return execute({Wake{}});
        auto until = now + around->ports.patience.linger;
        if (next) until = std::min(until, std::max(*next, now));
        for (const auto& [key, waiting] : shell().in_flight) until = std::min(until, waiting.until);
        tick_at(until);
    }

    std::optional<events::Time> next_wake() const {
        if (shell().turns.awaited_by_wake()) return std::nullopt;
        return wake_at(shell().state, around->settings->now().settings);
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
            if (shell().leaving && !std::holds_alternative<Send>(effect)) continue;
            const auto key = key_of(effect);
            if (const auto found = in_flight.find(key); found != in_flight.end()) {
                still.insert(*found);
                continue;
            }
            still.emplace(key, ConversationShell::Waiting{effect, patience_until(effect, *around)});
            if (!may_go_out(effect)) continue;
            const bool sends = std::holds_alternative<Send>(effect);
            carry_out(effect, place, shell().state, *around,
                      sends ? shell().turns.take() : nullptr);
        }
        in_flight = std::move(still);
    }

    /// False for what goes out once only, and has.
    bool may_go_out(const Effect& effect) const {
        const auto* send = std::get_if<Send>(&effect);
        if (send == nullptr || shell().turns.first_send_of(send->attempt)) return true;
        spdlog::error("conversation {}: attempt {} is due again; it is not sent again",
                      stream().text(), send->attempt.text());
        return false;
    }

    void tick() const {
        const auto now = around->ports.now();
        for (auto one = shell().in_flight.begin(); one != shell().in_flight.end(); ++one) {
            if (one->second.until > now) continue;
            const auto effect = one->second.effect;
            // A send stays in flight until the log says what became of it, and so does a question
            // whose answer waits for its turn.
            if (may_be_repeated(effect) && !shell().turns.awaited()) {
                shell().in_flight.erase(one);
            } else {
                one->second.until = patience_until(effect, *around);
            }
            return take({giving_up(effect)});
        }
        if (shell().leaving) return settle_down(false);
        const auto next = next_wake();
        const bool idle = shell().in_flight.empty() && shell().to_try == 0 &&
                          !shell().turns.awaited() && shell().state.version > 0;
        if (!idle || (next && *next <= now + around->ports.patience.linger)) return wake();
        sleep(next);
    }
    /// Nothing more is done until the directory answers, with an end or with what it has sent.
    void sleep(std::optional<events::Time> until) const {
        self->send(directory, Sleep{stream(), shell().handled, until});
    }

    /// Between two commands, so that no intent is being written down now. What was intended is
    /// sent, by this life or by none; all else is for whoever decides next.
    void leave() const {
        shell().leaving = true;
        settle_down(false);
    }
};

}  // namespace

Conversation::behavior_type conversation_actor(Self self, const Place& place, Directory directory,
                                               std::shared_ptr<const Surroundings> around) {
    self->state.me = life_in(around->process, around->ports.new_id());
    self->monitor(directory);
    self->set_down_handler([=](const caf::down_msg&) { self->quit(); });
    const Life life{self, place, std::move(directory), std::move(around)};
    self->set_exception_handler([=](std::exception_ptr& thrown) { return life.broken(thrown); });
    return {
        [=](const WakeUp&) {
            ++self->state.handled;
            *place.woken = false;  // before it is looked at what there is
            life.wake();
        },
        [=](Tick tick) {
            if (tick.number != self->state.tick) return;  // a sooner one has taken its place
            self->state.tick_at.reset();
            life.tick();
        },
        [=](const Again& again) {
            --self->state.to_try;
            life.take(again.task);
        },
        [=](const Outcome& outcome) {
            ++self->state.handled;
            life.take({*outcome.command, {}, outcome.number});
        },
        [=](const TurnCame& came) {
            ++self->state.handled;
            life.turn_came(*came.turn);
        },
        [=](Leave) {
            ++self->state.handled;
            life.leave();
        },
        [=](const PersonReply& request) {
            ++self->state.handled;
            auto promise = self->make_response_promise<caf::typed_response_promise<ReplyResult>>();
            life.take({*request.command, promise});
            return promise;
        },
    };
}

}  // namespace actors
