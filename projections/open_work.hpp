#pragma once

#include <vector>

#include "events/envelope.hpp"
#include "projections/table.hpp"

namespace projections {

/// An intent to send whose outcome, or whose next try, is awaited.
struct OpenSend {
    events::AttemptId attempt;
    events::TurnId turn;
    std::int64_t part = 1;
    Time at;
    std::vector<events::AttemptId> doubted{};  // earlier tries that may be out all the same
    bool operator==(const OpenSend&) const = default;
};

std::string put(const std::vector<OpenSend>& sends);
void get(const std::string& text, std::vector<OpenSend>& to);

/// What a conversation's actor may owe, counted from clear parts alone: `wake_at` is a lower bound
/// of when it must next be woken. It may name too many conversations, never too few. The row stays
/// when nothing is open (then `since` and `wake_at` are NULL), for it remembers which messages are
/// known, as the conversation does.
struct OpenWork {
    StreamId stream;
    std::optional<Time> since;  // work has been open from then on
    std::optional<Time> wake_at;
    std::int64_t messages = 0;  // customers' messages that nothing has closed
    std::optional<Time> messages_at;
    std::vector<OpenSend> sends;
    std::optional<Uuid> rest;  // the turn whose later parts are not committed yet
    std::optional<Time> rest_at;
    std::vector<std::int64_t> strangers;  // outbound messages that may be a person's
    std::optional<Time> strangers_at;
    std::optional<Time> person_at;  // a person wrote, and no hold covers it yet
    std::optional<Time> hold_until;
    std::vector<std::int64_t> known;  // references of our own and persons' messages

    StreamId key() const { return stream; }
    bool operator==(const OpenWork&) const = default;
};
template <>
struct Described<OpenWork> {
    static constexpr std::string_view name = "open_work";
    static constexpr std::size_t keys = 1;
    static constexpr auto members = std::tuple{Member{"stream", &OpenWork::stream},
                                               Member{"since", &OpenWork::since},
                                               Member{"wake_at", &OpenWork::wake_at},
                                               Member{"messages", &OpenWork::messages},
                                               Member{"messages_at", &OpenWork::messages_at},
                                               Member{"sends", &OpenWork::sends},
                                               Member{"rest", &OpenWork::rest},
                                               Member{"rest_at", &OpenWork::rest_at},
                                               Member{"strangers", &OpenWork::strangers},
                                               Member{"strangers_at", &OpenWork::strangers_at},
                                               Member{"person_at", &OpenWork::person_at},
                                               Member{"hold_until", &OpenWork::hold_until},
                                               Member{"known", &OpenWork::known}};
};

/// One event more.
OpenWork folded(OpenWork row, const events::Recorded& recorded);
void fold_open_work(Table<OpenWork>& work, const events::Recorded& recorded);

}  // namespace projections
