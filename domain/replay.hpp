#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/conversation.hpp"
#include "events/difference.hpp"

/// Decisions made again from the log, and held against what was decided (DESIGN P9). Pure: nothing
/// is sent, and no model is asked.
namespace domain::conversation {

/// The settings by version.
using SettingsAt = std::function<Settings(std::int32_t version)>;

/// One step of the rules, as the log holds it and as it comes out now.
struct Replayed {
    std::vector<events::Recorded> decided;
    State before;     // what the decision saw
    Command command;  // what it was about, with all that it knew
    Events again;
    /// Where both differ: which rule says what now. Empty where they are the same, byte for byte.
    struct Difference {
        std::string rule, field, logged, now;
    };
    std::vector<Difference> differences;
    /// Why it can't be made again: what it knew wasn't kept, or was erased. Empty where it was.
    std::string not_known;
};

/// Walks a conversation from its first event to its last. Every step that opened a turn, closed
/// one, was silent, or meant to send is made again and told.
class Replay {
public:
    Replay(SettingsAt settings, std::function<void(Replayed)> tell)
        : settings_(std::move(settings)), tell_(std::move(tell)) {}

    /// The next events of the stream, in order; `skipped` says which of them a person had the
    /// conversation go on without. A step is told once all its events have come.
    void take(const events::Recorded& recorded, bool skipped = false);
    /// The stream has ended.
    void end();

private:
    bool goes_on_with(const events::Recorded& recorded) const;
    void apply(const events::Recorded& recorded, bool skipped);
    State seen(std::int32_t version) const;
    Replayed replayed(const std::vector<events::Recorded>& step) const;

    SettingsAt settings_;
    std::function<void(Replayed)> tell_;
    State state_;                             // up to the last gating event
    std::vector<events::Recorded> statuses_;  // since then
    std::vector<events::Recorded> step_;
    bool erased_ = false;  // something of the stream
};

}  // namespace domain::conversation
