#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/prompt.hpp"
#include "domain/settings.hpp"
#include "events/envelope.hpp"

/// The rules of one conversation as five pure functions (DESIGN 4). No clock, no randomness, no
/// I/O: time, ids and settings come in with the commands.
namespace domain::conversation {

using events::AttemptId;
using events::EventId;
using events::LifeId;
using events::Time;
using events::TurnId;

/// Grows where the same state and command come to be decided otherwise than before.
inline constexpr int rules = 7;

// ---- What commands bring ----------------------------------------------------------------------

/// Fresh ids for the events of one decision, all derived from one version 7 UUID.
class Ids {
public:
    explicit Ids(events::Uuid base) : base_(base) {}
    events::Uuid next();

private:
    events::Uuid base_;
    std::uint8_t used_ = 0;
};

/// What the shell knows at the moment of a command.
struct Here {
    Time now;  // by which events are recorded; never goes back
    /// As the machine's clock has it. Behind `now` where that was ahead and is set right: then
    /// every message would look too old to answer, and by this one none does.
    Time wall = Time::max();
    Settings settings;
    std::int32_t settings_version = 0;
    std::set<std::string> providers_with_key;
    bool can_send = true;  // there is a key for Kapso
    LifeId me;
    Ids ids{events::Uuid{}};

    /// The time by which it is judged how old something is.
    Time for_ages() const { return now < wall ? now : wall; }
};

/// Time passed, or something was appended: see what the rules want now.
struct Wake {
    Here here;
};
/// Retrieval is done (empty without a knowledge base).
struct Prepared {
    Here here;
};
struct Answer {
    std::string provider, model, text;
    std::int64_t input_tokens = 0, output_tokens = 0, took_ms = 0;
    bool operator==(const Answer&) const = default;
};
struct Generated {
    Here here;
    TurnId turn;
    Answer answer;
};
struct NotGenerated {
    Here here;
    TurnId turn;
    std::vector<events::FailedCall> attempts;
};

struct Accepted {
    std::string wamid;
    bool operator==(const Accepted&) const = default;
};
/// Surely nothing was sent.
struct Rejected {
    std::string reason;
    int code = 0;
    bool may_retry = false;
    std::optional<events::seconds> retry_after;
    bool operator==(const Rejected&) const = default;
};
struct Uncertain {
    std::string reason;
    bool operator==(const Uncertain&) const = default;
};
using SendOutcome = std::variant<Accepted, Rejected, Uncertain>;

struct SendDone {
    Here here;
    AttemptId attempt;
    SendOutcome outcome;
};
/// What the provider's list tells of what it doesn't show.
enum class Listed {
    unread,  // nothing: it was not read to its end, or may have told another stream
    early,   // nothing yet: a send may still come into it
    all      // what it doesn't show isn't there
};
/// The provider's list was read for what became of an uncertain attempt; what it shows was taken in
/// as facts before.
struct LookedUp {
    Here here;
    AttemptId attempt;
    Time began;  // when the reading began
    Listed listed = Listed::unread;
};
/// A person answers through Hilo. The id comes from the request's Idempotency-Key.
struct Reply {
    Here here;
    EventId id;
    events::Via via = events::Via::api;
    std::string text;
    std::string author;
};
enum class Verdict { sent, not_sent, send_again };
/// A person says what became of an uncertain attempt.
struct Judge {
    Here here;
    AttemptId attempt;
    Verdict verdict = Verdict::sent;
    std::string author;
};
using Command =
    std::variant<Wake, Prepared, Generated, NotGenerated, SendDone, LookedUp, Reply, Judge>;

// ---- What is remembered -----------------------------------------------------------------------

struct Open {  // a customer's message that nothing has closed yet
    EventId id;
    events::Kind kind = events::Kind::text;
    Time at;    // recorded
    Time said;  // by the provider's clock, where that is credible
    int version = 0;
    bool operator==(const Open&) const = default;
};
struct Asked {  // a model is to be asked
    TurnId turn;
    std::vector<EventId> asks;
    int settings_version = 0;
    int history_upto = 0;
    std::string provider, model;
    bool operator==(const Asked&) const = default;
};
struct Attempt {  // an intent without an outcome, or one to be tried again
    TurnId turn;
    AttemptId id;
    LifeId by;
    int part = 1, parts = 1, try_number = 1;
    std::string to, text, author;
    std::optional<Time> retry_at;
    int version = 0;            // of the part's first intent
    Time at;                    // of this intent
    std::optional<Time> heard;  // of the state at the intent
    /// From when its age is counted: when the newest message was said that it answers; of a later
    /// part, of its first intent, or of the last that somebody asked for anew.
    Time since;
    Time about;             // when the newest message was said that its reply answers
    bool answered = false;  // a machine's: a person has, since, and it is not gone on with
    int unheard = 0;        // earlier tries that reached nobody
    int held_back = 0;      // earlier ones that never left, for the provider's limits
    /// Where it is uncertain: sooner, absence proves nothing; `never` where it is a person's turn.
    Time settle_by{};
    std::vector<AttemptId> doubted{};  // earlier tries, of which some may be out all the same
    bool operator==(const Attempt&) const = default;
};
struct Rest {  // a model's reply, from its text until the intent of its last part
    TurnId turn;
    std::vector<EventId> asks;
    int next_part = 1;
    std::vector<std::string> parts;  // all of them
    std::optional<Time> about{};     // when the newest message was said that it answers
    bool answered = false;           // a person has, since: its later parts aren't sent
    bool operator==(const Rest&) const = default;
};
struct Guess {  // by a person's verdict on a send: the message may be another one's that says so
    std::string text;
    std::int32_t version = 0;
    bool operator==(const Guess&) const = default;
};
struct Known {
    std::string wamid;
    std::optional<AttemptId> attempt;
    std::optional<Guess> guess{};  // where that alone says that it is that attempt's
    bool operator==(const Known&) const = default;
};
struct Stranger {  // an outbound message that may be a person's
    std::string wamid, text, raw;
    Time at;
    bool operator==(const Stranger&) const = default;
};
struct Untold {  // an outbound message of which only a status told, and not whose it is
    std::string wamid;
    std::int32_t version = 0;  // when it was first heard of
    bool operator==(const Untold&) const = default;
};

struct State {
    std::string line, phone, bsuid, group;
    std::vector<Line> said;  // the last `said_limit`
    std::vector<Open> open;  // oldest first
    std::optional<Asked> asked;
    std::optional<Rest> rest;
    std::deque<Attempt> sends;       // in order; only the first is ever carried out
    std::deque<Attempt> uncertain;   // nobody knows; they stop the later parts of their turn
    std::deque<Known> known;         // the last `known_limit` message references
    std::deque<Stranger> strangers;  // the last `known_limit`
    std::deque<Untold> untold;       // the last `known_limit`
    std::optional<Time> hold_until;
    std::optional<Time> person_at;    // a person wrote, and no hold covers it yet
    std::optional<Time> person_told;  // when a person wrote last of whom the provider told
    std::optional<Time> wrote_at;     // the customer's last message, which opens the service window
    std::optional<Time> heard;        // the last one that has a time of the provider's: that time
    int superseded = 0;  // questions given up for new input, since a message was last closed
    std::optional<events::StreamId> linked;
    std::int32_t version = 0;
    std::int32_t gate = 0;
    bool operator==(const State&) const = default;
};
inline constexpr std::size_t said_limit = 200;  // twice the largest historyLimit
/// Messages that one turn is about: more than one person writes while a burst is waited for.
inline constexpr std::size_t answers_limit = 5'000;
/// Messages that one silence closes, for each is a save of its rows; and one decision's silences.
inline constexpr std::size_t silence_limit = 500, silenced_limit = 40 * silence_limit;
inline constexpr std::size_t known_limit = 64;
inline constexpr std::size_t doubted_limit = 8;              // of one part
inline constexpr std::size_t sends_limit = 2 * known_limit;  // replies that wait their turn
inline constexpr std::size_t reply_parts_limit = 10;         // of one reply by a person
/// Tries of one part to which the provider said no, and that reached nobody: an outage is not the
/// part's fault, and one of six minutes is outlasted by the pauses alone.
inline constexpr int send_tries_limit = 5, unheard_tries_limit = 12;
inline constexpr events::seconds longest_back_off{60};
/// Of what was held back, which is told when its turn comes and has its place for a little longer
/// only (kapso::Places::grace).
inline constexpr events::seconds longest_held_back_off{8};
inline constexpr int supersede_limit = 2;  // of one burst (DESIGN 4, A turn)
/// Free text may be sent for so long after the customer's last message (kapso.md 2.4).
inline constexpr std::chrono::hours service_window{24};
/// By so much the provider's machines may differ from each other: the list of what was sent is read
/// from so long before.
inline constexpr std::chrono::hours clock_error{1};
/// Nothing else goes out meanwhile, so a part that would have to wait for longer is given up; one
/// that only waits for its turn asks for it again.
inline constexpr events::seconds retry_wait_limit{15 * 60};

/// A send ends by then, one way or the other; a verdict that comes late beats none.
inline constexpr events::seconds send_deadline{30};
/// The send's deadline, a lease and a minute: sooner, absence proves nothing (DESIGN 4, The send).
inline constexpr auto settling_time = send_deadline + events::seconds(10) + events::seconds(60);
/// Where the provider's list can't be read for so long after that, a person has to say.
inline constexpr std::chrono::hours look_up_limit{1};
/// All tries of one question to a model together: a typing indicator lives for 25 s
/// (product.md 3.6).
inline constexpr events::seconds ask_deadline{22};

// ---- What is decided --------------------------------------------------------------------------

/// The one effect that no event stands behind: find what may be told, then say Prepared.
struct Prepare {
    std::string question;
    bool operator==(const Prepare&) const = default;
};
/// Why a person's command can't be followed; facts and outcomes are never refused.
enum class Rejection { nothing_to_say, too_long, no_address, busy, window_closed, not_uncertain };
using Events = std::vector<events::NewEvent>;
using Decision = std::variant<Events, Prepare, Rejection>;

/// Ask a model; may be repeated.
struct Ask {
    TurnId turn;
    int settings_version = 0;
    int history_upto = 0;
    std::string provider, model;
    bool operator==(const Ask&) const = default;
};
/// Send one part; only ever by the life that committed its intent.
struct Send {
    AttemptId attempt;
    std::string line, to, text;
    bool operator==(const Send&) const = default;
};
/// Another life's intent has no outcome: nobody knows whether it was sent.
struct Settle {
    AttemptId attempt;
    LifeId by;
    bool operator==(const Settle&) const = default;
};
/// See what the provider lists as sent to a person since then; may be repeated.
struct LookUp {
    AttemptId attempt;
    std::string line, to;
    Time at;     // since when it is looked for
    Time since;  // from when on the provider lists it, if it is out
    bool operator==(const LookUp&) const = default;
};
using Effect = std::variant<Ask, Send, Settle, LookUp>;

/// Never fails; total over every event of a conversation.
State evolve(State state, const events::Recorded& recorded);
/// Facts, an effect without an event, or why not. Deterministic.
Decision decide(const State& state, const Command& command);
/// How much memory a state takes, about: its texts, and what holds them.
std::size_t bytes_of(const State& state);
/// What a model is asked for `ask`, the same from any replay.
Prompt prompt_for(const State& state, const Ask& ask, const Settings& settings);
/// What the world still owes us. No clock.
std::vector<Effect> due(const State& state, const LifeId& me);
/// When to say Wake next; std::nullopt where only an event can change anything.
std::optional<Time> wake_at(const State& state, const Settings& settings);
/// The same effect asked for twice has the same key.
std::string key_of(const Effect& effect);

}  // namespace domain::conversation
