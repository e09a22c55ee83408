#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/settings_book.hpp"
#include "actors/system.hpp"
#include "ai/models.hpp"
#include "db/store.hpp"
#include "db/views_runner.hpp"
#include "http/counters.hpp"
#include "http/router.hpp"
#include "intake/intake.hpp"

namespace http {

/// Who decides for the conversations, as far as requests need it.
class Decider {
public:
    virtual ~Decider() = default;
    /// Whether this process decides for any conversation. False where it holds no slice, or isn't
    /// ready to.
    virtual bool decides() const = 0;
    /// For how many of the 1,024 slices it holds the lease.
    virtual int slices() const = 0;
    /// Why `decides` is false, in a sentence for /readyz.
    virtual std::string why_not() const = 0;
    /// A Reply or a Judge. `done` comes once; ReplyResult::What::unavailable where this process
    /// doesn't decide.
    virtual void reply(const events::StreamId& stream, domain::conversation::Command command,
                       std::function<void(actors::ReplyResult)> done) = 0;
    /// The conversations that this process has parked, at most `limit` of them; whoever decides for
    /// none has parked none. Waits for a second at most; throws where no answer comes.
    virtual actors::ParkedConversations parked(std::size_t /*limit*/) const { return {}; }
};

/// What the handlers work on. Everything outlives the server, and `counters` the store, whose late
/// answers count too.
struct App {
    db::Store& store;
    projections::Views& views;
    db::ViewsRunner& runner;
    intake::Intake& intake;
    actors::SettingsBook& settings;
    ai::Models& models;
    Decider& decider;
    Counters& counters;
    std::function<bool()> draining;

    std::vector<std::string> webhook_secrets;  // empty only where unsigned ones are allowed
    std::string verify_token;
    std::string version;
};

/// Every route of `hilo serve`, one row each.
std::vector<Route> routes(App& app);

}  // namespace http
