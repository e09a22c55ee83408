#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "events/event.hpp"

namespace events {

/// The stored and shown names of an enumeration, in the order of its values; never changed once
/// written, only added to at the end.
template <class Enum>
struct Names;
template <>
struct Names<Source> {
    static constexpr std::array<std::string_view, 3> all{"webhook", "backfill", "history"};
};
template <>
struct Names<Kind> {
    static constexpr std::array<std::string_view, 14> all{
        "text",     "image",       "audio",  "video",    "document", "sticker", "location",
        "contacts", "interactive", "button", "reaction", "order",    "system",  "unsupported"};
};
template <>
struct Names<Via> {
    static constexpr std::array<std::string_view, 4> all{"phone_app", "inbox", "dashboard", "api"};
};
template <>
struct Names<Silence> {
    static constexpr std::array<std::string_view, 13> all{
        "chatbot_off", "ai_off", "key_missing",      "human_holds",       "group",
        "reaction",    "system", "unsupported_kind", "generation_failed", "empty_reply",
        "superseded",  "stale",  "window_closed"};
};

template <>
struct Names<Act> {
    static constexpr std::array<std::string_view, 2> all{"retry", "skip"};
};

template <class Enum>
constexpr std::string_view name_of(Enum value) {
    return Names<Enum>::all[static_cast<std::size_t>(value)];
}
template <class Enum>
constexpr std::optional<Enum> named(std::string_view name) {
    for (std::size_t i = 0; i < Names<Enum>::all.size(); ++i) {
        if (Names<Enum>::all[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace events
