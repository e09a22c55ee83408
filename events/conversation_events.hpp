#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/ids.hpp"
#include "events/time.hpp"

/// What happens in one conversation. Plain values in the past tense; docs/events.md is their
/// catalogue and a test holds it against these structs.
namespace events {

// ---- Who it is --------------------------------------------------------------------------------

/// The first event of a conversation. Names are as the provider wrote them; empty where unknown.
struct ConversationOpened {
    std::string line;  // phone_number_id of the business
    std::string phone;
    std::string bsuid;  // business-scoped user id
    std::string group;  // a group conversation has no person
    std::string name;
    bool operator==(const ConversationOpened&) const = default;
};

struct AliasLearned {
    std::string phone;
    std::string bsuid;
    bool operator==(const AliasLearned&) const = default;
};

/// This stream proved to be the same person as an older one, where everything new goes from here
/// on; it finishes what it owes (docs/decisions/0002).
struct ConversationLinked {
    StreamId into;
    bool operator==(const ConversationLinked&) const = default;
};

// ---- What people wrote ------------------------------------------------------------------------

enum class Source { webhook, backfill, history };
enum class Kind {
    text,
    image,
    audio,
    video,
    document,
    sticker,
    location,
    contacts,
    interactive,
    button,
    reaction,
    order,
    system,
    unsupported
};

/// A customer's message, of any kind.
struct MessageReceived {
    Source source = Source::webhook;
    Kind kind = Kind::text;
    std::string wamid;
    std::string text;  // readable, for people and models, whatever the kind
    std::optional<std::string>
        typed;  // what the customer typed (a caption), where it is not `text`
    std::string name;
    std::string phone;
    std::string bsuid;
    std::string group;
    std::string reply_to;  // wamid of the quoted message
    std::string raw;       // the provider's JSON of this message
    bool operator==(const MessageReceived&) const = default;
};

enum class Via { phone_app, inbox, dashboard, api };

/// A human of the business wrote to the customer.
struct PersonWrote {
    Via via = Via::api;
    Source source = Source::webhook;  // history: told later, holds nothing
    std::string wamid{};              // empty where Hilo sends it: `turn` names its parts
    std::optional<TurnId> turn{};
    std::string text{};
    std::string author{};
    std::string raw{};
    std::optional<std::string> typed{};  // as in MessageReceived
    bool operator==(const PersonWrote&) const = default;
};

// ---- Who may speak ----------------------------------------------------------------------------

/// Only people answer until then.
struct HoldStarted {
    Time until;
    bool operator==(const HoldStarted&) const = default;
};
struct HoldEnded {
    bool operator==(const HoldEnded&) const = default;
};

// ---- A turn -----------------------------------------------------------------------------------

/// What a decision knew beside its stream and the time, which is the event's: so it can be made
/// again. Absent from events that were decided before Hilo kept it.
struct Basis {
    std::int32_t seen = 0;  // the stream's version
    std::int32_t settings_version = 0;
    std::vector<std::string> providers{};  // that have a key
    bool can_send = true;
    std::optional<Time> wall{};  // the machine's clock, where that was behind
    std::int32_t rules = 0;      // of the code: domain::conversation::rules
    bool operator==(const Basis&) const = default;
};

/// A model is asked. The prompt is rebuilt from these references, not stored.
struct ReplyRequested {
    TurnId turn{};
    std::vector<EventId> asks{};  // the customer's messages that the turn is about
    int settings_version = 0;
    int history_upto = 0;  // the last stream version that the prompt may show
    Time now{};            // the time that the decision knew
    std::string provider{};
    std::string model{};
    std::string prompt_sha256{};  // hexadecimal
    std::optional<Basis> basis{};
    bool operator==(const ReplyRequested&) const = default;
};

struct ReplyGenerated {
    TurnId turn;
    std::string provider;
    std::string model;
    std::string text;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t took_ms = 0;
    bool operator==(const ReplyGenerated&) const = default;
};

struct FailedCall {
    std::string provider;
    std::string model;
    std::string error;
    std::int64_t took_ms = 0;
    bool operator==(const FailedCall&) const = default;
};
struct GenerationFailed {
    TurnId turn;
    std::vector<FailedCall> attempts;
    bool operator==(const GenerationFailed&) const = default;
};

enum class Silence {
    chatbot_off,
    ai_off,
    key_missing,
    human_holds,
    group,
    reaction,
    system,
    unsupported_kind,
    generation_failed,
    empty_reply,
    superseded,
    stale,
    window_closed
};

/// Why nobody is answered. Closes the messages that it names.
struct ReplySuppressed {
    TurnId turn;
    std::vector<EventId> answers;
    Silence reason = Silence::chatbot_off;
    std::optional<Basis> basis{};
    bool operator==(const ReplySuppressed&) const = default;
};

// ---- A send -----------------------------------------------------------------------------------

/// The intent to send one part, committed before its first byte leaves.
struct SendRequested {
    TurnId turn{};
    int part = 1;
    int parts = 1;
    int try_number = 1;
    AttemptId attempt{};             // equals the event's id
    LifeId by{};                     // only this life of the actor may carry it out
    std::vector<EventId> answers{};  // on the first try of part 1 only; closes these messages
    std::string to{};                // phone or BSUID, as the provider wants it
    std::string text{};
    std::string author{};  // ai, system, or a person's name
    std::optional<Basis> basis{};
    bool operator==(const SendRequested&) const = default;
};

struct SendAccepted {
    TurnId turn;
    AttemptId attempt;
    std::string wamid;
    bool operator==(const SendAccepted&) const = default;
};

/// The code of a send that never left, for a limit of the provider's was reached: it was no try.
inline constexpr int held_back = -1;

/// Surely nothing was sent. With `retry_at` it is tried again then, else the part has failed.
struct SendRejected {
    TurnId turn;
    AttemptId attempt;
    std::string reason;
    int code = 0;  // the provider's, or the HTTP status; 0 where nothing reached it; held_back
    std::optional<Time> retry_at;
    bool operator==(const SendRejected&) const = default;
};

/// Nobody can know whether it was sent; never repeated blindly. Said again, without an end to the
/// looking, where no evidence came and it is left to a person.
struct SendUncertain {
    TurnId turn;
    AttemptId attempt;
    std::string reason;
    Time settle_by;  // sooner, absence proves nothing
    bool operator==(const SendUncertain&) const = default;
};

struct SendSettled {
    TurnId turn;
    AttemptId attempt;
    bool sent = false;
    std::string wamid;
    std::string evidence;
    std::optional<Time> retry_at{};  // it didn't go out, and is tried again then
    bool operator==(const SendSettled&) const = default;
};

// ---- What the provider reports ----------------------------------------------------------------
// `attempt` is set where our own key was echoed or the wamid is known.

/// Sent by anyone; carries a text where the webhook did, since it may be a person's message.
struct MessageSent {
    std::string wamid;
    std::optional<AttemptId> attempt;
    std::string text;
    std::string raw;
    bool operator==(const MessageSent&) const = default;
};
struct MessageDelivered {
    std::string wamid;
    std::optional<AttemptId> attempt;
    bool operator==(const MessageDelivered&) const = default;
};
struct MessageRead {
    std::string wamid;
    std::optional<AttemptId> attempt;
    bool operator==(const MessageRead&) const = default;
};
struct MessagePlayed {
    std::string wamid;
    std::optional<AttemptId> attempt;
    bool operator==(const MessagePlayed&) const = default;
};
struct MessageFailed {
    std::string wamid;
    std::optional<AttemptId> attempt;
    int code = 0;
    std::string reason;
    bool operator==(const MessageFailed&) const = default;
};

using ConversationEvent =
    std::variant<ConversationOpened, AliasLearned, ConversationLinked, MessageReceived, PersonWrote,
                 HoldStarted, HoldEnded, ReplyRequested, ReplyGenerated, GenerationFailed,
                 ReplySuppressed, SendRequested, SendAccepted, SendRejected, SendUncertain,
                 SendSettled, MessageSent, MessageDelivered, MessageRead, MessagePlayed,
                 MessageFailed>;

}  // namespace events
